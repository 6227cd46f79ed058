"""Counted features on a real database: limits hold, also under parallel takers."""

import asyncio
from typing import Any

import asyncpg
import pytest

from adapters.db.stores.usage import PgUsage
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.access.usage import Allowance, Terms, Usage
from core.primitives.errors import DomainError, Kind, message
from core.work import Work
from tests.installation import unique
from tests.waits import SOMEBODY_WAITS

FEATURE = "trial_places"
REFUSED = message("trial_places_used", fr="{used} places sur {limit}.", en="{used} places of {limit}.")


class Offer:
    """A feature whose terms a test says. Each test has a subject of its own."""

    def __init__(self, works: PgWorks, terms: Terms) -> None:
        self.works = works
        self.terms = terms
        self.subject = unique("subject")
        self.usage = Usage(PgUsage())
        self.usage.declare(FEATURE, self._terms)

    async def _terms(self, work: Work, subject: str, hold: bool) -> Terms | None:
        return self.terms

    async def take(self, amount: int = 1, subject: str = "") -> Allowance:
        """Use the feature in a unit of work of its own."""
        async with self.works.within(SYSTEM) as work:
            taken = await self.usage.take(work, FEATURE, subject or self.subject, REFUSED, amount)
            await work.commit()
        return taken

    async def give_back(self, amount: int = 1) -> Allowance:
        """Undo a use."""
        async with self.works.within(SYSTEM) as work:
            left = await self.usage.give_back(work, FEATURE, self.subject, amount)
            await work.commit()
        return left

    async def present(self) -> Allowance:
        """What is used now."""
        async with self.works.reading(SYSTEM) as work:
            return await self.usage.allowance(work, FEATURE, self.subject)


async def test_the_last_one_is_given_and_no_more(works: PgWorks) -> None:
    offer = Offer(works, Terms(2))
    assert await offer.present() == Allowance(2, 0)
    assert [(await offer.take()).used, (await offer.take()).left] == [1, 0]
    with pytest.raises(DomainError) as refused:
        await offer.take()
    assert (refused.value.kind, refused.value.message, refused.value.params) == (
        Kind.FORBIDDEN,
        REFUSED,
        {"limit": 2, "used": 2},
    )
    assert await offer.present() == Allowance(2, 2)


@pytest.mark.parametrize(("limit", "used"), [(0, 0), (2, 1)])
async def test_more_than_is_left_is_refused_as_a_whole(works: PgWorks, limit: int, used: int) -> None:
    offer = Offer(works, Terms(limit))
    if used:
        await offer.take(used)
    with pytest.raises(DomainError):
        await offer.take(limit - used + 1)
    assert await offer.present() == Allowance(limit, used)


async def test_without_limit_everything_is_counted(works: PgWorks) -> None:
    offer = Offer(works, Terms(None))
    assert (await offer.take(1000)).left is None
    assert (await offer.take(1)).used == 1001


async def test_a_refused_unit_of_work_uses_nothing(works: PgWorks) -> None:
    offer = Offer(works, Terms(1))
    async with works.within(SYSTEM) as work:
        await offer.usage.take(work, FEATURE, offer.subject, REFUSED)
    assert await offer.present() == Allowance(1, 0)


async def test_subjects_features_and_periods_are_counted_apart(works: PgWorks) -> None:
    offer = Offer(works, Terms(1, "2026-11"))
    await offer.take()
    await offer.take(subject=unique("neighbour"))
    offer.terms = Terms(1, "2026-12")
    assert await offer.present() == Allowance(1, 0)
    await offer.take()
    offer.terms = Terms(1, "2026-11")
    assert await offer.present() == Allowance(1, 1)


async def test_what_is_given_back_can_be_used_again(works: PgWorks) -> None:
    offer = Offer(works, Terms(1))
    await offer.take()
    assert (await offer.give_back()).left == 1
    assert (await offer.take()).used == 1
    assert (await offer.give_back(5)).used == 0, "never below nothing"
    assert (await offer.give_back()).used == 0


async def test_a_limit_that_is_lowered_refuses_and_keeps_what_was_used(works: PgWorks) -> None:
    offer = Offer(works, Terms(5))
    await offer.take(3)
    offer.terms = Terms(2)
    assert (await offer.present()).left == 0
    with pytest.raises(DomainError) as refused:
        await offer.take()
    assert refused.value.params == {"limit": 2, "used": 3}
    offer.terms = Terms(None)
    assert (await offer.take()).used == 4


async def test_parallel_takers_never_pass_the_limit(works: PgWorks) -> None:
    offer = Offer(works, Terms(7))
    outcomes = await asyncio.gather(*(offer.take() for _ in range(40)), return_exceptions=True)
    given = sorted(each.used for each in outcomes if isinstance(each, Allowance))
    assert given == [1, 2, 3, 4, 5, 6, 7]
    assert {type(each) for each in outcomes} == {Allowance, DomainError}
    assert await offer.present() == Allowance(7, 7)


async def test_a_taker_waits_for_one_who_has_not_committed(works: PgWorks, owner: Any) -> None:
    """Two connections: the second one sees what the first one commits, not what it found when it came."""
    offer = Offer(works, Terms(1))
    async with works.within(SYSTEM) as first:
        await offer.usage.take(first, FEATURE, offer.subject, REFUSED)
        second = asyncio.create_task(offer.take())
        await until_somebody_waits(owner)
        assert not second.done()
        await first.commit()
    with pytest.raises(DomainError):
        await second
    assert await offer.present() == Allowance(1, 1)


async def test_a_taker_gets_what_the_other_did_not_keep(works: PgWorks, owner: Any) -> None:
    offer = Offer(works, Terms(1))
    async with works.within(SYSTEM) as first:
        await offer.usage.take(first, FEATURE, offer.subject, REFUSED)
        second = asyncio.create_task(offer.take())
        await until_somebody_waits(owner)
    assert (await second).used == 1


async def test_the_database_keeps_counters_from_falling_below_nothing(owner: Any) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="ck_usage_counter_used"):
        await owner.execute("insert into usage_counter values ('f', 's', '', -1)")


async def until_somebody_waits(owner: Any) -> None:
    """Wait until a connection to this database waits for a lock of another one."""
    for _ in range(200):
        if await owner.fetchval(SOMEBODY_WAITS):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody waits")
