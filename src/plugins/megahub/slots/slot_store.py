"""Slots in PostgreSQL: organisations by their number, with their slots and the kernel's counters."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.organisations import OrganisationRow
from adapters.db.store import Store
from adapters.db.stores.text import sql
from adapters.db.usage import UsageRow
from adapters.db.work import pg
from core.organisations.entities import OWN_ORGANISATION
from core.organisations.seats import MEMBERS
from core.primitives.page import Filter, FilterKind
from core.work import Work
from plugins.megahub.companies.alerts_service import WARNING_PERCENT
from plugins.megahub.companies.domain import BRANDS
from plugins.megahub.companies.predicates import is_company, named_alike
from plugins.megahub.slots.domain import SLOTS, HeldSlots, SlotFigures, Totals
from plugins.megahub.slots.settings import SlotSettings
from plugins.megahub.slots.store import SlotsRow

_SLOTS: Any = SlotsRow.__table__
_COUNTER: Any = UsageRow.__table__
_ORGANISATION: Any = OrganisationRow.__table__

# The organisation is locked before its slots, as whoever registers into it does: the foreign key of a new row would
# lock it after them.
_HOLD_ORGANISATION = sql("select id from organisation where number = :number and archived_at is null for key share")
_FOUND = sql(
    """
    insert into megahub_slots (organisation_number, brands_slots, users_slots) values (:number, :brands, :users)
    on conflict (organisation_number) do nothing
    """
)
_HELD = "select brands_slots, users_slots, version from megahub_slots where organisation_number = :number"
_HOLD = sql(f"{_HELD} for update")
_SHARE = sql(f"{_HELD} for share")
_LIMITS = sql(
    """
    select coalesce(slots.brands_slots, cast(:brands as integer)), coalesce(slots.users_slots, cast(:users as integer))
    from organisation left join megahub_slots slots on slots.organisation_number = organisation.number
    where organisation.number = :number and organisation.id <> :own
    """
)
_WRITE = sql(
    """
    update megahub_slots set brands_slots = :brands, users_slots = :users, version = version + 1, updated_at = now()
    where organisation_number = :number
    """
)
_COUNT_BRANDS = sql(
    """
    select count(*) from megahub_brand brand join organisation on organisation.id = brand.organisation_id
    where organisation.number = :number
    """
)
_COUNT_USERS = sql(
    """
    select count(*) from membership join organisation on organisation.id = membership.organisation_id
    where organisation.number = :number and not membership.owner
    """
)
_FIGURES = f"""
    select organisation.number as id, organisation.name as company_name,
           coalesce(slots.brands_slots, cast(:brands as integer)) as brands_slots,
           coalesce(slots.users_slots, cast(:users as integer)) as users_slots,
           coalesce(brands.used, 0) as brands_used, coalesce(users.used, 0) as users_used
    from organisation
    left join megahub_slots slots on slots.organisation_number = organisation.number
    left join usage_counter brands on brands.feature = '{BRANDS}' and brands.period = ''
        and brands.subject = cast(organisation.number as text)
    left join usage_counter users on users.feature = '{MEMBERS}' and users.period = ''
        and users.subject = cast(organisation.number as text)
    where organisation.archived_at is null and organisation.id <> :own
