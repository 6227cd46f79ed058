"""Refunds (contracts/spotvibe.md section 6.2; DECISIONS.md section 2, "Refunds")."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.access.principal import SYSTEM
from core.payments.entities import RefundCause, RefundState
from core.primitives.errors import DomainError, Kind
from plugins.spotvibe.payments.domain import (
    CAUSES,
    RAISONS,
    Raison,
    StatutRemboursement,
    refund_states_of,
    refund_statut_of,
)
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.stall import Stall, stall_on
from tests.scene import Person

PATH = "/api/payments/refunds/"


@pytest.fixture(scope="module")
async def stall(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stall]:
    """A stall of this module's own; at the end its books agree."""
    async with stall_on(cluster.clone(unique("spotvibe_refunds")), tmp_path_factory.mktemp("stall")) as made:
        yield made
        assert await made.scene.installed.composition.payments.reconciliation.faults() == []


async def ask(person: Person, key: str, **fields: Any) -> Any:
    """Ask for the money of a payment."""
    body = {"payment_uuid": key, "raison": "DEMANDE_CLIENT", "description": "Empêchement.", **fields}
    return await person.client.post(PATH, json=body)


async def give_back(stall: Stall, key: str, **options: Any) -> int | None:
    """Give money back as the cancellation of an event does."""
    async with stall.scene.kernel.works.everywhere(SYSTEM) as work:
        number = await stall.api.give_back(work, UUID(key), **options)
        await work.commit()
    await stall.settle()
    return number


async def statut(person: Person, number: int) -> str:
    """How a refund stands."""
    found: str = (await person.client.get(f"{PATH}{number}/")).json()["statut"]
    return found


async def test_a_buyer_asks_staff_approve_and_the_money_goes_back(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer)
    asked = await ask(buyer, key)
    assert asked.status_code == 201, asked.text
    number = asked.json()["id"]
    assert asked.json() == {
        "id": number,
        "payment_original": {"uuid": key, "montant": "5000.00"},
        "demandeur": {"id": buyer.id, "username": buyer.username},
        "montant_remboursement": "4500.00",
        "raison": "DEMANDE_CLIENT",
        "description": "Empêchement.",
        "statut": "DEMANDE",
        "date_demande": asked.json()["date_demande"],
        "date_decision": None,
        "date_traitement": None,
    }
    assert (await buyer.client.get(f"{PATH}{number}/")).json() == asked.json()
    assert (await stall.detail(buyer, key))["statut"] == "REUSSI"
    await stall.decide(number, approve=True)
    listed = await buyer.client.get(PATH)
    assert listed.headers["x-total-count"] == "1"
    assert listed.json() == [
        {
            "id": number,
            "payment_original_uuid": key,
            "montant_remboursement": "4500.00",
            "statut": "TRAITE",
            "date_demande": asked.json()["date_demande"],
        }
    ]
    read = await stall.detail(buyer, key)
    assert (read["statut"], read["montant_rembourse"]) == ("PARTIELLEMENT_REMBOURSE", "4500.00")
    verified = (await buyer.client.post("/api/payments/verify/", json={"payment_uuid": key})).json()
    assert verified["message"] == "Le paiement a été partiellement remboursé."
    assert stall.news_of(buyer) == [
        ("spotvibe.refund_decided", {"user": buyer.id, "refund": number, "montant": "4500.00", "statut": "APPROUVE"}),
        ("spotvibe.refund_done", {"user": buyer.id, "refund": number, "montant": "4500.00"}),
    ]


async def test_staff_reject_and_the_buyer_may_ask_again(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer)
    number = (await ask(buyer, key)).json()["id"]
    refused = await ask(buyer, key)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_refund_open")
    await stall.decide(number, approve=False)
    assert await statut(buyer, number) == "REJETE"
    assert stall.news_of(buyer)[0][1]["statut"] == "REJETE"
    for approve in (True, False):
        with pytest.raises(DomainError) as decided:
            await stall.decide(number, approve=approve)
        assert decided.value.kind is Kind.CONFLICT
    again = await ask(buyer, key, raison="ERREUR", description="")
    assert (again.status_code, again.json()["raison"], again.json()["description"]) == (201, "ERREUR", "")


async def test_what_was_refunded_is_not_refunded_again(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer)
    await stall.decide((await ask(buyer, key)).json()["id"], approve=True)
    refused = await ask(buyer, key)
    assert (refused.status_code, refused.json()["code"]) == (400, "payments_not_refundable")


async def test_what_is_used_or_not_paid_is_not_refunded(stall: Stall) -> None:
    buyer = await stall.scene.person()
    used = await stall.paid(buyer, event_ticket_id=51)
    stall.tickets.used.add("51")
    for key in (used, await stall.begun(buyer), await stall.failed(buyer)):
        refused = await ask(buyer, key)
        assert (refused.status_code, refused.json()["code"]) == (400, "payments_not_refundable")
    assert (await buyer.client.get(PATH)).json() == []


async def test_refunds_are_their_buyers_and_staffs(stall: Stall) -> None:
    buyer, other, staff = await stall.scene.person(), await stall.scene.person(), await stall.scene.person(staff=True)
    key = await stall.paid(buyer)
    for stranger in (other, staff):
        refused = await ask(stranger, key)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"payment_uuid"})
    number = (await ask(buyer, key)).json()["id"]
    assert (await other.client.get(f"{PATH}{number}/")).status_code == 404
    assert (await other.client.get(PATH, params={"tous": "true"})).json() == []
    assert (await staff.client.get(PATH)).json() == []
    assert (await staff.client.get(f"{PATH}{number}/")).json()["demandeur"]["id"] == buyer.id
    shown = await staff.client.get(PATH, params={"tous": "true", "statut": "DEMANDE"})
    assert number in [each["id"] for each in shown.json()]
    assert {each["statut"] for each in shown.json()} == {"DEMANDE"}
    rejected = await staff.client.get(PATH, params={"tous": "true", "statut": "REJETE"})
    assert number not in [each["id"] for each in rejected.json()]
    wrong = await staff.client.get(PATH, params={"statut": "PERDU"})
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"statut"})


