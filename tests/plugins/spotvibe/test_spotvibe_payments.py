"""Payments (contracts/spotvibe.md section 6.1; DECISIONS.md section 2, from "Payment methods" to "retry")."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from core.access.principal import SYSTEM
from core.payments.entities import PaymentState
from core.primitives.errors import DomainError
from plugins.spotvibe.payments.domain import (
    Means,
    Payables,
    Purchase,
    Statut,
    Type,
    gateway_of,
    methode_of,
    state_of,
    statut_of,
)
from plugins.spotvibe.payments.settings import PaymentsSettings
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.stall import PRICE, UNKNOWN_KEY, Stall, stall_on

PATH = "/api/payments/"
INITIATE = f"{PATH}initiate/"
VERIFY = f"{PATH}verify/"
CANCEL = f"{PATH}cancel/"
RETRY = f"{PATH}retry/"
UNKNOWN = "7d1f2f5e-7c57-4b64-9c0a-5f1f7a6b0c12"


@pytest.fixture(scope="module")
async def stall(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """A stall of this module's own."""
    async with stall_on(cluster.clone(unique("spotvibe_payments")), tmp_path_factory.mktemp("stall")) as made:
        yield made


async def test_somebody_pays_and_reads_it(stall: Stall) -> None:
    buyer = await stall.scene.person()
    begun = await buyer.client.post(INITIATE, json=stall.order())
    assert begun.status_code == 201
    key = begun.json()["payment_uuid"]
    assert begun.json() == {
        "message": "Paiement initié. Veuillez confirmer sur votre téléphone.",
        "payment_uuid": key,
        "next_action": {"type": "prompt", "url": None},
    }
    await stall.scene.installed.drain()
    waiting = await stall.detail(buyer, key)
    assert waiting == {
        "uuid": key,
        "utilisateur": {"id": buyer.id, "username": buyer.username},
        "type_paiement": "BILLET",
        "montant": "5000.00",
        "frais": "500.00",
        "montant_net": "4500.00",
        "montant_rembourse": "0.00",
        "statut": "EN_ATTENTE",
        "motif": None,
        "methode_paiement": "MOMO_FAKE",
        "telephone_paiement": "+2290197000000",
        "date_creation": waiting["date_creation"],
        "date_confirmation": None,
        "next_action": {"type": "prompt", "url": None},
    }
    unsure = await buyer.client.post(VERIFY, json={"payment_uuid": key})
    assert (unsure.status_code, unsure.json()) == (
        200,
        {"payment_uuid": key, "status": "EN_ATTENTE", "message": "Paiement en attente de confirmation."},
    )
    await stall.operator.settle(await stall.scene.attempt(key))
    verified = await buyer.client.post(VERIFY, json={"payment_uuid": key})
    assert verified.json() == {"payment_uuid": key, "status": "REUSSI", "message": "Paiement confirmé avec succès."}
    done = await stall.detail(buyer, key)
    assert (done["statut"], done["next_action"]) == ("REUSSI", None)
    assert done["date_confirmation"] >= done["date_creation"]
    listed = await buyer.client.get(PATH)
    assert listed.headers["x-total-count"] == "1"
    assert listed.json() == [
        {
            "uuid": key,
            "type_paiement": "BILLET",
            "montant": "5000.00",
            "statut": "REUSSI",
            "date_creation": done["date_creation"],
        }
    ]


async def test_a_plan_is_paid_without_fees(stall: Stall) -> None:
    buyer = await stall.scene.person()
    order = stall.order(type_paiement="ABONNEMENT", subscription_id=3, montant=5000, telephone_paiement="97000000")
    begun = await buyer.client.post(INITIATE, json=order)
    assert begun.status_code == 201, begun.text
    read = await stall.detail(buyer, begun.json()["payment_uuid"])
    assert (read["frais"], read["montant_net"], read["telephone_paiement"]) == ("0.00", "5000.00", "+2290197000000")


