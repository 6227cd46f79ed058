"""The session of a request, and who calls."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, HTTPException
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from benchmarks.peers import rules
from benchmarks.peers.fastapi_sqlalchemy.models import SessionAccess

engine = create_async_engine(
    rules.DATABASE_URL.replace("postgresql://", "postgresql+asyncpg://") or "postgresql+asyncpg://",
    pool_size=rules.POOL_SIZE,
    max_overflow=0,
    connect_args={"server_settings": {"jit": "off"}},
)
open_session = async_sessionmaker(engine, expire_on_commit=False)


async def session() -> AsyncIterator[AsyncSession]:
    """A session for one request."""
    async with open_session() as opened:
        yield opened


Database = Annotated[AsyncSession, Depends(session)]


async def holder(database: Database, authorization: Annotated[str, Header()] = "") -> SessionAccess:
    """The holder of the bearer token."""
    scheme, _, token = authorization.partition(" ")
    read = rules.read_token(token) if scheme.lower() == "bearer" else None
    found = None
    if read is not None:
        found = await database.scalar(
            select(SessionAccess).where(SessionAccess.session_id == read[0], SessionAccess.expires_at > func.now())
        )
    if found is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
    return found


def allowed(resource: str, action: str) -> Any:
    """The dependency of an operation: its holder, who may do this."""

    async def admit(found: Annotated[SessionAccess, Depends(holder)]) -> SessionAccess:
        if not rules.may(found, resource, action):
            raise HTTPException(403)
        return found

    check: Callable[..., Any] = admit
    return Depends(check)
