"""Stories of payments that are told side by side: each has buyers of its own."""

import asyncio
from typing import Any
from uuid import UUID

from tests.journeys.market import NUMBERS, SILENT, Market, reference_of, until


async def tried_again_with_another_number(market: Market, operator: str) -> None:
    """A payer declines, another one pays, under another operation; what is paid is tried no more."""
    payment = await market.buy(operator, "01")
    assert (await market.ended(payment)).state == "failed"
    other = {} if operator == "orange" else {"payer": NUMBERS[operator].format("11")}
    again = await market.ask("POST", f"/payments/{payment}/retry/", other)
    assert again["action"] == ("redirect" if operator == "orange" else "prompt")
    if operator == "orange":
        await market.enter(await market.page(payment), "11")
    assert (await market.ended(payment)).state == "succeeded"
    first, second = await market.attempts(payment)
    declined = {"mtn": "cancelled", "orange": "failed", "moov": "expired"}[operator]
    assert (first["state"], second["state"]) == (declined, "succeeded")
    assert await market.moved("debit", first["id"]) == []
    assert await market.moved("debit", second["id"]) == ["500"]
    await market.ask("POST", f"/payments/{payment}/retry/", {}, status=400)


async def cancelled_and_paid_late(market: Market, operator: str) -> None:
    """The unit is still there: it is delivered. It is somebody else's by then: the money goes back."""
    items = [await market.item(units=1) for _ in range(2)]
    late, gone = await asyncio.gather(*(market.buy(operator, SILENT, item=item) for item in items))
    for payment in (late, gone):
        await market.prompted(payment)
        assert (await market.ask("POST", f"/payments/{payment}/cancel/"))["state"] == "cancelled"
        await market.ask("POST", f"/payments/{payment}/cancel/", status=400)
    other = await market.bought("moov", item=items[1])
    for payment in (late, gone):
        _, reference = await market.reference(payment)
        await market.control("POST", "/approve", {"operator": operator, "reference": reference})
    await market.until(late, lambda shown: shown["state"] == "succeeded")
    refund = await market.refund_of(gone, "done")
    assert (refund["cause"], refund["amount"]) == ("late", 500)
    assert await market.moved("credit", refund["id"]) == ["500"]
    assert (await market.shown(gone))["state"] == "cancelled"
    assert await market.balances(gone) == {}
    assert (await market.shown(other))["state"] == "succeeded"


async def the_whole_and_a_part_go_back(market: Market, operator: str) -> None:
    """And never more than came."""
    payee = NUMBERS[operator].format("10")
    whole, part = await asyncio.gather(*(market.bought(operator, payee=f"organiser:{operator}") for _ in range(2)))
    backs = [await market.give_back(whole, 500, payee), await market.give_back(part, 200, payee)]
    done = [await market.refund(back, "done") for back in backs]
    assert [each["amount"] for each in done] == [500, 200]
    assert [await market.moved("credit", back) for back in backs] == [["500"], ["200"]]
    assert (await market.shown(whole))["state"] == "refunded"
    assert (await market.shown(part))["state"] == "partially_refunded"
    assert await market.balances(whole) == {}
    assert await market.balances(part) == {f"operator:{operator}": 300, f"payee:organiser:{operator}": -300}
    await market.ask("POST", f"/payments/{part}/refund/", {"amount": "301"}, status=400)
    await market.ask("POST", f"/payments/{whole}/refund/", {"amount": "1"}, status=400)


async def refunds_that_go_wrong(market: Market, operator: str) -> None:
    """Too little in the merchant's wallet: failed, and it may be asked for again. Two answers 500: MTN takes the same
    id again, Orange the same pay token; Moov is never sent a second one, and it stays unknown. A lost answer: found by
    a status read."""
    payers = ("12", "13", "14")
    payments = await asyncio.gather(*(market.bought(operator, ending) for ending in payers))
    poor, stumbling, lost = payments
    number = NUMBERS[operator].format
    if operator == "mtn":
        # its refund goes to who paid, whatever payee is named
        courses = ({"outcome": "insufficient"}, {"failures": 2}, {"lose_answer": True})
        for ending, course in zip(payers, courses, strict=True):
            await market.control("POST", "/plans", {"operator": "mtn", "number": number(ending), **course})
    backs = [
        await market.give_back(payment, 500, number(ending))
        for payment, ending in zip(payments, ("02", "07", "08"), strict=True)
    ]
    failed = await market.refund(backs[0], "failed")
    assert failed["reason"] == "insufficient_funds"
    assert (await market.shown(poor))["state"] == "succeeded"
    assert await market.moved("credit", backs[0]) == []
    await market.refund(backs[2], "done")
    assert await market.moved("credit", backs[2]) == ["500"]
    assert (await market.shown(lost))["state"] == "refunded"
    if operator == "moov":

        async def looked_at() -> Any:
            return await market.rows(
                "select looks from refund where id = $1 and state = 'unknown' and looks > 1", backs[1]
            )

        await until(looked_at, "the refund is not unknown after some looks")
        assert await market.moved("credit", backs[1]) == []
        assert (await market.shown(stumbling))["state"] == "succeeded"
    else:
        await market.refund(backs[1], "done")
        assert await market.moved("credit", backs[1]) == ["500"]
        assert (await market.shown(stumbling))["state"] == "refunded"
    if operator == "mtn":
        await market.control("DELETE", "/plans")
    again = await market.give_back(poor, 500, number("10"))
    await market.refund(again, "done")
    assert await market.moved("credit", again) == ["500"]