async def test_an_operator_with_a_page_shows_where_it_is(stall: Stall) -> None:
    buyer = await stall.scene.person()
    begun = await buyer.client.post(INITIATE, json=stall.order(methode_paiement="MOMO_PAGE", telephone_paiement=None))
    action = begun.json()["next_action"]
    assert (begun.status_code, action["type"]) == (201, "redirect")
    assert action["url"].startswith("https://operator.example/pay/")
    assert (await stall.detail(buyer, begun.json()["payment_uuid"]))["next_action"] == action


async def test_an_idempotency_key_pays_once(stall: Stall) -> None:
    buyer = await stall.scene.person()
    headers = {"idempotency-key": unique("key")}
    first, again = [await buyer.client.post(INITIATE, json=stall.order(), headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (await buyer.client.get(PATH)).headers["x-total-count"] == "1"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"montant": 4999}, {"montant"}),
        ({"montant": "NaN"}, {"montant"}),
        ({"montant": -5000}, {"montant"}),
        ({"event_ticket_id": None}, {"event_ticket_id"}),
        ({"event_ticket_id": UNKNOWN_KEY}, {"event_ticket_id"}),
        ({"type_paiement": "ABONNEMENT"}, {"subscription_id"}),
        ({"type_paiement": "AUTRE"}, {"type_paiement"}),
        ({"methode_paiement": "CARTE_BANCAIRE"}, {"methode_paiement"}),
        ({"methode_paiement": "MOMO_NUL"}, {"methode_paiement"}),
        ({"methode_paiement": "momo_fake"}, {"methode_paiement"}),
        ({"methode_paiement": "fake"}, {"methode_paiement"}),
        ({"methode_paiement": ""}, {"methode_paiement"}),
        ({"telephone_paiement": None}, {"telephone_paiement"}),
        ({"telephone_paiement": ""}, {"telephone_paiement"}),
        ({"telephone_paiement": "123"}, {"telephone_paiement"}),
        ({"telephone_paiement": "+33612345678"}, {"telephone_paiement"}),
        ({"methode_paiement": "MOMO_NUL", "telephone_paiement": "x"}, {"methode_paiement", "telephone_paiement"}),
    ],
)
async def test_what_cannot_be_paid_is_400_and_nothing_begins(
    stall: Stall, fields: dict[str, Any], wrong: set[str]
) -> None:
    buyer = await stall.scene.person()
    refused = await buyer.client.post(INITIATE, json=stall.order(**fields))
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong), refused.text
    assert (await buyer.client.get(PATH)).json() == []


async def test_a_number_of_another_configured_country_pays(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.begun(buyer, telephone_paiement="+228 90 00 00 00")
    assert (await stall.detail(buyer, key))["telephone_paiement"] == "+22890000000"


async def test_payments_are_their_payers_and_staffs(stall: Stall) -> None:
    buyer, other, staff = await stall.scene.person(), await stall.scene.person(), await stall.scene.person(staff=True)
    key = await stall.begun(buyer)
    assert (await other.client.get(f"{PATH}{key}/")).status_code == 404
    assert (await other.client.get(PATH)).json() == []
    for path in (VERIFY, CANCEL, RETRY):
        refused = await other.client.post(path, json={"payment_uuid": key})
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"payment_uuid"}), path
    assert (await stall.detail(staff, key))["utilisateur"]["id"] == buyer.id
    assert (await staff.client.post(VERIFY, json={"payment_uuid": key})).status_code == 200
    for path in (CANCEL, RETRY):
        assert (await staff.client.post(path, json={"payment_uuid": key})).status_code == 400, path
    assert (await stall.detail(buyer, key))["statut"] == "EN_ATTENTE"


@pytest.mark.parametrize("key", ["1", "abc", UNKNOWN, "%00", "7d1f2f5e7c574b649c0a5f1f7a6b0c11"])
async def test_what_is_no_payment_is_404(stall: Stall, key: str) -> None:
    buyer = await stall.scene.person()
    assert (await buyer.client.get(f"{PATH}{key}/")).status_code == 404


