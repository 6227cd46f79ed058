"""Payments from the shop's request to the operators' books: a real server, a worker, and the operator simulator."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.db.stores.payments.ledger import CHECKS
from tests.cluster import TestCluster
from tests.installation import unique
from tests.journeys.market import LONGEST, OPERATORS, SILENT, Ended, Market, reference_of, until
from tests.journeys.payment_stories import (
    called_back_while_down,
    cancelled_and_paid_late,
    forged,
    forged_where_none_is_sent,
    refunds_that_go_wrong,
    the_whole_and_a_part_go_back,
    tried_again_with_another_number,
)
from tests.payments.arrange import SHOP_PATH
from tests.server import serving

ENDINGS = tuple(f"{number:02}" for number in range(1, 11))
SUCCEEDED = ("succeeded", None)
OTHER_ENDS: dict[str, dict[str, tuple[str, str]]] = {
    "mtn": {
        "01": ("failed", "declined_by_payer"),
        "02": ("failed", "insufficient_funds"),
        "09": ("failed", "payer_not_found"),
    },
    # Orange says why of none
    "orange": dict.fromkeys(("01", "02", "09"), ("failed", "unspecified")),
    "moov": {"01": ("failed", "timeout"), "02": ("failed", "insufficient_funds"), "09": ("failed", "payer_not_found")},
}
"""What becomes of a payment by the payer's number (DESIGN.md section 7, DECISIONS.md section 2): these, success, and
for 03 nothing."""
CASES = [(operator, ending) for operator in OPERATORS for ending in ENDINGS]


@pytest.fixture(scope="module")
def running(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server and its database."""
    urls = cluster.clone(unique("market"))
    with serving(
        tmp_path_factory.mktemp("market") / "home", urls, worker=True, operators=True, PYTHONPATH=SHOP_PATH
    ) as server:
        yield server, urls


@pytest.fixture(scope="module")
async def market(running: Any) -> AsyncIterator[Market]:
    """Buyers. Whatever they did, the books agree at the end."""
    server, urls = running
    async with asyncpg.create_pool(urls.owner, min_size=1, max_size=4) as database:
        market = Market(server, database)
        yield market
        await market.close()
        faults = [(check, fault) for check, sql in CHECKS for fault in await market.rows(sql)]
        assert faults == []


STORIES = [
    *((tried_again_with_another_number, operator) for operator in OPERATORS),
    *((the_whole_and_a_part_go_back, operator) for operator in OPERATORS),
    *((refunds_that_go_wrong, operator) for operator in OPERATORS),
    *((forged, operator) for operator in ("mtn", "orange")),
    (forged_where_none_is_sent, "moov"),
    (cancelled_and_paid_late, "mtn"),
]


@pytest.fixture(scope="module")
async def told(market: Market) -> AsyncIterator[dict[Any, asyncio.Task[None]]]:
    """Every story under way, each with buyers of its own."""
    tasks = {(story, operator): asyncio.create_task(story(market, operator)) for story, operator in STORIES}
    yield tasks
    await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.fixture(scope="module")
async def bought(market: Market, told: Any) -> dict[tuple[str, str], str]:
    """A payment of every payer at every operator, begun at the same time."""
    assert told
    keys = await asyncio.gather(*(market.buy(*case) for case in CASES))
    return dict(zip(CASES, keys, strict=True))


@pytest.fixture(scope="module")
async def ended(market: Market, bought: dict[tuple[str, str], str]) -> dict[tuple[str, str], Ended]:
    """What became of those whom somebody answers."""
    answered = {case: key for case, key in bought.items() if case[1] != SILENT}
    ends = await asyncio.gather(*(market.ended(key) for key in answered.values()))
    return dict(zip(answered, ends, strict=True))


