"""Operators' callbacks at the documented paths (contracts/spotvibe.md section 6.5; DECISIONS.md section 2,
"Webhooks")."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from core.payments.gateway import Callback
from plugins.spotvibe.closure import closure_of
from tests.adapters.http.test_webhooks import BODIES, HEADERS
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.stall import Stall, stall_on

PATH = "/api/payments/webhooks/"
DONE = {"message": "Webhook traité."}


@pytest.fixture(scope="module")
async def stall(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """A stall of this module's own, in an installation that has the operators of the document; they do not answer."""
    environ = {"SOCLE_OPERATORS_URL": "http://127.0.0.1:9"}
    urls = cluster.clone(unique("spotvibe_webhooks"))
    async with stall_on(urls, tmp_path_factory.mktemp("stall"), environ=environ) as made:
        assert {"mtn", "orange", "moov"} <= set(made.scene.kernel.payments.gateways.slugs)
        yield made


async def send(stall: Stall, callback: Callback, method: str = "POST", gateway: str = "fake") -> Any:
    """Send a callback as the operator does."""
    client = stall.scene.api()
    return await client.request(
        method, f"{PATH}{gateway}/", content=callback.body, headers=dict(callback.headers), params=callback.query
    )


async def verdicts(stall: Stall) -> list[str]:
    """What was made of callbacks, the newest first."""
    rows = await stall.scene.owner.fetch("select verdict from payment_callback order by id desc limit 3")
    return [row["verdict"] for row in rows]


async def rejections(stall: Stall) -> list[tuple[str, str]]:
    """The audit entries of callbacks that were rejected, the newest first: gateway and verdict."""
    rows = await stall.scene.owner.fetch(
        "select object_id, details->>'verdict' as verdict from audit_entry"
        " where object_type = 'PaymentCallback' and action = 'REJECT' order by id desc"
    )
    return [(row["object_id"], row["verdict"]) for row in rows]


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_callback_without_a_reference_settles_by_a_status_read(stall: Stall, method: str) -> None:
    buyer = await stall.scene.person()
    key = await stall.begun(buyer)
    attempt = await stall.scene.attempt(key)
    await stall.operator.settle(attempt)
    callback = stall.operator.callback(attempt)
    for _ in range(2):
        answer = await send(stall, callback, method)
        assert (answer.status_code, answer.json()) == (200, DONE)
    assert (await stall.detail(buyer, key))["statut"] == "EN_ATTENTE"
    await stall.scene.installed.drain()
    assert (await stall.detail(buyer, key))["statut"] == "REUSSI"


async def test_a_callback_that_names_its_operation_by_a_handle_is_followed(stall: Stall) -> None:
    buyer = await stall.scene.person()
    order = stall.order(methode_paiement="MOMO_PAGE", telephone_paiement=None)
    key = (await buyer.client.post("/api/payments/initiate/", json=order)).json()["payment_uuid"]
    attempt = await stall.scene.attempt(key)
    await stall.page.settle(attempt)
    callback = stall.page.callback(attempt)
    told = msgspec.json.decode(callback.body)
    told["notify"] = "another token"
    forged = msgspec.structs.replace(callback, body=msgspec.json.encode(told))
    assert (await send(stall, forged, gateway="page")).status_code == 200
    await stall.scene.installed.drain()
    assert (await verdicts(stall))[0] == "forged"
    assert (await stall.detail(buyer, key))["statut"] == "EN_ATTENTE"
    assert (await send(stall, callback, gateway="page")).status_code == 200
    await stall.scene.installed.drain()
    assert (await stall.detail(buyer, key))["statut"] == "REUSSI"


async def test_a_lie_and_a_forgery_move_nothing(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.begun(buyer)
    attempt = await stall.scene.attempt(key)
    true = stall.operator.callback(attempt)
    lie = stall.operator.sent(true.body.replace(b"pending", b"succeeded"), stall.operator.signing_key)
    assert lie.body != true.body
    forged = stall.operator.sent(lie.body, "another key")
    for callback in (forged, lie):
        assert (await send(stall, callback)).status_code == 200
        await stall.scene.installed.drain()
        assert (await stall.detail(buyer, key))["statut"] == "EN_ATTENTE"
    assert (await verdicts(stall))[:2] == ["hint", "forged"]


async def test_an_unknown_reference_leaves_an_audit_entry_and_nothing_else(stall: Stall) -> None:
    body = msgspec.json.encode({"status": "succeeded", "reference": str(uuid4())})
    before = len(await rejections(stall))
    answer = await send(stall, stall.operator.sent(body, stall.operator.signing_key))
    assert (answer.status_code, answer.json()) == (200, DONE)
    found = await rejections(stall)
    assert (len(found), found[0]) == (before + 1, ("fake", "unknown"))


@pytest.mark.parametrize("gateway", ["mtn", "orange", "moov", "fake"])
async def test_any_body_is_answered_with_200(stall: Stall, gateway: str) -> None:
    client = stall.scene.api()
    for name, body in BODIES.items():
        for method in ("POST", "PUT"):
            answer = await client.request(method, f"{PATH}{gateway}/", content=body)
            assert (answer.status_code, answer.json()) == (200, DONE), name
    for name, headers in HEADERS.items():
        if "content-encoding" in headers:
            continue  # the edge refuses a coding that is none, here as everywhere
        raw = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
        answer = await client.post(f"{PATH}{gateway}/", content=b'{"status": "SUCCESSFUL"}', headers=raw)
        assert answer.status_code == 200, name


async def test_an_operator_that_is_not_here_is_answered_and_noted(stall: Stall) -> None:
    offers = stall.scene.kernel.payments.gateways._offers
    moov = offers.pop("moov")
    try:
        answer = await stall.scene.api().post(f"{PATH}moov/", content=b"<a/>")
        assert (answer.status_code, answer.json()) == (200, DONE)
        assert (await rejections(stall))[0] == ("moov", "no_gateway")
    finally:
        offers["moov"] = moov
    unknown = await stall.scene.api().post(f"{PATH}personne/", content=b"{}")
    assert unknown.status_code == 404
    assert (await stall.scene.api().get(f"{PATH}moov/")).status_code == 405


async def test_maintenance_keeps_no_operator_out(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.begun(buyer)
    attempt = await stall.scene.attempt(key)
    await stall.operator.settle(attempt)
    closing = "update spotvibe_maintenance set active = $1"
    await stall.scene.owner.execute(closing, True)
    closure_of(stall.scene.kernel.works).forget()
    try:
        assert (await buyer.client.get("/api/payments/")).status_code == 503
        for method in ("POST", "PUT"):
            answer = await send(stall, stall.operator.callback(attempt), method)
            assert (answer.status_code, answer.json()) == (200, DONE)
        await stall.scene.installed.drain()
    finally:
        await stall.scene.owner.execute(closing, False)
        closure_of(stall.scene.kernel.works).forget()
    assert (await stall.detail(buyer, key))["statut"] == "REUSSI"