async def test_payments_of_other_products_are_not_shown(stall: Stall) -> None:
    buyer, staff = await stall.scene.person(), await stall.scene.person(staff=True)
    key = await stall.begun(buyer)
    await stall.scene.owner.execute("update payment set order_type = 'autre.commande' where id::text = $1", key)
    assert (await buyer.client.get(PATH)).json() == []
    assert (await staff.client.get(f"{PATH}{key}/")).status_code == 404
    for path in (VERIFY, CANCEL, RETRY):
        assert (await buyer.client.post(path, json={"payment_uuid": key})).status_code == 400
    shown = (await staff.client.get(f"{PATH}transactions/")).json()
    assert key not in {each["payment_uuid"] for each in shown}


async def test_a_declined_payment_fails_is_told_and_tried_again(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.failed(buyer)
    read = await stall.detail(buyer, key)
    assert (read["statut"], read["motif"], read["next_action"]) == ("ECHEC", "declined_by_payer", None)
    told = {"user": buyer.id, "payment": key, "type_paiement": "BILLET", "motif": "declined_by_payer"}
    assert stall.news_of(buyer) == [("spotvibe.payment_failed", told)]
    again = await buyer.client.post(RETRY, json={"payment_uuid": key})
    assert (again.status_code, again.json()) == (
        200,
        {
            "message": "Retentative de paiement initiée.",
            "payment_uuid": key,
            "next_action": {"type": "prompt", "url": None},
        },
    )
    await stall.scene.installed.drain()
    await stall.operator.settle(await stall.scene.attempt(key))
    assert (await buyer.client.post(VERIFY, json={"payment_uuid": key})).json()["status"] == "REUSSI"


async def test_a_retry_may_change_method_and_number(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.failed(buyer)
    wrong = {"payment_uuid": key, "methode_paiement": "CARTE_BANCAIRE", "telephone_paiement": "x"}
    refused = await buyer.client.post(RETRY, json=wrong)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"methode_paiement", "telephone_paiement"})
    assert (await stall.detail(buyer, key))["statut"] == "ECHEC"
    right = {"payment_uuid": key, "methode_paiement": "MOMO_HAND", "telephone_paiement": "97000011"}
    assert (await buyer.client.post(RETRY, json=right)).status_code == 200
    read = await stall.detail(buyer, key)
    assert (read["methode_paiement"], read["telephone_paiement"]) == ("MOMO_HAND", "+2290197000011")


async def test_a_payment_under_way_or_done_is_not_tried_again(stall: Stall) -> None:
    buyer = await stall.scene.person()
    waiting, paid = await stall.begun(buyer), await stall.paid(buyer, event_ticket_id=8)
    for key in (waiting, paid):
        refused = await buyer.client.post(RETRY, json={"payment_uuid": key})
        assert (refused.status_code, refused.json()["code"]) == (400, "payments_not_retriable")
    counted = "select count(*) from payment_attempt where payment_id::text = any($1)"
    assert await stall.scene.owner.fetchval(counted, [waiting, paid]) == 2


