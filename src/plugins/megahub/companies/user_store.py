"""Users of companies as megahub reads them: memberships, joined with the account and the role."""

from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.accounts import AccountRow
from adapters.db.folding import folded_match
from adapters.db.organisations import MembershipRow, RoleRow
from adapters.db.referred import of_referred
from adapters.db.store import Store
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.ids import MAX_INTEGER_ID
from core.resources import ResourceId
from core.work import Work
from plugins.megahub.companies.domain import BRAND_ADMINS, USER_LIST, UserType

W = TypeVar("W")

_ACCOUNT: Any = AccountRow.__table__
_ROLE: Any = RoleRow.__table__
_MEMBERSHIP = sql(
    """
    select membership.id from membership join account on account.id = membership.account_id
    where account.number = :number and membership.organisation_id = :organisation and not membership.owner
    """
)


def _of_account(column: str) -> Any:
    return of_referred(_ACCOUNT.c[column], "account_id")


def _user_type(source: Any) -> Any:
    role = of_referred(_ROLE.c.name, "role_id")(source)
    admin, member = (sa.literal_column(f"'{each}'", sa.Text()) for each in UserType)
    return sa.case((role.in_([sa.literal_column(f"'{name}'") for name in BRAND_ADMINS]), admin), else_=member)


def _is_active(source: Any) -> Any:
    account = _of_account("is_active")(source)
    return sa.and_(source.c.status == sa.literal_column("'actif'"), account)


class UserRows(Store[W]):
    """Users of the company in scope; its owner is none of them."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        super().__init__(
            MembershipRow,
            struct,
            listing=USER_LIST,
            time_zone=time_zone,
            computed={
                "id": _of_account("number"),
                "username": _of_account("username"),
                "email": _of_account("email"),
                "user_type": _user_type,
                "is_active": _is_active,
            },
        )

    def predicates(self, source: Any, everything: bool) -> list[ColumnElement[bool]]:
        """All members but the owner."""
        return [*super().predicates(source, everything), sa.not_(source.c.owner)]

    def search_source(self, *, everything: bool) -> Any:  # noqa: ARG002
        """A company's users are few: what is searched for is compared with each."""
        return self.table

    def search_condition(self, source: Any, *, everything: bool) -> ColumnElement[bool]:  # noqa: ARG002
        """What is searched for stands in the username or the email."""
        text = sa.func.socle_fold(_ACCOUNT.c.username + sa.literal_column("E'\\n'", sa.Text()) + _ACCOUNT.c.email)
        return sa.exists().where(_ACCOUNT.c.id == source.c.account_id, folded_match(text)).correlate(source)

    async def membership(self, work: Work, number: ResourceId) -> UUID | None:
        """Return the membership in scope of the account of this number, unless it is the owner's."""
        if not isinstance(number, int) or number > MAX_INTEGER_ID:
            return None
        db = pg(work)
        found: UUID | None = await db.value(_MEMBERSHIP, number=number, organisation=db.scope.organisation)
        return found
