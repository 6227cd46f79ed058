"""Lending connections of a pool."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.db import lending
from adapters.db.database import Database
from adapters.db.lending import Lending
from tests.cluster import DatabaseUrls


@pytest.fixture
async def pair(database_urls: DatabaseUrls) -> AsyncIterator[Lending]:
    """What lends two connections."""
    database = Database(database_urls.app, max_size=2)
    await database.open()
    yield database.lending
    await asyncio.wait_for(database.close(), 5)


async def test_a_clean_connection_is_lent_again(pair: Lending) -> None:
    first = await pair.take()
    await pair.give_back(first, clean=True)
    assert await pair.take() is first
    await pair.give_back(first, clean=True)


async def test_an_open_transaction_or_a_failure_goes_through_the_pool(pair: Lending) -> None:
    first = await pair.take()
    await first.execute("begin")
    await pair.give_back(first, clean=True)
    assert pair._at_hand == []
    async with pair.lent() as second:
        assert not second.is_in_transaction()

    async def fail() -> None:
        async with pair.lent():
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert pair._at_hand == []


async def test_who_waits_gets_the_connection_that_comes_back(pair: Lending) -> None:
    one, two = await pair.take(), await pair.take()
    waiting = [asyncio.ensure_future(pair.take()) for _ in range(3)]
    await asyncio.sleep(0.01)
    assert not any(each.done() for each in waiting)
    for connection in (one, two):
        await pair.give_back(connection, clean=True)
    for each in waiting:
        connection = await asyncio.wait_for(each, 2)
        assert await connection.fetchval("select 1") == 1
        await pair.give_back(connection, clean=True)


async def test_a_connection_goes_from_hand_to_hand_to_who_waits_longest(pair: Lending) -> None:
    one, two = await pair.take(), await pair.take()
    waiting = [asyncio.ensure_future(pair.take()) for _ in range(2)]
    await asyncio.sleep(0)
    await pair.give_back(two, clean=True)
    assert await waiting[0] is two
    await pair.give_back(one, clean=True)
    assert await waiting[1] is one
    for connection in (one, two):
        await pair.give_back(connection, clean=True)


async def test_what_was_handed_to_one_that_is_cancelled_goes_on(pair: Lending) -> None:
    one, two = await pair.take(), await pair.take()
    gone, waiting = asyncio.ensure_future(pair.take()), asyncio.ensure_future(pair.take())
    await asyncio.sleep(0)
    await pair.give_back(one, clean=True)
    gone.cancel()
    assert await asyncio.wait_for(waiting, 2) is one
    again = asyncio.ensure_future(pair.take())
    await asyncio.sleep(0)
    await pair.give_back(one, clean=True)
    again.cancel()
    await asyncio.sleep(0.05)
    async with asyncio.timeout(2):
        async with pair.lent() as connection:
            assert await connection.fetchval("select 1") == 1
    await pair.give_back(two, clean=True)


async def test_who_waits_gets_a_new_connection_for_one_that_failed(pair: Lending) -> None:
    one, two = await pair.take(), await pair.take()
    waiting = asyncio.ensure_future(pair.take())
    await asyncio.sleep(0)
    one.terminate()
    await pair.give_back(one, clean=False)
    new = await asyncio.wait_for(waiting, 2)
    assert new is not one
    assert await new.fetchval("select 1") == 1
    await pair.give_back(new, clean=True)
    await pair.give_back(two, clean=True)


async def test_waiting_ends(pair: Lending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "TAKE_SECONDS", 0.05)
    async with pair.lent(), pair.lent():
        with pytest.raises(TimeoutError):
            await pair.take()
    async with pair.lent() as connection:
        assert await connection.fetchval("select 1") == 1


async def test_a_lost_connection_is_not_lent(pair: Lending) -> None:
    first = await pair.take()
    await pair.give_back(first, clean=True)
    first.terminate()
    async with pair.lent() as connection:
        assert await connection.fetchval("select 1") == 1


async def test_what_nobody_needs_goes_back_to_the_pool(pair: Lending, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lending, "SPARE_SECONDS", 0.05)
    one, two = await pair.take(), await pair.take()
    await pair.give_back(one, clean=True)
    await pair.give_back(two, clean=True)
    for _ in range(8):
        async with pair.lent():
            await asyncio.sleep(0.02)
    assert len(pair._at_hand) == 1
    assert pair._pool.get_idle_size() == 1