"""  # noqa: S608 - constants of the suite
_TOTALS = sql(
    f"""
    select count(*) as companies, coalesce(sum(brands_slots), 0) as brands_slots,
           coalesce(sum(users_slots), 0) as users_slots, coalesce(sum(brands_used), 0) as brands_used,
           coalesce(sum(users_used), 0) as users_used
    from ({_FIGURES}) figures
    """  # noqa: S608
)
_NEAR_LIMIT = sql(
    f"""
    select figures.* from ({_FIGURES}) figures
    where (brands_used > 0 and brands_used * 100 >= brands_slots * cast({WARNING_PERCENT} as bigint))
       or (users_used > 0 and users_used * 100 >= users_slots * cast({WARNING_PERCENT} as bigint))
    order by greatest(cast(brands_used as numeric) / nullif(brands_slots, 0),
                      cast(users_used as numeric) / nullif(users_slots, 0)) desc nulls first, id
    limit :most
    """  # noqa: S608
)


def _used(feature: str) -> Callable[[Any], Any]:
    def expression(source: Any) -> Any:
        used = (
            sa.select(_COUNTER.c.used)
            .where(
                _COUNTER.c.feature == sa.literal_column(f"'{feature}'", sa.Text()),
                _COUNTER.c.subject == sa.cast(source.c.number, sa.Text()),
                _COUNTER.c.period == sa.literal_column("''", sa.Text()),
            )
            .correlate(source)
            .scalar_subquery()
        )
        return sa.func.coalesce(used, sa.literal_column("0"))

    return expression


def _of_row(column: str, otherwise: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def expression(source: Any) -> Any:
        held = (
            sa.select(_SLOTS.c[column])
            .where(_SLOTS.c.organisation_number == source.c.number)
            .correlate(source)
            .scalar_subquery()
        )
        return sa.func.coalesce(held, otherwise(source))

    return expression


def _constant(value: int) -> Callable[[Any], Any]:
    return lambda _: sa.literal_column(str(int(value)), sa.Integer())


class SlotRows(Store[SlotFigures]):
    """Slots, whose key is the number of the company."""

    def __init__(self, settings: SlotSettings, *, time_zone: ZoneInfo) -> None:
        self._defaults = {"brands": settings.brands_slots, "users": settings.users_slots}
        computed = {
            "brands_slots": _of_row("brands_slots", _constant(settings.brands_slots)),
            "users_slots": _of_row("users_slots", _constant(settings.users_slots)),
            "brands_used": _used(BRANDS),
            "users_used": _used(MEMBERS),
            "created_at": _of_row("created_at", lambda source: source.c.created_at),
            "organisation": lambda source: source.c.id,
        }
        for each in ("brands", "users"):
            slots, used = computed[f"{each}_slots"], computed[f"{each}_used"]
            computed |= _orders(each, slots, used)
        narrowed = msgspec.structs.replace(SLOTS, filters=(*SLOTS.filters, Filter("organisation", FilterKind.ID)))
        super().__init__(
            OrganisationRow,
            SlotFigures,
            listing=narrowed,
            time_zone=time_zone,
            columns={"id": "number", "company": "number", "company_name": "name"},
            computed=computed,
            hidden="archived_at",
            version=_of_row("version", _constant(1))(_ORGANISATION),
        )
        self.key = self.table.c.number

    def read(self, record: Any) -> SlotFigures:
        """Build the figures of a record."""
        number, name, brands_slots, users_slots, brands_used, users_used = record
        return SlotFigures(
            id=number,
            company_name=name,
            brands_slots=brands_slots,
            users_slots=users_slots,
            brands_used=brands_used,
            users_used=users_used,
        )

    def predicates(self, source: Any, everything: bool) -> list[ColumnElement[bool]]:
        """All organisations but the installation's own."""
        return [*super().predicates(source, everything), is_company(source)]

    def search_condition(self, source: Any, *, everything: bool) -> ColumnElement[bool]:  # noqa: ARG002
        """What is searched for stands in the company's name."""
        return named_alike(source)

    async def found(self, work: Work, number: int) -> None:
        """Insert the row of a new company."""
        await pg(work).one(_FOUND, number=number, **self._defaults)

    async def hold(self, work: Work, number: int, *, shared: bool) -> HeldSlots | None:
        """Lock a company's slots, with their row made where there is none."""
        db = pg(work)
        organisation = await db.value(_HOLD_ORGANISATION, number=number)
        if organisation is None or organisation == OWN_ORGANISATION:
            return None
        lock = _SHARE if shared else _HOLD
        record = await db.one(lock, number=number)
        if record is None:
            await self.found(work, number)
            record = await db.one(lock, number=number)
        return HeldSlots(*record)

    async def limits(self, work: Work, number: int) -> tuple[int, int] | None:
        """Return the slots of brands and of users."""
        record = await pg(work).one(_LIMITS, number=number, own=OWN_ORGANISATION, **self._defaults)
        return None if record is None else (record[0], record[1])

    async def write(self, work: Work, number: int, brands_slots: int, users_slots: int) -> None:
        """Change a company's slots, which are held."""
        await pg(work).one(_WRITE, number=number, brands=brands_slots, users=users_slots)

    async def count_brands(self, work: Work, number: int) -> int:
        """Count the rows of a company's brands."""
        counted: int = await pg(work).value(_COUNT_BRANDS, number=number)
        return counted

    async def count_users(self, work: Work, number: int) -> int:
        """Count the rows of a company's members but the owner."""
        counted: int = await pg(work).value(_COUNT_USERS, number=number)
        return counted

    async def totals(self, work: Work) -> Totals:
        """Return the slots of all companies together."""
        record = await pg(work).one(_TOTALS, own=OWN_ORGANISATION, **self._defaults)
        return Totals(**{name: int(value) for name, value in record.items()})

    async def near_limit(self, work: Work, most: int) -> Sequence[SlotFigures]:
        """Return the companies that use 80 % of a limit or more, the fullest first."""
        records = await pg(work).all(_NEAR_LIMIT, own=OWN_ORGANISATION, most=most, **self._defaults)
        return [SlotFigures(**record) for record in records]


def _orders(each: str, slots: Callable[[Any], Any], used: Callable[[Any], Any]) -> dict[str, Callable[[Any], Any]]:
    """What a list is ordered by and nothing stores."""
    return {
        f"current_{each}_count": used,
        f"{each}_usage_percentage": lambda source: sa.func.coalesce(
            sa.cast(used(source), sa.Numeric()) / sa.func.nullif(slots(source), sa.literal_column("0")),
            sa.literal_column("0"),
        ),
        f"available_{each}_slots": lambda source: sa.func.greatest(
            slots(source) - used(source), sa.literal_column("0")
        ),
        f"is_{each}_limit_reached": lambda source: used(source) >= slots(source),
    }
