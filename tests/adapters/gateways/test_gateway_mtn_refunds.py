"""MTN's refunds by either call, its callbacks, and the provisioning of its sandbox."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx2
import pytest

from adapters.gateways.mtn.provisioning import ProvisioningFailed, provision_sandbox
from adapters.gateways.mtn.settings import MtnSettings
from core.payments.gateway import (
    OperationKind,
    Outcome,
    Reason,
    RefundMode,
    State,
    UnreadableCallback,
)
from core.primitives.money import Money
from core.primitives.secret import Secret
from tests.adapters.gateways.stage import (
    API_USER,
    DISBURSEMENT_KEY,
    HOST,
    OPERATION,
    ORIGINAL,
    SUBSCRIPTION_KEY,
    Peer,
    callback,
    inquiry,
    json_answer,
    mtn,
    refund_order,
    xof,
)


def shown(status: str, **more: Any) -> httpx2.Response:
    """A status body."""
    return json_answer(
        200,
        {
            "externalId": str(OPERATION),
            "amount": "500",
            "currency": "XOF",
            "payer": {"partyIdType": "MSISDN", "partyId": "2290197000000"},
            "status": status,
            **more,
        },
    )


async def test_a_refund_as_documented() -> None:
    """By the original's reference, under its own, with the other product's key and token."""
    peer = Peer({"/disbursement/v1_0/refund": httpx2.Response(202)})
    gateway = mtn(peer)
    said = await gateway.refund(refund_order(payee=None))
    await gateway.close()
    assert (said.outcome, said.handles) == (Outcome.ACCEPTED, {"refund_by": "refund"})
    (request,) = peer.asked("/disbursement/v1_0/refund")
    assert request.headers["x-reference-id"] == str(OPERATION)
    assert request.headers["ocp-apim-subscription-key"] == DISBURSEMENT_KEY
    assert len(peer.asked("/disbursement/token/")) == 1
    assert peer.asked("/collection/token/") == []
    assert peer.body("/refund") == {
        "amount": "300",
        "currency": "XOF",
        "externalId": str(OPERATION),
        "payerMessage": "Remboursement",
        "payeeNote": "Remboursement",
        "referenceIdToRefund": str(ORIGINAL),
    }


TRANSFER = MtnSettings(base_url=HOST, refund_by="transfer", deadline=2)


async def test_a_refund_by_transfer() -> None:
    """Where refund is not provisioned: to the payer's number, which is then needed."""
    peer = Peer({"/disbursement/v1_0/transfer": httpx2.Response(202)})
    gateway = mtn(peer, TRANSFER)
    assert gateway.capabilities.payee_needed
    assert (await gateway.refund(refund_order(payee=None))).outcome is Outcome.REJECTED
    said = await gateway.refund(refund_order())
    await gateway.close()
    assert said.handles == {"refund_by": "transfer"}
    body = peer.body("/transfer")
    assert body["payee"] == {"partyIdType": "MSISDN", "partyId": "2290197000000"}
    assert "referenceIdToRefund" not in body


async def test_an_unprovisioned_refund_is_rejected() -> None:
    """403: nothing was made, and staff must hear of it."""
    gateway = mtn(Peer({"/refund": json_answer(403, {"statusCode": 403, "message": "Forbidden"})}))
    said = await gateway.refund(refund_order())
    await gateway.close()
    assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.NOT_ALLOWED)


async def test_without_disbursement_refunds_are_manual() -> None:
    """Nothing is sent."""
    peer = Peer()
    gateway = mtn(peer, disbursement=False)
    assert gateway.capabilities.refunds is RefundMode.MANUAL
    assert (await gateway.refund(refund_order())).outcome is Outcome.REJECTED
    seen = await gateway.lookup(inquiry(OperationKind.REFUND))
    assert (seen.state, seen.found) == (State.UNKNOWN, True)
    assert peer.requests == []


ABSENT = json_answer(404, {"code": "RESOURCE_NOT_FOUND"})
MADE = shown("SUCCESSFUL", amount="300")