async def test_asking_many_times_at_once_asks_once(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer, type_paiement="ABONNEMENT", subscription_id=4)
    answers = await asyncio.gather(*(ask(buyer, key) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[400] * 5]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 400} == {"spotvibe_refund_open"}
    assert await stall.scene.owner.fetchval("select count(*) from refund where payment_id::text = $1", key) == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"payment_uuid": "abc"}, {"payment_uuid"}),
        ({"payment_uuid": str(uuid4())}, {"payment_uuid"}),
        ({"raison": "ENVIE"}, {"raison"}),
        ({"raison": None, "description": 7}, {"raison", "description"}),
        ({"description": "a\0b"}, {"description"}),
        ({"description": "a" * 5001}, {"description"}),
    ],
)
async def test_a_request_that_cannot_be_read_is_400(stall: Stall, fields: dict[str, Any], wrong: set[str]) -> None:
    buyer = await stall.scene.person()
    refused = await ask(buyer, str(uuid4()), **fields)
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)


async def test_what_is_cancelled_is_given_back_whole(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer)
    number = await give_back(stall, key, description="Événement annulé par l'organisateur.")
    assert number is not None
    read = (await buyer.client.get(f"{PATH}{number}/")).json()
    assert (read["raison"], read["montant_remboursement"], read["statut"]) == ("ANNULATION_EVENT", "5000.00", "TRAITE")
    assert (await stall.detail(buyer, key))["statut"] == "REMBOURSE"
    assert [topic for topic, _ in stall.news_of(buyer)] == ["spotvibe.refund_done"]
    assert await give_back(stall, key) is None


async def test_an_open_request_gives_way_to_a_cancellation(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer)
    asked = (await ask(buyer, key)).json()["id"]
    number = await give_back(stall, key)
    assert number is not None
    assert (await statut(buyer, asked), await statut(buyer, number)) == ("REJETE", "TRAITE")
    assert (await stall.detail(buyer, key))["montant_rembourse"] == "5000.00"


async def test_what_went_back_before_is_not_given_back_twice(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer)
    await stall.decide((await ask(buyer, key)).json()["id"], approve=True)
    number = await give_back(stall, key)
    assert number is not None
    rest = (await buyer.client.get(f"{PATH}{number}/")).json()
    assert (rest["montant_remboursement"], (await stall.detail(buyer, key))["statut"]) == ("500.00", "REMBOURSE")
    part = await stall.paid(buyer)
    assert await give_back(stall, part, montant=Decimal(2000)) is not None
    assert (await stall.detail(buyer, part))["montant_rembourse"] == "2000.00"


async def test_staff_record_what_the_operator_cannot_send(stall: Stall) -> None:
    buyer = await stall.scene.person()
    key = await stall.paid(buyer, methode_paiement="MOMO_HAND")
    number = (await ask(buyer, key)).json()["id"]
    works = stall.scene.kernel.works
    async with works.everywhere(SYSTEM) as work:
        with pytest.raises(DomainError) as early:
            await stall.api.mark_refund_paid(work, number, None)
        assert early.value.kind is Kind.CONFLICT
    await stall.decide(number, approve=True)
    assert await statut(buyer, number) == "APPROUVE"
    async with works.everywhere(SYSTEM) as work:
        await stall.api.mark_refund_paid(work, number, None, "VIR-7")
        await work.commit()
    await stall.settle()
    assert await statut(buyer, number) == "TRAITE"
    assert (await stall.detail(buyer, key))["statut"] == "PARTIELLEMENT_REMBOURSE"
    assert stall.news_of(buyer)[-1][0] == "spotvibe.refund_done"


async def test_refunds_of_other_products_are_not_spotvibes(stall: Stall) -> None:
    buyer, staff = await stall.scene.person(), await stall.scene.person(staff=True)
    key = await stall.paid(buyer)
    number = (await ask(buyer, key)).json()["id"]
    await stall.scene.owner.execute("update payment set order_type = 'autre.commande' where id::text = $1", key)
    assert (await staff.client.get(f"{PATH}{number}/")).status_code == 404
    shown = (await staff.client.get(PATH, params={"tous": "true"})).json()
    assert number not in [each["id"] for each in shown]
    for approve in (True, False):
        with pytest.raises(DomainError) as unknown:
            await stall.decide(number, approve=approve)
        assert unknown.value.kind is Kind.MISSING
    with pytest.raises(DomainError):
        await give_back(stall, key)


@pytest.mark.parametrize("number", [10**9, 2**63, 10**30])
async def test_an_unknown_refund_is_missing_to_staff(stall: Stall, number: int) -> None:
    async with stall.scene.kernel.works.everywhere(SYSTEM) as work:
        for decide in (stall.api.approve_refund, stall.api.reject_refund, stall.api.mark_refund_paid):
            with pytest.raises(DomainError) as unknown:
                await decide(work, number, None)
            assert unknown.value.kind is Kind.MISSING


def test_every_state_has_its_word() -> None:
    assert {refund_statut_of(state) for state in RefundState} == set(StatutRemboursement)
    assert sorted(state for word in StatutRemboursement for state in refund_states_of(word)) == sorted(RefundState)
    assert [RAISONS[CAUSES[raison]] for raison in Raison] == list(Raison)
    assert set(RAISONS) == set(RefundCause)
