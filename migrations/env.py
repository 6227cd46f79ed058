"""Alembic's environment. It is run by `adapters.db.migrate`, which hands over the owner's URL and the rows."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from adapters.db.base import Row


def is_ours(kind: str, name: str | None) -> bool:
    """Whether a table belongs to this history: the queue makes its own."""
    return kind != "table" or not (name or "").startswith("saq_")


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Alembic's filter on what it finds in the database."""
    return is_ours(kind, name)


if context.is_offline_mode():
    raise RuntimeError("The migrations need a database: `--sql` is not supported.")

engine = create_engine(
    make_url(context.config.attributes["owner_url"]).set(drivername="postgresql+psycopg"),
    poolclass=NullPool,
    connect_args={"options": "-c lock_timeout=30s -c timezone=UTC -c search_path=public"},
)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        include_name=include_name,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
