"""The journal of counters: it proves them, gives back what a reference took, and follows rows that nobody counted."""

import asyncio
from typing import Any

import asyncpg
import pytest

from adapters.db.stores.usage import PgUsage
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.access.usage import Allowance, Subject, Terms, Usage
from core.primitives.errors import DomainError, Kind, message
from core.work import Work
from tests.installation import unique

REFUSED = message("journal_places_used", fr="{used} places sur {limit} prises.", en="{used} places of {limit} taken.")


class Shop:
    """Places that are counted, of which a subscription may have them counted elsewhere, and shelves that are rows."""

    def __init__(self, works: PgWorks) -> None:
        self.works = works
        self.subject = unique("subject")
        self.contract = unique("contract")
        self.terms = Terms(5)
        self.entitled: Terms | None = None
        self.rows = 0
        self.proof: dict[str, int] = {}
        self.seen: list[tuple[str, Allowance, Allowance]] = []
        self.usage = Usage(PgUsage())
        self.usage.declare("journal_places", self._terms)
        self.usage.declare("journal_contracts", self._terms, counted=self._counted)
        self.usage.declare_rows("journal_shelves", self._present, subject=Subject.ORGANISATION)
        self.usage.watch("journal_contracts", self._watch)

    async def _terms(self, work: Work, subject: str, hold: bool) -> Terms | None:
        return self.terms

    async def _counted(self, work: Work) -> dict[str, int]:
        return self.proof

    async def _entitlement(self, work: Work, subject: str, hold: bool) -> Terms | None:
        return self.entitled

    async def _present(self, work: Work, subject: str) -> int:
        return self.rows

    async def _watch(self, work: Work, subject: str, before: Allowance, after: Allowance) -> None:
        self.seen.append((subject, before, after))

    def entitle(self, feature: str, limit: int | None) -> None:
        """Have a feature count on the contract."""
        self.usage.entitle(feature, self._entitlement)
        self.entitled = Terms(limit, counter=("journal_contracts", self.contract))

    async def take(self, amount: int = 1, feature: str = "journal_places", reference: str = "") -> Allowance:
        """Use a feature in a unit of work of its own."""
        async with self.works.within(SYSTEM) as work:
            taken = await self.usage.take(
                work, feature, self.subject, REFUSED, amount, reference=reference, kind=Kind.INVALID
            )
            self.rows += amount if feature == "journal_shelves" else 0
            await work.commit()
        return taken

    async def give_back(self, amount: int = 1, feature: str = "journal_places", reference: str = "") -> Allowance:
        """Give back in a unit of work of its own."""
        async with self.works.within(SYSTEM) as work:
            left = await self.usage.give_back(work, feature, self.subject, amount, reference=reference)
            self.rows -= amount if feature == "journal_shelves" else 0
            await work.commit()
        return left

    async def used(self, feature: str = "journal_places", subject: str = "") -> int:
        """What a counter says."""
        async with self.works.reading(SYSTEM) as work:
            return (await self.usage.allowance(work, feature, subject or self.subject)).used

    async def faults(self) -> list[tuple[str, int, int, str]]:
        """What is not proven of the shop's own counters."""
        async with self.works.everywhere(SYSTEM) as work:
            found = await self.usage.faults(work)
        own = {self.subject, self.contract}
        return [
            (each.counter.feature, each.used, each.proven, each.against)
            for each in found
            if each.counter.subject in own
        ]


@pytest.fixture
def shop(works: PgWorks) -> Shop:
    """A shop of its own subjects."""
    return Shop(works)


async def entries(owner: Any, subject: str) -> list[tuple[Any, ...]]:
    """The journal of a subject's counters."""
    rows = await owner.fetch(
        "select kind, amount, asked_feature, reference from usage_entry where subject = $1 order by id", subject
    )
    return [tuple(row) for row in rows]


async def test_every_change_has_its_entry_in_the_same_transaction(shop: Shop, owner: Any) -> None:
    await shop.take(2, reference="a")
    await shop.give_back()
    async with shop.works.within(SYSTEM) as work:
        await shop.usage.take(work, "journal_places", shop.subject, REFUSED)
    async with shop.works.within(SYSTEM) as work:
        assert await shop.usage.hold(work, "journal_places", shop.subject) == Allowance(5, 1)
        assert await shop.usage.set_to(work, "journal_places", shop.subject, 4) == Allowance(5, 4)
        await work.commit()
    with pytest.raises(DomainError) as refused:
        await shop.take(2)
    assert (refused.value.kind, refused.value.params) == (Kind.INVALID, {"limit": 5, "used": 4})
    assert await entries(owner, shop.subject) == [
        ("take", 2, "journal_places", "a"),
        ("give_back", -1, "journal_places", ""),
        ("recount", 3, "journal_places", ""),
    ]
    assert await shop.faults() == []


async def test_a_counter_that_was_written_past_the_journal_is_found(shop: Shop, owner: Any) -> None:
    await shop.take(3)
    await owner.execute("update usage_counter set used = 2 where subject = $1", shop.subject)
    assert await shop.faults() == [("journal_places", 2, 3, "journal")]


