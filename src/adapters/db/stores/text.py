"""Statements written as SQL, compiled once like those of Core. Types come from the columns they meet."""

import sqlalchemy as sa

from adapters.db.statement import Statement


def sql(text: str) -> Statement:
    """Compile SQL with `:named` places. A cast is written `cast(:name as type)`."""
    return Statement(sa.text(text))
