"""Moov's wire (rows 16 to 21)."""

import httpx2
import msgspec
import pytest
from lxml import etree

from adapters.operators.credentials import MoovCredentials
from adapters.operators.demo import DEMO_MOOV
from adapters.operators.front import AnswerLost
from adapters.operators.moov_token import is_token, write_token
from adapters.operators.settings import OperatorSettings
from tests.operators import MERCHANT, MOOV, SOAP, Operators, elements, number, operators, said

PAYER = f"+{number('10')}"
VECTOR = MoovCredentials(
    key="simulator-key-0123456789-abcdefg", username="demo_user", password="demo_pass", wallet="+2290195000000"
)


def test_the_token_of_the_test_vector() -> None:
    """The vector of section 4A.2."""
    token = "aPAr9Spzyh6X82XHp0Dv3kYyRnueU4N3Z4cPmNAI5Rg="
    assert write_token(VECTOR) == token
    assert is_token(VECTOR, token)
    for wrong in ("", "x", token[:-4], write_token(DEMO_MOOV), "AAAA" * 11, "é"):
        assert not is_token(VECTOR, wrong)


async def test_a_wrong_token_is_98_in_every_operation(sim: Operators) -> None:
    assert said(await sim.soap("PushWithPending", "", token="wrong"))["status"] == "98"
    for operation in ("getTransactionStatus", "transferFlooz", "getBalance", "getMobileAccountStatus"):
        answer = await sim.soap(operation, "<request/>", token=write_token(VECTOR))
        assert (answer.status_code, said(answer)["status"]) == (200, "98")


async def test_a_ready_made_token_is_taken() -> None:
    given = msgspec.structs.replace(DEMO_MOOV, opaque_token="ready-made")
    async with operators(OperatorSettings(moov=given)) as sim:
        wallet = f"<request>{elements(msisdn=given.wallet)}</request>"
        assert said(await sim.soap("getBalance", wallet, token="ready-made"))["status"] == "0"


async def test_a_push_from_pending_to_paid(sim: Operators) -> None:
    answer = await sim.push(PAYER, "PAY1")
    assert answer.headers["content-type"].startswith("text/xml")
    assert said(answer) == {"description": "Pending, awaiting PIN", "status": "100"}
    await sim.move(2)
    done = said(await sim.asked("getTransactionStatus", transid="PAY1"))
    assert (done["status"], done["transid"]) == ("0", "PAY1")
    assert 15 <= len(done["referenceid"]) <= 18
    by_theirs = said(await sim.asked("getTransactionStatus", transid=done["referenceid"]))
    assert by_theirs == done
    assert said(await sim.asked("getTransactionStatus", transid="PAY2"))["status"] == "94"


async def test_a_repeated_push_is_a_second_debit(sim: Operators) -> None:
    await sim.push(PAYER, "PAY1")
    await sim.push(PAYER, "PAY1")
    await sim.move(2)
    assert await sim.moved("moov", "PAY1") == [("debit", "500"), ("debit", "500")]


@pytest.mark.parametrize(
    ("plan", "status"),
    [
        ({"delay": 0}, "0"),
        ({"outcome": "insufficient"}, "10"),
        ({"outcome": "fail", "reason": "3"}, "3"),
        ({"outcome": "not_found"}, "555"),
        ({"outcome": "decline"}, "92"),
        ({"outcome": "fail"}, "95"),
        ({"outcome": "refuse"}, "99"),
    ],
)
async def test_every_code_of_a_push(sim: Operators, plan: dict[str, object], status: str) -> None:
    await sim.plan("moov", reference="PAY1", **plan)
    pushed = said(await sim.push(PAYER, "PAY1"))
    assert pushed["status"] == status
    assert ("pending" in pushed["description"].lower()) is False
    assert await sim.moved("moov", "PAY1") == ([("debit", "500")] if status == "0" else [])
    known = "94" if status == "99" else status
    assert said(await sim.asked("getTransactionStatus", transid="PAY1"))["status"] == known


async def test_95_may_mean_pending(sim: Operators) -> None:
    await sim.switch("moov", pending="95")
    pushed = said(await sim.push(PAYER, "PAY1"))
    assert pushed["status"] == "95"
    assert "pending" in pushed["description"]
    await sim.move(2)
    assert said(await sim.asked("getTransactionStatus", transid="PAY1"))["status"] == "0"


@pytest.mark.parametrize("amount", ["500.0", "500.5", "", "abc", "-5"])
async def test_an_amount_that_is_not_whole_is_a_fault(sim: Operators, amount: str) -> None:
    answer = await sim.push(PAYER, "PAY1", amount=amount)
    if amount:
        assert answer.status_code == 500
        assert said(answer) == {"faultcode": "soap:Server", "faultstring": f'For input string: "{amount}"'}
    else:
        assert said(answer)["status"] == "91"
    transfer = await sim.asked("transferFlooz", destination=PAYER, amount=amount, referenceid="R1", walletid="0")
    assert transfer.status_code == 500
    assert await sim.transactions("moov", "PAY1") == []


