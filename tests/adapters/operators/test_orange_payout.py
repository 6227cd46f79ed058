"""Orange's payout contract, modelled on section 3B's cash-in."""

import pytest

from adapters.operators.demo import DEMO_ORANGE
from adapters.operators.front import AnswerLost
from tests.operators import CASHIN, Operators

PAYEE = "22507000000"


async def status(sim: Operators, pay_token: str) -> dict[str, object]:
    """The data of a payout."""
    headers = await sim.orange_headers() | {"X-AUTH-TOKEN": DEMO_ORANGE.payout_token}
    answer = await sim.client.get(f"{CASHIN}/paymentstatus/{pay_token}", headers=headers)
    assert answer.status_code == 200
    data: dict[str, object] = answer.json()["data"]
    return data


async def test_a_payout_credits_a_number(sim: Operators) -> None:
    pay_token, answer = await sim.cashin(f"{PAYEE}10")
    data = answer.json()["data"]
    assert (answer.status_code, data["status"], data["inittxnstatus"]) == (200, "PENDING", "200")
    await sim.move(1)
    done = await status(sim, pay_token)
    assert done["status"] == "SUCCESSFULL"
    assert str(done["txnid"]).startswith("CI")
    assert await sim.moved("orange", "REFUND1") == [("credit", "500")]
    assert sim.bodies() == [{"payToken": pay_token, "status": "SUCCESSFULL", "message": "OK"}]


async def test_a_paytoken_serves_once(sim: Operators) -> None:
    pay_token, _ = await sim.cashin(f"{PAYEE}10")
    _, again = await sim.cashin(f"{PAYEE}10", pay_token=pay_token)
    assert again.status_code == 422
    _, unknown = await sim.cashin(f"{PAYEE}10", pay_token="CIX")
    assert unknown.status_code == 422
    await sim.move(1)
    assert await sim.moved("orange", "REFUND1") == [("credit", "500")]


async def test_payees_rules(sim: Operators) -> None:
    poor, answer = await sim.cashin(f"{PAYEE}02", order="R02")
    assert (answer.status_code, answer.json()["data"]["inittxnstatus"]) == (400, "60019")
    assert answer.json()["message"].startswith("60019 ::")
    assert (await status(sim, poor))["status"] == "FAILED"

    _, answer = await sim.cashin(f"{PAYEE}09", order="R09")
    assert (answer.status_code, answer.json()["data"]["inittxnstatus"]) == (200, "0066111")

    pay_token, first = await sim.cashin(f"{PAYEE}07", order="R07")
    statuses = [(await sim.cashin(f"{PAYEE}07", order="R07", pay_token=pay_token))[1].status_code for _ in range(2)]
    assert (first.status_code, statuses) == (500, [500, 200])

    with pytest.raises(AnswerLost):
        await sim.cashin(f"{PAYEE}08", order="R08")
    await sim.move(1)
    _, answer = await sim.cashin(f"{PAYEE}10", order="R10", amount="100000001")
    assert answer.json()["data"]["inittxnstatus"] == "60019"
    for order, moved in (
        ("R10", []),
        ("R02", []),
        ("R09", []),
        ("R07", [("credit", "500")]),
        ("R08", [("credit", "500")]),
    ):
        assert await sim.moved("orange", order) == moved


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"amount": "500.5"}, 400),
        ({"amount": 500}, 400),
        ({"pin": "wrong"}, 401),
        ({"orderId": ""}, 400),
    ],
)
async def test_what_is_refused(sim: Operators, change: dict[str, object], expected: int) -> None:
    _, answer = await sim.cashin(f"{PAYEE}10", **change)
    assert answer.status_code == expected
    await sim.move(1)
    assert await sim.moved("orange", "REFUND1") == []


async def test_a_wrong_channel_is_told(sim: Operators) -> None:
    _, answer = await sim.cashin(f"{PAYEE}10", channelUserMsisdn="2250700000001")
    assert (answer.status_code, answer.json()["data"]["inittxnstatus"]) == (200, "99033")


async def test_without_a_contract_or_its_token(sim: Operators) -> None:
    headers = await sim.orange_headers()
    assert (await sim.client.post(f"{CASHIN}/init", headers=headers)).status_code == 401
    await sim.switch("orange", payout=False)
    headers |= {"X-AUTH-TOKEN": DEMO_ORANGE.payout_token}
    assert (await sim.client.post(f"{CASHIN}/init", headers=headers)).status_code == 403
