"""Memberships as the members API reads them, joined with the account and the role."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from adapters.db.accounts import AccountRow
from adapters.db.organisations import MembershipRow, RoleRow
from adapters.db.store import Store
from plugins.ekigega.membres.service import LISTING

W = TypeVar("W")

_ACCOUNT: Any = AccountRow.__table__
_ROLE: Any = RoleRow.__table__


def _of_account(column: str) -> Any:
    def expression(source: Any) -> Any:
        return (
            sa.select(_ACCOUNT.c[column])
            .where(_ACCOUNT.c.id == source.c.account_id)
            .correlate(source)
            .scalar_subquery()
        )

    return expression


def _role(source: Any) -> Any:
    return sa.select(_ROLE.c.name).where(_ROLE.c.id == source.c.role_id).correlate(source).scalar_subquery()


def membre_store(struct: type[W], time_zone: ZoneInfo) -> Store[W]:
    """The store of members."""
    return Store(
        MembershipRow,
        struct,
        listing=LISTING,
        time_zone=time_zone,
        columns={"proprietaire": "owner"},
        computed={
            "compte": _of_account("number"),
            "email": _of_account("email"),
            "nom": _of_account("last_name"),
            "prenom": _of_account("first_name"),
            "telephone": _of_account("phone"),
            "role": _role,
        },
    )