async def test_what_is_gone_is_not_paid_again(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.failed(buyer, event_ticket_id=900)
    stall.tickets.gone.add("900")
    refused = await buyer.client.post(RETRY, json={"payment_uuid": key})
    assert (refused.status_code, refused.json()["code"]) == (400, "payments_order_gone")


async def test_a_pending_payment_is_cancelled_once(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.begun(buyer)
    cancelled = await buyer.client.post(CANCEL, json={"payment_uuid": key})
    assert (cancelled.status_code, cancelled.json()) == (200, {"message": "Paiement annulé avec succès."})
    again = await buyer.client.post(CANCEL, json={"payment_uuid": key})
    assert (again.status_code, again.json()["code"]) == (400, "payments_not_pending")
    verified = (await buyer.client.post(VERIFY, json={"payment_uuid": key})).json()
    assert (verified["status"], verified["message"]) == ("ANNULE", "Le paiement a été annulé.")
    await stall.scene.installed.drain()
    assert stall.news_of(buyer) == []


async def test_time_alone_makes_it_expire(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.begun(buyer)
    await stall.scene.owner.execute(
        "update payment_attempt set window_ends_at = now() - interval '1 hour' where payment_id::text = $1", key
    )
    verified = (await buyer.client.post(VERIFY, json={"payment_uuid": key})).json()
    assert (verified["status"], verified["message"]) == ("EXPIRE", "Le paiement a expiré.")
    await stall.scene.installed.drain()
    assert stall.news_of(buyer)[0][1]["motif"] == "timeout"
    assert (await buyer.client.post(RETRY, json={"payment_uuid": key})).status_code == 200


@pytest.mark.parametrize("path", [VERIFY, CANCEL, RETRY])
@pytest.mark.parametrize("value", ["abc", 1, None, [], UNKNOWN])
async def test_a_uuid_of_no_payment_is_400(stall: Stall, path: str, value: object) -> None:
    buyer = await stall.scene.person()
    refused = await buyer.client.post(path, json={"payment_uuid": value})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"payment_uuid"})


async def test_a_blocked_number_is_named(stall: Stall) -> None:
    """The kernel's refusal names the field of the request."""

    class Guard:
        async def blocks(self, work: Any, forms: tuple[str, ...]) -> bool:
            return "+2290197006666" in forms

    stall.scene.kernel.numbers.add_guards(Guard())
    buyer = await stall.scene.person()
    refused = await buyer.client.post(INITIATE, json=stall.order(telephone_paiement="97006666"))
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"telephone_paiement"})
    assert refused.json()["code"] == "payments_blocked_number"


async def test_other_slices_name_their_own_fields(stall: Stall) -> None:
    means = Means("MOMO_NUL", "x")
    purchase = Purchase(type_paiement="BILLET", order="1", montant=PRICE, means=means, description="")
    async with stall.scene.kernel.works.everywhere(SYSTEM) as work:
        with pytest.raises(DomainError) as refused:
            await stall.api.begin(work, SYSTEM, purchase)
    assert {problem.path for problem in refused.value.problems} == {("payment_method",), ("phone_number",)}


def test_words_and_states_are_the_same() -> None:
    assert [statut_of(state_of(statut)) for statut in Statut] == list(Statut)
    assert {statut_of(state) for state in PaymentState} == set(Statut)


def test_methods_and_gateways_are_the_same() -> None:
    assert [methode_of(gateway_of(code)) for code in ("MOMO_MTN", "MOMO_WAVE")] == ["MOMO_MTN", "MOMO_WAVE"]
    assert [gateway_of(code) for code in ("CARTE_BANCAIRE", "momo_mtn", "MOMO_mtn", "mtn", "")] == [""] * 5


def test_what_is_sold_is_of_its_own_order_type_and_once(stall: Stall) -> None:
    payables = Payables()
    payables.add(stall.tickets)
    with pytest.raises(ValueError, match="two plugins"):
        payables.add(stall.tickets)

    class Stray:
        type_paiement = Type.ABONNEMENT
        order_type = "autre.commande"

    with pytest.raises(ValueError, match="order type"):
        payables.add(Stray())  # type: ignore[arg-type]


def test_settings_name_countries_and_addresses() -> None:
    read = msgspec.convert({"countries": ["FR"], "return_url": "https://app.example/retour"}, PaymentsSettings)
    assert (read.countries, read.return_url, read.cancel_url) == (("FR",), "https://app.example/retour", "")
    for wrong in ({"countries": ["fr"]}, {"return_url": "retour"}, {"cancel_url": "ftp://x"}, {"pays": []}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, PaymentsSettings)