@pytest.mark.parametrize(("operator", "ending"), [case for case in CASES if case[1] != SILENT])
async def test_a_payers_number_decides(
    market: Market, bought: dict[tuple[str, str], str], ended: dict[tuple[str, str], Ended], operator: str, ending: str
) -> None:
    payment, end = bought[operator, ending], ended[operator, ending]
    assert (end.state, end.reason) == OTHER_ENDS[operator].get(ending, SUCCEEDED)
    assert end.seconds < LONGEST
    (attempt,) = await market.attempts(payment)
    debits = await market.moved("debit", attempt["id"])
    (order,) = await market.rows("select state, delivered from shop_order where payment = $1", UUID(payment))
    if end.state == "succeeded":
        assert (debits, tuple(order)) == (["500"], ("paid", 1))
        assert await market.balances(payment) == {f"operator:{operator}": 500, "revenue:shop_order": -500}
    else:
        assert (debits, tuple(order)) == ([], ("released", 0))
        assert await market.balances(payment) == {}


@pytest.mark.parametrize("operator", OPERATORS)
async def test_who_never_answers_stays_pending(
    market: Market, bought: dict[tuple[str, str], str], ended: dict[tuple[str, str], Ended], operator: str
) -> None:
    assert ended
    payment = bought[operator, SILENT]
    assert (await market.shown(payment))["state"] == "pending"
    assert [each["state"] for each in await market.attempts(payment)] == ["pending"]


@pytest.mark.parametrize(("operator", "ending", "times"), [("mtn", "04", 0), ("mtn", "05", 3), ("orange", "05", 3)])
async def test_callbacks_that_never_come_or_come_three_times_change_nothing(
    market: Market,
    bought: dict[tuple[str, str], str],
    ended: dict[tuple[str, str], Ended],
    operator: str,
    ending: str,
    times: int,
) -> None:
    assert ended[operator, ending].state == "succeeded"
    sent = [each["status"] for each in await market.log(bought[operator, ending]) if each["direction"] == "out"]
    assert sent == [200] * times


@pytest.mark.parametrize("operator", ["mtn", "orange"])
async def test_success_follows_a_status_read_that_follows_the_callback(
    market: Market, bought: dict[tuple[str, str], str], ended: dict[tuple[str, str], Ended], operator: str
) -> None:
    assert ended[operator, "10"].state == "succeeded"
    entries = await market.log(bought[operator, "10"])
    callback = next(each for each in entries if each["direction"] == "out")
    reads = [each for each in entries if each["direction"] == "in" and each["number"] > callback["number"]]
    assert reads
    assert "SUCCESS" in reads[0]["response"]
    before = [each for each in entries if each["direction"] == "in" and each["number"] < callback["number"]]
    assert not [each for each in before if '"SUCCESS' in each["response"]]


@pytest.mark.parametrize(
    ("story", "operator"), STORIES, ids=[f"{each.__name__}-{operator}" for each, operator in STORIES]
)
async def test_a_story(told: dict[Any, asyncio.Task[None]], story: Any, operator: str) -> None:
    await told[story, operator]


@pytest.fixture(scope="module")
async def alone(market: Market, told: dict[Any, asyncio.Task[None]]) -> Market:
    """The market once nobody else buys: what is switched at an operator is for all."""
    await asyncio.wait(told.values())
    return market


async def test_a_page_whose_address_is_lost_is_made_anew(alone: Market) -> None:
    """The payment goes on under another order_id. Money on the page that nobody has is shown to people; the order is
    delivered once."""
    market = alone
    await market.control("PATCH", "/switches", {"orange": {"lose_next": 1}})
    payment = await market.buy("orange", "10", enter=False)
    token = await market.page(payment)
    lost, second = await market.attempts(payment)
    assert (lost["state"], second["state"], lost["handles"]) == ("lost", "pending", "{}")
    references = [reference_of("orange", each["id"]) for each in (lost, second)]
    await market.enter(references[0], "10")
    await market.enter(token, "11")
    assert (await market.ended(payment)).state == "succeeded"

    async def told() -> Any:
        return [each for each in await market.attempts(payment) if each["escalated"] == "callback_for_lost"]

    assert [each["id"] for each in await until(told, "nobody is told of the money on the lost page")] == [lost["id"]]
    assert await market.moved("debit", lost["id"], second["id"]) == ["500", "500"]
    assert await market.balances(payment) == {"operator:orange": 500, "revenue:shop_order": -500}


async def test_a_true_callback_alone_moves_nothing(alone: Market) -> None:
    await asyncio.gather(*(called_back_while_down(alone, operator) for operator in ("mtn", "orange")))
