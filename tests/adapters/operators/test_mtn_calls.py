"""MTN's wire: tokens, requesttopay and its refusals, status, account holder, balance (rows 2 to 5, 8, 21)."""

import asyncio
import uuid

import pytest

from adapters.operators.demo import DEMO_MTN
from tests.operators import CALLBACK, Operators, basic, number

REQUEST = "collection/v1_0/requesttopay"


async def test_a_token_is_of_one_product_and_expires(sim: Operators) -> None:
    issued = (await sim.mtn_token("collection")).json()
    assert issued["token_type"] == "access_token"
    assert issued["expires_in"] == 3600
    _, accepted = await sim.mtn_send(number("10"))
    assert (accepted.status_code, accepted.content) == (202, b"")

    bearer = {"Authorization": (await sim.mtn_headers())["Authorization"]}
    _, elsewhere = await sim.mtn_send(number("10"), call="disbursement/v1_0/transfer", headers=bearer)
    assert elsewhere.status_code == 401
    assert elsewhere.json()["statusCode"] == 401

    await sim.move(3599)
    assert (await sim.mtn_send(number("10")))[1].status_code == 202
    await sim.move(1)
    assert (await sim.mtn_send(number("10")))[1].status_code == 401


async def test_who_gets_no_token(sim: Operators) -> None:
    wrong = basic(DEMO_MTN.api_user, "wrong")
    assert (await sim.mtn_token("collection", Authorization=wrong)).status_code == 401
    await sim.switch("mtn", wrong_pair=500)
    assert (await sim.mtn_token("collection", Authorization=wrong)).status_code == 500
    other_key = {"Ocp-Apim-Subscription-Key": DEMO_MTN.disbursement_key}
    refused = await sim.mtn_token("collection", **other_key)
    assert refused.status_code == 401
    assert refused.json()["statusCode"] == 401
    formed = await sim.client.post(
        "/mtn/collection/token/",
        headers={
            "Authorization": basic(DEMO_MTN.api_user, DEMO_MTN.api_key),
            "Ocp-Apim-Subscription-Key": DEMO_MTN.collection_key,
        },
        data={"grant_type": "client_credentials"},
    )
    assert formed.status_code == 200
    assert formed.headers["content-type"].startswith("text/html")


async def test_a_reference_is_used_once(sim: Operators) -> None:
    reference, first = await sim.mtn_send(number("10"))
    assert first.status_code == 202
    _, again = await sim.mtn_send(number("10"), reference=reference, amount="700")
    assert again.status_code == 409
    assert again.json()["code"] == "RESOURCE_ALREADY_EXIST"
    await sim.move(2)
    assert (await sim.mtn_status(reference))["amount"] == "500"
    assert await sim.moved("mtn", reference) == [("debit", "500")]


async def test_ten_parallel_requests_of_one_reference_are_one_payment(sim: Operators) -> None:
    reference = str(uuid.uuid4())
    await sim.mtn_headers()
    answers = await asyncio.gather(*(sim.mtn_send(number("10"), reference=reference) for _ in range(10)))
    assert sorted(answer.status_code for _, answer in answers) == [202] + [409] * 9
    await sim.move(2)
    assert await sim.moved("mtn", reference) == [("debit", "500")]


UUID_7 = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize("reference", ["order-1", UUID_7, "{7f1d7c5e-3f4a-4b67-9a61-0a6f8a2d6f10}"])
async def test_a_reference_is_a_uuid_of_version_4(sim: Operators, reference: str) -> None:
    _, answer = await sim.mtn_send(number("10"), reference=reference)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "500.5"},
        {"amount": "500.00"},
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": 500},
        {"amount": None},
        {"payer": {"partyIdType": "MSISDN", "partyId": "+2290197000010"}},
        {"payer": {"partyIdType": "MSISDN", "partyId": "22997000010"}},
        {"payer": {"partyIdType": "MSISDN", "partyId": "97000010"}},
        {"payer": {"partyIdType": "EMAIL", "partyId": "2290197000010"}},
        {"payer": None},
        {"externalId": "ORDER 1"},
        {"payerMessage": "L'achat"},
        {"payeeNote": "é"},
        {"payeeNote": "x" * 161},
    ],
)
async def test_what_cannot_be_meant_is_a_400_and_leaves_nothing(sim: Operators, change: dict[str, object]) -> None:
    reference, answer = await sim.mtn_send(number("10"), **change)
    assert answer.status_code == 400, answer.text
    assert await sim.transactions("mtn", reference) == []