async def test_a_counter_is_compared_with_its_rows(shop: Shop) -> None:
    async with shop.works.within(SYSTEM) as work:
        await shop.usage.take(work, "journal_contracts", shop.contract, REFUSED)
        await work.commit()
    shop.proof = {shop.contract: 1}
    assert await shop.faults() == []
    shop.proof = {shop.contract: 2}
    assert await shop.faults() == [("journal_contracts", 1, 2, "rows")]


async def test_the_journal_is_only_appended(works: PgWorks, shop: Shop) -> None:
    await shop.take()
    for statement in ("update usage_entry set amount = 9", "delete from usage_entry"):
        async with works.everywhere(SYSTEM) as work:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await work.connection.execute(statement)


async def test_what_a_reference_took_is_given_back_where_it_was_taken_and_once(shop: Shop) -> None:
    await shop.take(1, reference="own")
    shop.entitle("journal_places", 10)
    await shop.take(2, reference="theirs")
    assert (await shop.used(), await shop.used("journal_contracts", shop.contract)) == (2, 2)
    shop.entitled = None
    assert await shop.used() == 1
    await shop.give_back(reference="theirs")
    assert (await shop.used(), await shop.used("journal_contracts", shop.contract)) == (1, 0)
    await shop.give_back(reference="theirs")
    await shop.give_back(reference="own")
    await shop.give_back(reference="never taken")
    assert (await shop.used(), await shop.used("journal_contracts", shop.contract)) == (0, 0)


async def test_a_reference_that_two_give_back_at_once_goes_back_once(shop: Shop) -> None:
    await shop.take(2, reference="kept")
    await shop.take(1, reference="gone")
    await asyncio.gather(*(shop.give_back(reference="gone") for _ in range(6)))
    assert await shop.used() == 2
    assert await shop.faults() == []


async def test_what_was_taken_before_a_reset_is_given_back_no_more(shop: Shop, owner: Any) -> None:
    await shop.take(3, reference="before")
    async with shop.works.within(SYSTEM) as work:
        assert await shop.usage.reset(work, "journal_places", shop.subject) == (Allowance(5, 3), Allowance(5, 0))
        await work.commit()
    await shop.take(2, reference="after")
    await shop.give_back(reference="before")
    assert await shop.used() == 2
    assert [entry[:2] for entry in await entries(owner, shop.subject)] == [("take", 3), ("reset", -3), ("take", 2)]


async def test_an_entitlement_is_asked_first_and_counts_for_all_who_share_it(shop: Shop, owner: Any) -> None:
    shop.entitle("journal_places", 3)
    await shop.take(2)
    async with shop.works.within(SYSTEM) as work:
        shop.terms = Terms(3)
        await shop.usage.take(work, "journal_contracts", shop.contract, REFUSED)
        await work.commit()
    with pytest.raises(DomainError):
        await shop.take()
    assert [entry[:3] for entry in await entries(owner, shop.contract)] == [
        ("take", 2, "journal_places"),
        ("take", 1, "journal_contracts"),
    ]
    assert shop.seen == [
        (shop.contract, Allowance(3, 0), Allowance(3, 2)),
        (shop.contract, Allowance(3, 2), Allowance(3, 3)),
    ]
    async with shop.works.reading(SYSTEM) as work:
        assert await shop.usage.allowance(work, "journal_places", shop.subject) == Allowance(3, 3)
        own = await shop.usage.allowance(work, "journal_places", shop.subject, entitled=False)
    assert own == Allowance(3, 0)


async def test_rows_that_nobody_caps_cost_nothing_and_count_once_somebody_does(shop: Shop, owner: Any) -> None:
    shelves = "journal_shelves"
    assert not shop.usage.capped(shelves)
    await shop.take(3, shelves)
    assert await entries(owner, shop.contract) == []
    assert await shop.used(shelves) == 3
    shop.entitle(shelves, 5)
    assert await shop.used(shelves) == 3
    assert (await shop.take(1, shelves)).used == 4
    # whoever shares the counter leaves less
    async with shop.works.within(SYSTEM) as work:
        await shop.usage.take(work, "journal_contracts", shop.contract, REFUSED)
        await work.commit()
    with pytest.raises(DomainError) as refused:
        await shop.take(1, shelves)
    assert refused.value.params == {"limit": 5, "used": 5}
    assert (await shop.give_back(1, shelves)).used == 4
    # the cap is lifted, rows come and go, and it is there again
    cap, shop.entitled = shop.entitled, None
    await shop.give_back(2, shelves)
    shop.entitled = cap
    assert await shop.used(shelves) == 2
    async with shop.works.within(SYSTEM) as work:
        await shop.usage.settle(work, shelves, shop.subject)
        await work.commit()
    assert (await shop.take(3, shelves)).used == 5
    assert sum(entry[1] for entry in await entries(owner, shop.contract)) == 5


async def test_an_amount_below_one_is_no_use(shop: Shop) -> None:
    with pytest.raises(ValueError, match="below 1"):
        await shop.take(0)


async def test_an_entitlement_to_what_nobody_counts_is_named(shop: Shop) -> None:
    shop.entitle("nothing_counted", 1)
    shop.entitle("journal_shelves", 1)
    assert shop.usage.unknown_entitlements() == ["nothing_counted"]
    with pytest.raises(ValueError, match="journal_shelves"):
        shop.entitle("journal_shelves", 1)