@pytest.mark.parametrize(
    ("by", "handles", "refund", "transfer", "state", "found"),
    [
        ("refund", {"refund_by": "refund"}, MADE, ABSENT, State.SUCCEEDED, True),
        ("transfer", {"refund_by": "refund"}, MADE, ABSENT, State.SUCCEEDED, True),
        ("refund", {"refund_by": "transfer"}, ABSENT, MADE, State.SUCCEEDED, True),
        # the answer was lost, and the setting was changed afterwards: it must not be taken for never sent
        ("refund", {}, ABSENT, MADE, State.SUCCEEDED, True),
        ("transfer", {}, MADE, ABSENT, State.SUCCEEDED, True),
        ("refund", {}, ABSENT, ABSENT, State.UNKNOWN, False),
        ("refund", {}, ABSENT, httpx2.Response(500), State.UNKNOWN, True),
        ("refund", {}, httpx2.Response(500), MADE, State.UNKNOWN, True),
        ("refund", {"refund_by": "refund"}, ABSENT, MADE, State.UNKNOWN, False),
    ],
)
async def test_a_refund_is_looked_up_where_it_was_sent(
    by: Any, handles: dict[str, str], refund: Any, transfer: Any, state: State, found: bool
) -> None:
    """Absent is only what no call knows that may have sent it."""
    peer = Peer({f"/refund/{OPERATION}": refund, f"/transfer/{OPERATION}": transfer})
    gateway = mtn(peer, MtnSettings(base_url=HOST, refund_by=by, deadline=2))
    seen = await gateway.lookup(inquiry(OperationKind.REFUND, amount=xof(300), handles=handles))
    await gateway.close()
    assert (seen.state, seen.found) == (state, found)


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    ("body", "reference"),
    [
        (b'{"status":"SUCCESSFUL","externalId":"%s"}' % str(OPERATION).encode(), OPERATION),
        (b'{"referenceId":"%s"}' % str(OPERATION).encode(), OPERATION),
        (b'{"status":"FAILED","externalId":"ORDER-1"}', None),
        (b'{"status":{},"externalId":7}', None),
    ],
)
async def test_callbacks_name_an_operation_at_most(method: str, body: bytes, reference: UUID | None) -> None:
    """POST and PUT; the reference may be in the address alone. Nothing makes one authentic."""
    reading = mtn(Peer()).read_callback(callback(body, method))
    assert (reading.reference, reading.authentic, reading.token, reading.handle) == (reference, False, None, None)


@pytest.mark.parametrize(
    ("body", "method"),
    [
        (b"", "POST"),
        (b"[]", "POST"),
        (b"{}", "POST"),
        (b"<xml/>", "POST"),
        (b'{"status":"SUCCESSFUL"}', "GET"),
        (b'{"a":' * 100_000, "POST"),
        (b'{"referenceId":"%s","externalId":"%s"}' % (str(OPERATION).encode(), str(ORIGINAL).encode()), "POST"),
    ],
)
def test_what_is_no_callback(body: bytes, method: str) -> None:
    """Another form, another method, two operations at once."""
    with pytest.raises(UnreadableCallback):
        mtn(Peer()).read_callback(callback(body, method))


async def provision(routes: dict[str, Any]) -> tuple[Any, Peer]:
    """Provision a user before such a sandbox."""
    peer = Peer(routes)
    made = await provision_sandbox(
        MtnSettings(base_url=HOST, target_environment="sandbox", deadline=2),
        Secret(SUBSCRIPTION_KEY),
        api_user=UUID(API_USER),
        callback_host="socle.example",
        transport=peer.transport,
    )
    return made, peer


PROVISIONED = {
    "/v1_0/apiuser": httpx2.Response(201),
    "/apikey": json_answer(201, {"apiKey": "fresh-api-key"}),
    f"/apiuser/{API_USER}": json_answer(200, {"providerCallbackHost": "socle.example", "targetEnvironment": "sandbox"}),
}


async def test_a_sandbox_user_is_made() -> None:
    """The three steps of section 2.2."""
    made, peer = await provision(PROVISIONED)
    assert (made.api_user, made.api_key.reveal()) == (UUID(API_USER), "fresh-api-key")
    assert (made.callback_host, made.target_environment) == ("socle.example", "sandbox")
    assert "fresh-api-key" not in repr(made)
    first, second, third = peer.requests
    assert first.headers["x-reference-id"] == API_USER
    assert first.content == b'{"providerCallbackHost":"socle.example"}'
    assert second.headers["content-length"] == "0"
    assert third.method == "GET"
    assert {request.headers["ocp-apim-subscription-key"] for request in peer.requests} == {SUBSCRIPTION_KEY}


@pytest.mark.parametrize(
    ("routes", "sentence"),
    [
        ({"/v1_0/apiuser": httpx2.Response(409)}, "choose another id"),
        ({"/v1_0/apiuser": json_answer(401, {"code": SUBSCRIPTION_KEY})}, r"made no API user: HTTP 401 \*\*\*\."),
        ({"/apikey": httpx2.Response(404)}, "gave no key: HTTP 404."),
        ({"/apikey": json_answer(201, {})}, "gave no key."),
        ({"/apikey": httpx2.Response(201, html="<p>")}, "no answer that can be read: HTTP 201, unreadable."),
        ({f"/apiuser/{API_USER}": httpx2.ConnectTimeout("x")}, "no answer that can be read: timeout."),
    ],
)
async def test_a_sandbox_that_makes_no_user_says_why(routes: dict[str, Any], sentence: str) -> None:
    """A sentence, without secrets."""
    with pytest.raises(ProvisioningFailed, match=sentence) as caught:
        await provision(PROVISIONED | routes)
    assert SUBSCRIPTION_KEY not in str(caught.value)


@pytest.mark.parametrize("changes", [{"amount": xof(501)}, {"captured": Money(Decimal(500), "EUR")}])
async def test_more_than_was_captured_is_not_sent(changes: dict[str, Any]) -> None:
    """The kernel refuses before; the gateway does not rely on it."""
    peer = Peer()
    gateway = mtn(peer)
    said = await gateway.refund(refund_order(**changes))
    assert (said.outcome, said.reason) == (Outcome.REJECTED, Reason.INVALID_AMOUNT)
    assert peer.requests == []
