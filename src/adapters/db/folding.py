"""Searching without regard to case and accents."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.bound import BOUND


def folded_match(column: Any) -> ColumnElement[bool]:
    """Whether a folded column holds the folded text of the parameter `search`. The text is folded once for the
    statement, not for every row that an index finds."""
    text: Any = sa.func.socle_fold(sa.bindparam("search", type_=sa.Text()))
    # folding comes first: it makes ASCII wildcards of their full-width forms
    for sign in ("\\", "%", "_"):
        text = sa.func.replace(text, sa.literal_column(f"'{sign}'"), sa.literal_column(f"'\\{sign}'"))
    wildcard: ColumnElement[str] = sa.literal_column("'%'", sa.Text())
    pattern = sa.select(wildcard.concat(text).concat(wildcard)).scalar_subquery()
    condition: ColumnElement[bool] = column.like(pattern)
    return condition


def keyed_match(tenant: Any, column: Any) -> ColumnElement[bool]:
    """Whether a tenant's folded column holds the folded text of the parameter `search`, found by the tenant's own keys
    (`adapters.db.ddl.create_search_keys`): rows of other tenants, and the tenant's rows that hold no part of the text,
    cost nothing."""
    asked_for = sa.bindparam("scope_organisation", type_=sa.Uuid())
    text: Any = sa.func.socle_fold(sa.bindparam("search", type_=sa.Text()))
    keys = sa.select(sa.func.socle_query_keys(asked_for, text)).correlate(BOUND).scalar_subquery()
    folded = sa.select(text).scalar_subquery()
    found: ColumnElement[bool] = sa.func.socle_search_keys(tenant, column).bool_op("@>")(keys)
    return sa.and_(found, sa.func.strpos(column, folded) > sa.literal_column("0"))
