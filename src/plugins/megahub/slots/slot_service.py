"""The use cases of slots: read, changed, recounted (contracts/megahub.md, "Company slots").

Locks are taken in this order: the row of slots, the counters of brands and of users, the rows that are counted.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from core.access.principal import Caller
from core.access.usage import Allowance, Terms, Usage
from core.organisations.seats import MEMBERS
from core.primitives import messages
from core.primitives.errors import (
    DomainError,
    FieldProblem,
    Kind,
    Message,
    forbidden,
    invalid,
    missing,
    stale,
)
from core.primitives.page import ListQuery, Page, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works
from plugins.megahub.companies.alerts_service import Alert, AlertKind, Alerts, severity_of
from plugins.megahub.companies.company_service import Companies
from plugins.megahub.companies.domain import BRANDS
from plugins.megahub.slots.domain import (
    BRANDS_BELOW_USED,
    MAX_SLOTS,
    SLOTS_ARE_SOLD,
    SLOTS_BY_PLATFORM,
    USERS_BELOW_USED,
    HeldSlots,
    SlotFigures,
    Totals,
)
from plugins.megahub.slots.settings import SlotSettings

OBJECT_TYPE = "Slots"


class SlotStore(ResourceStore[SlotFigures], Protocol):
    """What the use cases need of the store. Keys are numbers of companies; one without a row has what the settings
    give."""

    async def found(self, work: Work, number: int) -> None:
        """Insert the row of a new company."""
        ...

    async def hold(self, work: Work, number: int, *, shared: bool) -> HeldSlots | None:
        """Lock a company's slots until the transaction ends, with their row made where there is none: `shared`, others
        may read them so too. None for the installation's own organisation, which has none."""
        ...

    async def limits(self, work: Work, number: int) -> tuple[int, int] | None:
        """Return the slots of brands and of users; None as for `hold`."""
        ...

    async def write(self, work: Work, number: int, brands_slots: int, users_slots: int) -> None:
        """Change a company's slots, which are held."""
        ...

    async def count_brands(self, work: Work, number: int) -> int:
        """Count the rows of a company's brands."""
        ...

    async def count_users(self, work: Work, number: int) -> int:
        """Count the rows of a company's members but the owner."""
        ...

    async def totals(self, work: Work) -> Totals:
        """Return the slots of all companies together."""
        ...

    async def near_limit(self, work: Work, most: int) -> Sequence[SlotFigures]:
        """Return the companies that use 80 % of a limit or more, the fullest first, at most so many."""
        ...


class SlotTerms:
    """The limits of brands and users, as sources of terms for the kernel's counters."""

    def __init__(self, store: SlotStore) -> None:
        self._store = store

    async def brands(self, work: Work, subject: str, hold: bool) -> Terms | None:
        """How many brands a company may have."""
        found = await self._limits(work, int(subject), hold)
        return None if found is None else Terms(found[0])

    async def users(self, work: Work, subject: str, hold: bool) -> Terms | None:
        """How many users a company may have."""
        found = await self._limits(work, int(subject), hold)
        return None if found is None else Terms(found[1])

    async def _limits(self, work: Work, number: int, hold: bool) -> tuple[int, int] | None:
        if not hold:
            return await self._store.limits(work, number)
        held = await self._store.hold(work, number, shared=True)
        return None if held is None else (held.brands_slots, held.users_slots)