async def test_a_wrong_namespace_is_a_fault(sim: Operators) -> None:
    answer = await sim.soap("PushWithPending", "", namespace="http://checktransaction.merchant.tlc.com/")
    assert answer.status_code == 500
    assert "faultstring" in said(answer)
    assert (await sim.soap("Unknown", "")).status_code == 500


async def test_qualified_children_are_not_seen(sim: Operators) -> None:
    token = write_token(DEMO_MOOV)
    answer = await sim.soap("PushWithPending", f"<api:msisdn>{PAYER}</api:msisdn>", token=token)
    assert said(answer)["status"] == "91"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a/>",
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        SOAP.format(namespace=MERCHANT, operation="getBalance", children="")
        .replace("<soapenv:Envelope", '<!DOCTYPE a [<!ENTITY t "t">]><soapenv:Envelope')
        .encode(),
    ],
)
async def test_what_is_no_envelope_is_a_fault(sim: Operators, body: bytes) -> None:
    answer = await sim.client.post(MOOV, content=body, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 500
    assert said(answer).keys() == {"faultcode", "faultstring"}


async def test_numbers(sim: Operators) -> None:
    for msisdn, status in (("+22997000010", "3"), ("97000010", "3"), ("2290197000010", "100"), (PAYER, "100")):
        assert said(await sim.push(msisdn, "PAY1"))["status"] == status
    await sim.switch("moov", old_numbers=True)
    assert said(await sim.push("+22997000010", "PAY1"))["status"] == "100"


async def test_a_transfer_echoes_its_reference_and_balances(sim: Operators) -> None:
    fields = {"destination": PAYER, "amount": "300", "referenceid": "R1", "walletid": "0", "extendeddata": ""}
    done = said(await sim.asked("transferFlooz", **fields))
    assert (done["status"], done["transactionid"]) == ("0", "R1")
    assert (done["senderbalancebefore"], done["senderbalanceafter"]) == ("100000000", "99999700")
    assert done["referenceid"] not in ("", "R1")
    assert await sim.moved("moov", "R1") == [("credit", "300")]
    assert said(await sim.asked("getTransactionStatus", transid="R1"))["status"] == "0"
    assert said(await sim.asked("getBalance", msisdn=DEMO_MOOV.wallet))["balance"] == "99999700"
    assert said(await sim.asked("getBalance", msisdn=PAYER))["status"] == "2"


async def test_payees_rules(sim: Operators) -> None:
    async def send(ending: str, reference: str, amount: str = "300") -> httpx2.Response:
        return await sim.asked("transferFlooz", destination=f"+{number(ending)}", amount=amount, referenceid=reference)

    assert said(await send("02", "R02"))["status"] == "10"
    assert said(await send("09", "R09"))["status"] == "555"
    assert [(await send("07", "R07")).status_code for _ in range(3)] == [500, 500, 200]
    with pytest.raises(AnswerLost):
        await send("08", "R08")
    assert said(await send("10", "R10", "100000001"))["status"] == "10"
    for reference, moved in (
        ("R10", []),
        ("R02", []),
        ("R09", []),
        ("R07", [("credit", "300")]),
        ("R08", [("credit", "300")]),
    ):
        assert await sim.moved("moov", reference) == moved


async def test_an_account(sim: Operators) -> None:
    shown = said(await sim.asked("getMobileAccountStatus", msisdn=PAYER))
    assert (shown["status"], shown["subscriberstatus"], shown["msisdn"]) == ("0", "ACTIVE", PAYER)
    assert said(await sim.asked("getMobileAccountStatus", msisdn=f"+{number('09')}"))["status"] == "555"


async def test_answers_are_written_in_many_ways(sim: Operators) -> None:
    seen = set()
    for switches in (
        {},
        {"prefix": ""},
        {"namespace": "tlc"},
        {"qualified": True},
        {"inner": "return"},
        {"inner": "response"},
        {"utf16": True},
    ):
        await sim.control("switches", method="DELETE")
        await sim.switch("moov", **switches)
        answer = await sim.push(PAYER, "PAY1")
        assert said(answer)["status"] == "100"
        holder = etree.fromstring(answer.content)[0][0][0]
        parent = holder.getparent()
        seen.add((holder.tag, parent.tag, parent.prefix, answer.content[:2]))
    assert len(seen) == 7
    assert any(start == b"\xff\xfe" for *_, start in seen)


async def test_an_html_page_instead_of_an_answer(sim: Operators) -> None:
    await sim.switch("moov", down="502")
    answer = await sim.push(PAYER, "PAY1")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    await sim.switch("moov", down="", refuse_address=True)
    with pytest.raises(AnswerLost):
        await sim.push(PAYER, "PAY1")
    assert await sim.transactions("moov", "PAY1") == []