async def test_old_benin_numbers_are_taken_with_the_switch_alone(sim: Operators) -> None:
    await sim.switch("mtn", old_numbers=True)
    assert (await sim.mtn_send("22997000010"))[1].status_code == 202


async def test_errors_of_500_make_no_transaction(sim: Operators) -> None:
    for code, arguments in {
        "INVALID_CURRENCY": {"currency": "EUR"},
        "INVALID_CALLBACK_URL_HOST": {"callback": "https://other.example/x"},
        "NOT_ALLOWED_TARGET_ENVIRONMENT": {"headers": {"X-Target-Environment": "sandbox"}},
    }.items():
        reference, answer = await sim.mtn_send(number("10"), **arguments)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (500, code)
        assert await sim.transactions("mtn", reference) == []


async def test_the_sandbox_takes_euros_with_decimals(sim: Operators) -> None:
    await sim.switch("mtn", target_environment="sandbox")
    sandbox = {"X-Target-Environment": "sandbox"}
    _, refused = await sim.mtn_send(number("10"), headers=sandbox)
    assert refused.json()["code"] == "INVALID_CURRENCY"
    reference, accepted = await sim.mtn_send(number("10"), headers=sandbox, currency="EUR", amount="12.50")
    assert accepted.status_code == 202
    answer = await sim.client.get(f"/mtn/{REQUEST}/{reference}", headers=await sim.mtn_headers(environment="sandbox"))
    assert answer.json()["amount"] == "12.5"


async def test_the_gateway_refuses_in_its_own_shape(sim: Operators) -> None:
    for header, value in (("Authorization", "Bearer x"), ("Ocp-Apim-Subscription-Key", "x")):
        _, answer = await sim.mtn_send(number("10"), headers={header: value})
        assert (answer.status_code, answer.json()["statusCode"]) == (401, 401)
    await sim.switch("mtn", refuse_address=True)
    _, answer = await sim.mtn_send(number("10"))
    assert (answer.status_code, answer.json()) == (403, {"statusCode": 403, "message": "Forbidden"})


async def test_the_status_from_pending_to_successful(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("10"))
    waiting = await sim.mtn_status(reference)
    assert waiting["status"] == "PENDING"
    assert "financialTransactionId" not in waiting
    assert "reason" not in waiting
    await sim.move(2)
    done = await sim.mtn_status(reference)
    assert done["status"] == "SUCCESSFUL"
    assert done["financialTransactionId"].isdigit()
    assert done["payer"] == {"partyIdType": "MSISDN", "partyId": number("10")}
    assert done["externalId"] == "ORDER-1"
    assert reference not in str(done)
    unknown = await sim.client.get(f"/mtn/{REQUEST}/{uuid.uuid4()}", headers=await sim.mtn_headers())
    assert (unknown.status_code, unknown.json()["code"]) == (404, "RESOURCE_NOT_FOUND")