async def looked_at_after(market: Market, payment: str, number: int, status: int) -> list[Any]:
    """The status reads of a payment that the operator has answered since an entry of its log."""

    async def look() -> Any:
        return [
            each
            for each in await market.log(payment)
            if each["direction"] == "in" and each["number"] > number and each["status"] == status
        ]

    found: list[Any] = await until(look, "nobody has looked")
    return found


async def forged(market: Market, operator: str) -> None:
    """The simulator claims a success that never was, in the operator's own form, and somebody else in others."""
    payment = await market.buy(operator, SILENT)
    key = await market.prompted(payment)
    reference = reference_of(operator, key)
    order = {"operator": operator, "reference": reference, "forged": True, "times": 2}
    sent = (await market.control("POST", "/callbacks", order))["entries"]
    assert [each["status"] for each in sent] == [200, 200]
    await looked_at_after(market, payment, sent[-1]["number"], 200 if operator == "mtn" else 201)
    await forge(market, operator, key)
    assert (await market.shown(payment))["state"] == "pending"
    assert await market.balances(payment) == {}


async def forged_where_none_is_sent(market: Market, operator: str) -> None:
    """An operator that calls nobody back has no true callbacks."""
    payment = await market.buy(operator, SILENT)
    await forge(market, operator, await market.prompted(payment))
    assert (await market.shown(payment))["state"] == "pending"
    kept = await market.rows("select verdict, times from payment_callback where gateway = 'moov'")
    assert kept
    assert {each["verdict"] for each in kept} <= {"unreadable", "unknown"}


async def forge(market: Market, operator: str, key: UUID) -> None:
    """Say that an attempt was paid, in every operator's words, by every method and form of the address."""
    bodies = (
        {"status": "SUCCESSFUL", "externalId": str(key), "amount": "500", "currency": "XOF"},
        {"status": "SUCCESS", "notif_token": "0" * 32, "txnid": "MP261121.1200.S00001"},
        {"status": "0", "transid": reference_of("moov", key), "referenceid": "2026112119000000001"},
    )
    for body in bodies:
        for address in (f"/webhooks/{operator}/{key}/", f"/webhooks/{operator}/{reference_of('moov', key)}"):
            for method in ("POST", "PUT"):
                answer = await market.api.request(method, address, json=body)
                assert (answer.status_code, answer.content) == (200, b"")


async def called_back_while_down(market: Market, operator: str) -> None:
    """The true callback comes, and the status cannot be read: the payment stays pending until it can."""
    payment = await market.buy(operator, "10")
    key = await market.prompted(payment)
    await market.control("PATCH", "/switches", {operator: {"down": "503"}})
    try:

        async def called() -> Any:
            return [each for each in await market.log(payment) if each["direction"] == "out" and each["status"] == 200]

        callback = (await until(called, "no callback came"))[0]
        kept = await market.rows("select verdict from payment_callback where operation_id = $1", key)
        assert [each["verdict"] for each in kept] == ["hint"]

        async def refused() -> Any:
            entries = (await market.control("GET", f"/log?operator={operator}&direction=in"))["entries"]
            return [each for each in entries if each["number"] > callback["number"] and each["status"] == 503]

        await until(refused, "nobody has looked")
        assert (await market.shown(payment))["state"] == "pending"
        assert await market.balances(payment) == {}
    finally:
        await market.control("PATCH", "/switches", {operator: {"down": ""}})
    assert (await market.ended(payment)).state == "succeeded"
    reads = await looked_at_after(market, payment, callback["number"], 200 if operator == "mtn" else 201)
    assert "SUCCESS" in reads[0]["response"]
