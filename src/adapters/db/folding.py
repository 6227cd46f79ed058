"""Searching without regard to case and accents."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement


def folded_match(column: Any) -> ColumnElement[bool]:
    """Whether a folded column holds the folded text of the parameter `search`."""
    text: Any = sa.func.socle_fold(sa.bindparam("search", type_=sa.Text()))
    # folding comes first: it makes ASCII wildcards of their full-width forms
    for sign in ("\\", "%", "_"):
        text = sa.func.replace(text, sa.literal_column(f"'{sign}'"), sa.literal_column(f"'\\{sign}'"))
    wildcard: ColumnElement[str] = sa.literal_column("'%'", sa.Text())
    condition: ColumnElement[bool] = column.like(wildcard.concat(text).concat(wildcard))
    return condition
