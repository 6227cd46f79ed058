"""The activation webhook (DECISIONS.md section 2, "Webhooks"): signed over the body as it came, believed in nothing."""

import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.subscribers import BASE, SECRET, Desk, desk_on, signature
from tests.scene import SECRETS

PATH = f"{BASE}/activate-webhook/"
DONE = {"message": "Abonnement mis à jour via webhook."}
UNKNOWN = "7d1f2f5e-7c57-4b64-9c0a-5f1f7a6b0c12"


@pytest.fixture(scope="module")
async def desk(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A desk of this module's own, with a secret."""
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk"), SECRETS) as made:
        yield made


def told(payment: str, **fields: Any) -> bytes:
    """A body as the document shows it."""
    return msgspec.json.encode({"payment_uuid": payment, "status": "success", "transaction_id": "TX-1", **fields})


async def send(desk: Desk, body: bytes, header: str | None = None) -> Any:
    """Send a body, signed unless a header is given."""
    headers = {"x-signature": signature(body) if header is None else header}
    return await desk.scene.api().post(PATH, content=body, headers=headers)


async def notes(desk: Desk, payment: str) -> list[str]:
    """What the audit trail holds of a payment from here, the oldest first."""
    rows = await desk.scene.owner.fetch(
        "select action from audit_entry where object_id = $1 and path like '%activate-webhook%' order by id", payment
    )
    return [row["action"] for row in rows]


async def test_it_starts_a_status_read_and_the_operator_is_believed(desk: Desk) -> None:
    ama = await desk.scene.person()
    payment = await desk.begun(ama)
    early = await send(desk, told(payment))
    assert (early.status_code, early.json()) == (200, DONE)
    await desk.scene.installed.drain()
    assert await desk.subscriptions(ama) == [], "what it says is not believed"
    await desk.operator.settle(await desk.scene.attempt(payment))
    assert await desk.subscriptions(ama) == []
    assert (await send(desk, told(payment, status="failed"))).status_code == 200
    await desk.scene.installed.drain()
    assert await desk.statuts(ama) == [("Standard", "ACTIF")]


async def test_duplicates_are_harmless(desk: Desk) -> None:
    ama = await desk.scene.person()
    payment = await desk.begun(ama)
    await desk.operator.settle(await desk.scene.attempt(payment))
    body = told(payment)
    header = signature(body)
    for _ in range(3):
        answer = await send(desk, body, header)
        assert (answer.status_code, answer.json()) == (200, DONE)
    await desk.scene.installed.drain()
    assert (await send(desk, body, header)).status_code == 200
    await desk.scene.installed.drain()
    assert await desk.history(ama) == ["SOUSCRIPTION"]
    assert len(await desk.subscriptions(ama)) == 1


async def test_an_unknown_payment_leaves_an_audit_entry_and_nothing_else(desk: Desk) -> None:
    unknown = str(uuid4())
    jobs = "select count(*) from outbox where subscriber = 'spotvibe_subscriptions.read_status'"
    before = await desk.scene.owner.fetchval(jobs)
    answer = await send(desk, told(unknown))
    assert (answer.status_code, answer.json()) == (200, DONE)
    assert await notes(desk, unknown) == ["REJECT"]
    assert await desk.scene.owner.fetchval(jobs) == before


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: "",
        lambda body: "v1=" + "0" * 64,
        lambda body: f"t={int(time.time())}",
        lambda body: signature(body, secret="un autre"),
        lambda body: signature(body + b" "),
        lambda body: signature(body, moment=int(time.time()) - 310),
        lambda body: signature(body, moment=int(time.time()) + 310),
        lambda body: signature(body, moment="demain"),
        lambda body: signature(body, moment="-1"),
        lambda body: signature(body, moment="9" * 400),
        lambda body: signature(body).replace("t=", "T="),
        lambda body: signature(body) + f",t={int(time.time()) - 9999}",
        lambda body: signature(body).replace(f"t={int(time.time())}", f"t={int(time.time()) - 1}"),
        lambda body: "é" * 20,
        lambda body: "," * 5000,
    ],
)
async def test_a_wrong_signature_is_401(desk: Desk, spoil: Any) -> None:
    ama = await desk.scene.person()
    payment = await desk.begun(ama)
    body = told(payment)
    raw = spoil(body).encode("latin-1")
    answer = await desk.scene.api().post(PATH, content=body, headers=[(b"x-signature", raw)])
    assert (answer.status_code, answer.json()["code"]) == (401, "spotvibe_webhook_unsigned")
    assert await notes(desk, payment) == []


async def test_a_secret_can_be_changed_while_both_sign(desk: Desk) -> None:
    ama = await desk.scene.person()
    body = told(await desk.begun(ama))
    good = signature(body)
    both = f"{good.partition(',')[0]},v1={'0' * 64},{good.partition(',')[2]}"
    assert (await send(desk, body, both)).status_code == 200
    almost = int(time.time()) - 290
    assert (await send(desk, body, signature(body, moment=almost))).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ["payment_uuid", "status"]),
        (b"{}", ["payment_uuid", "status"]),
        (b"[]", None),
        (b"{", None),
        (b"\xff\xfe", None),
        (b'{"payment_uuid": "abc", "status": 7}', ["payment_uuid", "status"]),
        (b'{"payment_uuid": "00000000-0000-0000-0000-00000000000g", "status": "success"}', ["payment_uuid"]),
        (told(UNKNOWN, status="a\0b"), ["status"]),
        (told(UNKNOWN, transaction_id="x" * 300), ["transaction_id"]),
        (b'{"payment_uuid": NaN}', None),
        (b"[" * 50_000, None),
    ],
)
async def test_a_signed_body_that_says_nothing_is_400(desk: Desk, body: bytes, fields: list[str] | None) -> None:
    answer = await send(desk, body)
    assert answer.status_code == 400, answer.text
    if fields is not None:
        assert sorted(answer.json()["details"]) == fields
    unsigned = await send(desk, body, "")
    assert unsigned.status_code == 401, "who may not speak is not told what is wrong"


async def test_a_ticket_is_none_of_its_business(desk: Desk) -> None:
    payment = str(
        await desk.scene.owner.fetchval(
            "insert into payment (id, order_type, order_key, gateway, amount, currency, commission, description,"
            " locale, return_url, cancel_url) values ($1, 'spotvibe_tickets.billets', 'x', 'fake', 1, 'XOF', 0, '',"
            " 'fr', '', '') returning id",
            uuid4(),
        )
    )
    assert (await send(desk, told(payment))).status_code == 200
    assert await notes(desk, payment) == ["REJECT"]


async def test_without_a_secret_every_call_is_401(cluster: TestCluster, tmp_path_factory: Any) -> None:
    async with desk_on(cluster.clone(unique("desk")), tmp_path_factory.mktemp("desk")) as bare:
        body = told(str(uuid4()))
        for secret in (SECRET, "", "None"):
            assert (await send(bare, body, signature(body, secret=secret))).status_code == 401
