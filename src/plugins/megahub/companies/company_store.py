"""Companies as megahub reads them: organisations by their number, joined with the administrator's account."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.accounts import AccountRow
from adapters.db.folding import folded_match
from adapters.db.organisations import OrganisationRow
from adapters.db.referred import of_referred
from adapters.db.store import Store
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.primitives.page import Filter, FilterKind
from core.work import Work
from plugins.megahub.companies.company_service import OWN_FILTER
from plugins.megahub.companies.domain import COMPANIES, COMPANY_NAME_TAKEN
from plugins.megahub.companies.predicates import is_company, named_alike

W = TypeVar("W")

_ACCOUNT: Any = AccountRow.__table__
_ORGANISATION: Any = OrganisationRow.__table__

_ADMIN = sql(
    """
    select account.number, account.username, account.email, account.first_name, account.last_name, account.is_active
    from organisation join account on account.id = organisation.admin_id where organisation.number = :number
    """
)
_admin = of_referred(_ACCOUNT.c.number, "admin_id")


class CompanyRows(Store[W]):
    """Companies, whose key is their number."""

    def __init__(self, struct: type[W], details: type[Any], *, time_zone: ZoneInfo) -> None:
        narrowed = msgspec.structs.replace(COMPANIES, filters=(*COMPANIES.filters, Filter(OWN_FILTER, FilterKind.ID)))
        super().__init__(
            OrganisationRow,
            struct,
            listing=narrowed,
            time_zone=time_zone,
            columns={"id": "number"},
            computed={"admin": _admin},
            hidden="archived_at",
            refusals={"uq_organisation_name": ("", COMPANY_NAME_TAKEN, Kind.CONFLICT)},
        )
        self.key = self.table.c.number
        self._details = details

    def predicates(self, source: Any, everything: bool) -> list[ColumnElement[bool]]:
        """All organisations but the installation's own."""
        return [*super().predicates(source, everything), is_company(source)]

    def filter_condition(self, name: str, source: Any) -> ColumnElement[bool]:
        """An administrator is looked for by the index of organisations."""
        if name != "admin":
            return super().filter_condition(name, source)
        number = sa.bindparam("filter_admin", type_=sa.BigInteger())
        account = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.number == number).scalar_subquery()
        condition: ColumnElement[bool] = source.c.admin_id == account
        return condition

    def search_condition(self, source: Any, *, everything: bool) -> ColumnElement[bool]:  # noqa: ARG002
        """What is searched for stands in the name, the address for bills, or the administrator's username: each of
        the three is found by an index of its own."""
        by_name, by_bills, by_admin = (_ORGANISATION.alias(name) for name in ("by_name", "by_bills", "by_admin"))
        account = _ACCOUNT.alias("admin_account")
        found = sa.union(
            sa.select(by_name.c.id).where(named_alike(by_name)),
            sa.select(by_bills.c.id).where(folded_match(by_bills.c.billing_text)),
            sa.select(by_admin.c.id)
            .join(account, account.c.id == by_admin.c.admin_id)
            .where(folded_match(account.c.search_text), folded_match(sa.func.socle_fold(account.c.username))),
        )
        condition: ColumnElement[bool] = source.c.id.in_(found)
        return condition

    async def admin_details(self, work: Work, number: int) -> Any:
        """Return the account of a company's administrator, None where it has none."""
        record = await pg(work).one(_ADMIN, number=number)
        return None if record is None else self._details(*record)
