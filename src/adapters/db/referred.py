"""Columns of the row that a row refers to, for what stores compute."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa


def of_referred(column: Any, key: str) -> Callable[[Any], Any]:
    """The expression of a column of the row, whose key is `id`, that a source's column `key` refers to. It is a
    subquery, not a join: it reads for the rows of a page alone."""

    def expression(source: Any) -> Any:
        found = sa.select(column).where(column.table.c.id == source.c[key])
        return found.correlate(source).scalar_subquery()

    return expression
