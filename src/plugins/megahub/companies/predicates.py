"""What makes an organisation a company of megahub, and how its name is looked for: for stores of the suite."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.folding import folded_match
from core.organisations.entities import OWN_ORGANISATION


def is_company(source: Any) -> ColumnElement[bool]:
    """Whether an organisation is a company of megahub: all are, but the installation's own."""
    condition: ColumnElement[bool] = source.c.id != sa.literal(OWN_ORGANISATION, sa.Uuid())
    return condition


def named_alike(source: Any) -> ColumnElement[bool]:
    """Whether the name of an organisation holds what is searched for. The index is that of all its searched texts."""
    return sa.and_(folded_match(source.c.search_text), folded_match(sa.func.socle_fold(source.c.name)))
