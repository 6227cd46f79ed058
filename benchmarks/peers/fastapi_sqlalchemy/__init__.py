"""FastAPI with SQLAlchemy's async ORM on asyncpg, served by uvicorn with uvloop and httptools.

One session for each request, `selectinload` for lines, pydantic response models. As the documentation of FastAPI
shows, a dependency verifies the token and reads its holder for every request; nothing is cached.
"""