async def test_a_reason_is_text_or_an_object(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("01"))
    await sim.move(2)
    assert (await sim.mtn_status(reference))["reason"] == "APPROVAL_REJECTED"
    await sim.switch("mtn", reason="object")
    assert (await sim.mtn_status(reference))["reason"]["code"] == "APPROVAL_REJECTED"


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("50", "INTERNAL_PROCESSING_ERROR"),
        ("51", "APPROVAL_REJECTED"),
        ("52", "EXPIRED"),
        ("55", "PAYER_NOT_FOUND"),
        ("56", "PAYEE_NOT_ALLOWED_TO_RECEIVE"),
        ("63", "COULD_NOT_PERFORM_TRANSACTION"),
    ],
)
async def test_mtns_own_numbers_fail(sim: Operators, ending: str, reason: str) -> None:
    reference, answer = await sim.mtn_send(f"467331234{ending}")
    assert answer.status_code == 202
    status = await sim.mtn_status(reference)
    assert (status["status"], status["reason"]) == ("FAILED", reason)


async def test_mtns_numbers_that_wait(sim: Operators) -> None:
    for_ever, _ = await sim.mtn_send("46733123453")
    delayed, _ = await sim.mtn_send("46733123454")
    unlisted, _ = await sim.mtn_send("46733123499")
    assert (await sim.mtn_status(unlisted))["status"] == "SUCCESSFUL"
    assert (await sim.mtn_status(delayed))["status"] == "CREATED"
    await sim.move(30)
    assert (await sim.mtn_status(delayed))["status"] == "SUCCESSFUL"
    await sim.move(1000)
    assert (await sim.mtn_status(for_ever))["status"] == "PENDING"


async def test_account_holders_and_balance(sim: Operators) -> None:
    headers = await sim.mtn_headers()
    holder = "/mtn/collection/v1_0/accountholder/msisdn"
    known = await sim.client.get(f"{holder}/{number('10')}/active", headers=headers)
    unknown = await sim.client.get(f"{holder}/{number('09')}/active", headers=headers)
    assert (known.json(), unknown.json()) == ({"result": True}, {"result": False})
    assert (await sim.client.get(f"{holder}/46733123450/active", headers=headers)).status_code == 404
    assert (await sim.client.get(f"{holder}/46733123455/active", headers=headers)).status_code == 503
    shown = await sim.client.get(f"{holder}/{number('10')}/basicuserinfo", headers=headers)
    assert shown.json()["status"] == "ACTIVE"
    assert (await sim.client.get(f"{holder}/{number('09')}/basicuserinfo", headers=headers)).status_code == 404

    await sim.mtn_send(number("10"))
    await sim.move(2)
    for path in ("balance", "balance/XOF"):
        balance = await sim.client.get(f"/mtn/collection/v1_0/account/{path}", headers=headers)
        assert balance.json() == {"availableBalance": "100000500", "currency": "XOF"}
    assert (await sim.client.get("/mtn/collection/v1_0/account/balance/EUR", headers=headers)).status_code == 500


async def test_a_note_to_the_payer(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("10"))
    path = f"/mtn/{REQUEST}/{reference}/deliverynotification"
    headers = await sim.mtn_headers()
    note = {"notificationMessage": "Merci"}
    assert (await sim.client.post(path, headers=headers, json=note)).status_code == 404
    await sim.move(2)
    assert (await sim.client.post(path, headers=headers, json=note)).status_code == 200
    assert (await sim.client.post(path, headers=headers, json={"notificationMessage": "x" * 161})).status_code == 400


async def test_the_callback_is_the_status_by_post_or_put(sim: Operators) -> None:
    reference, _ = await sim.mtn_send(number("10"))
    await sim.move(2)
    await sim.switch("mtn", callback_method="PUT")
    failed, _ = await sim.mtn_send(number("01"))
    await sim.move(2)
    assert [(each.method, str(each.url)) for each in sim.received] == [("POST", CALLBACK), ("PUT", CALLBACK)]
    assert sim.bodies() == [await sim.mtn_status(reference), await sim.mtn_status(failed)]
    assert all("authorization" not in each.headers for each in sim.received)


async def test_without_a_callback_url_none_is_sent(sim: Operators) -> None:
    await sim.mtn_send(number("10"), callback=None)
    await sim.move(2)
    assert sim.received == []