class Slots(Resource[SlotFigures]):
    """The use cases of slots. All of them raise `DomainError` of kind missing for another company's."""

    store: SlotStore

    def __init__(
        self,
        works: Works,
        store: SlotStore,
        companies: Companies[Any],
        alerts: Alerts,
        usage: Usage,
        settings: SlotSettings,
    ) -> None:
        super().__init__(works, store, object_type=OBJECT_TYPE)
        self._companies = companies
        self._alerts = alerts
        self._usage = usage
        self._settings = settings

    async def page(self, caller: Caller, query: ListQuery) -> Page[SlotFigures]:
        """Return a page of the slots that the caller may see: its company's, a superuser all."""
        async with self.works.within(caller) as work:
            if not work.scope.everything:
                query = msgspec.structs.replace(query, filters=(*query.filters, ("organisation", caller.organisation)))
            return await self.store.page(work, query)

    async def get(self, caller: Caller, key: ResourceId) -> Versioned[SlotFigures]:
        """Return a company's slots."""
        inside, company = await self._companies.inside(caller, key)
        async with self.works.reading(inside) as work:
            return await self._read(work, company.number)

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[SlotFigures]:
        """Set `brands_slots`, `users_slots`, or both. Raises `DomainError` of kind invalid that names each that would
        fall below what is used, forbidden where the caller may not, stale."""
        return await self._change(caller, key, lambda held: {**_both(held), **values}, version)

    async def upgrade(self, caller: Caller, key: ResourceId, values: Mapping[str, int]) -> SlotFigures:
        """As `change`, but what is refused is said of the request as a whole (contracts/megahub.md, "Upgrade
        Slots")."""
        try:
            return (await self.change(caller, key, values)).value
        except DomainError as error:
            if error.kind is Kind.INVALID and error.problems:
                first = error.problems[0]
                raise DomainError(first.message, Kind.INVALID, first.params) from error
            raise

    async def increase(self, caller: Caller, key: ResourceId, brands: int, users: int) -> tuple[HeldSlots, SlotFigures]:
        """Add slots; return what there was before, and what there is. Raises as `change`."""
        before: list[HeldSlots] = []

        def add(held: HeldSlots) -> dict[str, int]:
            before.append(held)
            return _added(held, brands, users)

        after = await self._change(caller, key, add, None)
        return before[0], after.value

    async def raise_by(self, work: Work, number: int, brands: int = 0, users: int = 0) -> HeldSlots:
        """Add slots within a unit of work that answers for it (a purchase whose money has come), and return what there
        was before. Raises `DomainError` of kind invalid past what can be counted, `LookupError` for an organisation
        without slots."""
        held = await self.store.hold(work, number, shared=False)
        if held is None:
            raise LookupError(f"organisation {number} has no slots")
        await self._write(work, number, held, _added(held, brands, users))
        return held

    async def take_back(self, work: Work, number: int, brands: int, users: int) -> None:
        """Take slots away again within a unit of work that answers for it (money that has gone back), but none that
        are used."""
        held = await self.store.hold(work, number, shared=False)
        if held is None:
            return
        used_brands = (await self._usage.hold(work, BRANDS, str(number))).used
        used_users = (await self._usage.hold(work, MEMBERS, str(number))).used
        values = {
            "brands_slots": max(held.brands_slots - brands, min(used_brands, held.brands_slots)),
            "users_slots": max(held.users_slots - users, min(used_users, held.users_slots)),
        }
        await self._write(work, number, held, values)

    async def refresh(self, caller: Caller, key: ResourceId) -> SlotFigures:
        """Bring both counters to what the rows say. Whoever makes or deletes a row meanwhile waits for the counter, so
        that no figure in between is ever shown."""
        inside, company = await self._companies.inside(caller, key)
        async with self.works.within(inside) as work:
            subject = str(company.number)
            await self._usage.hold(work, BRANDS, subject)
            await self._usage.set_to(work, BRANDS, subject, await self.store.count_brands(work, company.number))
            await self._usage.hold(work, MEMBERS, subject)
            await self._usage.set_to(work, MEMBERS, subject, await self.store.count_users(work, company.number))
            found = await self._read(work, company.number)
            work.audit("UPDATE", OBJECT_TYPE, company.number, organisation=company.id)
            await work.commit()
        return found.value

    async def check(self, caller: Caller, key: ResourceId) -> tuple[str, list[Alert]]:
        """Raise what alerts the company's figures call for and were not raised yet; return its name and the alerts
        that no answer has told of (DECISIONS.md section 4, "Alerts")."""
        inside, company = await self._companies.inside(caller, key)
        async with self.works.within(inside) as work:
            for kind, feature in ((AlertKind.BRANDS, BRANDS), (AlertKind.USERS, MEMBERS)):
                allowance = await self._usage.hold(work, feature, str(company.number))
                await self._alerts.raise_or_clear(work, company.number, kind, allowance)
            told = await self._alerts.tell(work, company.number, AlertKind.BRANDS, AlertKind.USERS)
            await work.commit()
        return company.name, told

    async def overview(self, caller: Caller, most: int) -> tuple[Totals, Sequence[SlotFigures]]:
        """Return the slots of all companies together, and at most so many of those near a limit."""
        async with self.works.everywhere(caller) as work:
            return await self.store.totals(work), await self.store.near_limit(work, most)

    async def watch_brands(self, work: Work, subject: str, before: Allowance, after: Allowance) -> None:
        """Raise or clear the alerts of brands as their counter changes."""
        await self._watch(work, subject, AlertKind.BRANDS, before, after)

    async def watch_users(self, work: Work, subject: str, before: Allowance, after: Allowance) -> None:
        """Raise or clear the alerts of users as their counter changes."""
        await self._watch(work, subject, AlertKind.USERS, before, after)

    async def _watch(self, work: Work, subject: str, kind: AlertKind, before: Allowance, after: Allowance) -> None:
        if severity_of(before) is not severity_of(after):
            await self._alerts.raise_or_clear(work, int(subject), kind, after)

    async def _read(self, work: Work, number: int) -> Versioned[SlotFigures]:
        found = await self.store.get(work, number)
        if found is None:
            raise missing(self.absent)
        return found

    async def _change(
        self, caller: Caller, key: ResourceId, asked: Callable[[HeldSlots], dict[str, int]], version: int | None
    ) -> Versioned[SlotFigures]:
        inside, company = await self._companies.inside(caller, key)
        async with self.works.within(inside) as work:
            held = await self.store.hold(work, company.number, shared=False)
            if held is None:
                raise missing(self.absent)
            if version is not None and version != held.version:
                raise stale()
            values = asked(held)
            self._require_power(caller, held, values)
            await self._write(work, company.number, held, values)
            found = await self._read(work, company.number)
            work.audit("UPDATE", OBJECT_TYPE, company.number, organisation=company.id, details=dict(values))
            await work.commit()
        return found

    async def _write(self, work: Work, number: int, held: HeldSlots, values: Mapping[str, int]) -> None:
        subject, problems = str(number), []
        parts = (
            ("brands_slots", AlertKind.BRANDS, BRANDS, held.brands_slots, BRANDS_BELOW_USED),
            ("users_slots", AlertKind.USERS, MEMBERS, held.users_slots, USERS_BELOW_USED),
        )
        changed: list[tuple[AlertKind, Allowance]] = []
        for field, kind, feature, present, refusal in parts:
            used = (await self._usage.hold(work, feature, subject)).used
            slots = values[field]
            if slots < present and slots < used:
                problems.append(FieldProblem((field,), refusal, {"slots": slots, "used": used}))
            elif slots != present:
                changed.append((kind, Allowance(slots, used)))
        if problems:
            raise invalid(*problems)
        await self.store.write(work, number, values["brands_slots"], values["users_slots"])
        for kind, allowance in changed:
            await self._alerts.raise_or_clear(work, number, kind, allowance)

    def _require_power(self, caller: Caller, held: HeldSlots, values: Mapping[str, int]) -> None:
        if caller.superuser:
            return
        refusal: Message | None = None
        if not self._settings.self_service:
            refusal = SLOTS_BY_PLATFORM
        elif self._settings.sold and (
            values["brands_slots"] > held.brands_slots or values["users_slots"] > held.users_slots
        ):
            refusal = SLOTS_ARE_SOLD
        if refusal is not None:
            raise forbidden(refusal)


def _both(held: HeldSlots) -> dict[str, int]:
    return {"brands_slots": held.brands_slots, "users_slots": held.users_slots}


def _added(held: HeldSlots, brands: int, users: int) -> dict[str, int]:
    values = {"brands_slots": held.brands_slots + brands, "users_slots": held.users_slots + users}
    problems = [
        FieldProblem((field,), messages.TOO_LARGE, {"maximum": MAX_SLOTS - present})
        for field, present, more in (
            ("brands_increment", held.brands_slots, brands),
            ("users_increment", held.users_slots, users),
        )
        if present + more > MAX_SLOTS
    ]
    if problems:
        raise invalid(*problems)
    return values
