"""Buying tickets (contracts/spotvibe.md section 4.5; DECISIONS.md section 2, "Tickets", "Next action", "initiate")."""

import asyncio
from collections.abc import AsyncIterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from core.access.principal import SYSTEM
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import MINE, PURCHASE, BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import made


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of this module's own."""
    urls = cluster.clone(unique("spotvibe_tickets"))
    async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
        yield opened
        assert await opened.faults() == []


async def test_tickets_are_bought_and_paid(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    concert = await office.concert(organiser)
    begun = await buyer.client.post(PURCHASE, json=office.order(concert, quantity=2))
    assert begun.status_code == 201, begun.text
    key = begun.json()["payment_uuid"]
    assert begun.json() == {
        "message": "Achat de billet initié. Veuillez confirmer le paiement sur votre téléphone.",
        "payment_uuid": key,
        "next_action": {"type": "prompt", "url": None},
    }
    await office.scene.installed.drain()
    waiting = await office.tickets(buyer)
    assert [ticket["statut"] for ticket in waiting] == ["EN_ATTENTE"] * 2
    assert [ticket["code_qr_url"] for ticket in waiting] == [None, None]
    assert await office.seats(concert) == 2
    assert await office.pay(buyer, key) == "REUSSI"
    listed = await buyer.client.get(MINE)
    assert listed.headers["x-total-count"] == "2"
    second, first = listed.json()
    assert first == {
        "id": first["id"],
        "uuid": first["uuid"],
        "evenement_id": concert["id"],
        "evenement_titre": concert["titre"],
        "date_debut": concert["date_debut"],
        "date_fin": concert["date_fin"],
        "lieu": "Parc Central",
        "prix": "10000.00",
        "statut": "PAYE",
        "utilise_le": None,
        "created_at": first["created_at"],
        "payment_uuid": key,
        "code_qr_url": first["code_qr_url"],
    }
    assert first["code_qr_url"].startswith(f"/media/tickets/{first['uuid']}.png?expires=")
    assert (second["statut"], second["uuid"] != first["uuid"]) == ("PAYE", True)
    assert office.news_of(buyer) == ["spotvibe.tickets_paid"]
    assert office.news[-1][1] == {
        "evenement": concert["id"],
        "titre": concert["titre"],
        "user": buyer.id,
        "quantity": 2,
        "payment": key,
    }
    # ten per cent are the installation's, the rest is the organiser's
    assert await office.owed(f"payee:spotvibe:{organiser.id}") == Decimal(-18000)
    stats = await buyer.client.get("/api/users/stats/")
    assert stats.json()["total_tickets_purchased"] == 2
    detail = (await buyer.client.get(f"/api/payments/{key}/")).json()
    assert (detail["montant"], detail["frais"], detail["type_paiement"]) == ("20000.00", "2000.00", "BILLET")


async def test_a_plan_has_a_commission_of_its_own(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    plans = (await organiser.client.get("/api/subscriptions/plans/")).json()
    plan = next(each for each in plans if each["type_plan"] == "GOLD")
    asked = {"plan_id": plan["id"], "payment_method": "MOMO_FAKE", "phone_number": "+22997000000"}
    subscribed = await organiser.client.post("/api/subscriptions/pay/", json=asked)
    assert subscribed.status_code in (200, 201), subscribed.text
    await office.scene.installed.drain()
    assert await office.pay(organiser, subscribed.json()["payment_uuid"]) == "REUSSI"
    concert = await office.concert(organiser, prix="9999")
    key = await office.paid(buyer, concert)
    detail = (await buyer.client.get(f"/api/payments/{key}/")).json()
    rate = Decimal(plan["commission_reduite"])
    assert 0 < rate < 10
    # rounded half up to whole francs
    share = (Decimal(9999) * rate / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert detail["frais"] == f"{share}.00"
    assert await office.owed(f"payee:spotvibe:{organiser.id}") == share - 9999


async def test_an_operator_with_a_page_shows_where_it_is(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    order = office.order(concert, payment_method="MOMO_PAGE", phone_number=None)
    begun = await buyer.client.post(PURCHASE, json=order)
    assert begun.json()["next_action"]["type"] == "redirect"
    assert begun.json()["next_action"]["url"].startswith("https://operator.example/pay/")


async def test_an_idempotency_key_buys_once(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    headers = {"idempotency-key": unique("key")}
    order = office.order(concert, quantity=3)
    first, again = [await buyer.client.post(PURCHASE, json=order, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert await office.seats(concert) == 3


@pytest.mark.parametrize("quantity", [0, 11, -1, "deux", None, 2**70, 1.5])
async def test_a_quantity_is_1_to_10(office: BoxOffice, quantity: Any) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    refused = await buyer.client.post(PURCHASE, json=office.order(concert, quantity=quantity))
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"quantity"})
    assert (await office.seats(concert), await office.tickets(buyer)) == (0, [])


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"payment_method": "MOMO_NOBODY"}, {"payment_method"}),
        ({"payment_method": "CARTE_BANCAIRE"}, {"payment_method"}),
        ({"phone_number": "123"}, {"phone_number"}),
        ({"phone_number": None}, {"phone_number"}),
        ({"payment_method": "MOMO_NOBODY", "phone_number": "\0"}, {"payment_method", "phone_number"}),
        ({"event_id": 2**62}, {"event_id"}),
        ({"event_id": 2**63}, {"event_id"}),
        ({"event_id": "premier"}, {"event_id"}),
    ],
)
async def test_what_cannot_be_bought_names_its_fields(office: BoxOffice, fields: Any, named: set[str]) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    refused = await buyer.client.post(PURCHASE, json=office.order(concert, **fields))
    assert (refused.status_code, set(refused.json()["details"]) <= named) == (400, True), refused.text
    assert (await office.seats(concert), await office.tickets(buyer)) == (0, [])


async def test_only_what_is_on_sale_is_sold(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    free = await office.concert(organiser, type_acces="GRATUIT", prix=None)
    draft = await made(organiser, type_acces="PAYANT", prix="500.00")
    over, closed = await office.concert(), await office.concert()
    await office.scene.owner.execute(
        "update spotvibe_evenement set date_debut = now() - interval '2 hours', date_fin = now() - interval '1 hour'"
        " where id = $1",
        over["id"],
    )
    await office.scene.owner.execute("update spotvibe_evenement set statut = 'ANNULE' where id = $1", closed["id"])

    async def code(who: Any, evenement: Any) -> tuple[int, str]:
        answer = await who.client.post(PURCHASE, json=office.order(evenement))
        return answer.status_code, answer.json()["code"]

    assert await code(buyer, free) == (400, "spotvibe_event_not_paid")
    assert await code(buyer, draft) == (400, "not_reference")
    assert await code(organiser, draft) == (400, "spotvibe_event_not_on_sale")
    assert await code(buyer, over) == (400, "spotvibe_event_over")
    assert await code(buyer, closed) == (400, "spotvibe_event_cancelled")


async def test_a_full_event_sells_no_more(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert(capacite=3)
    await office.begun(buyer, concert, quantity=2)
    refused = await buyer.client.post(PURCHASE, json=office.order(concert, quantity=2))
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_event_full")
    assert refused.json()["details"].keys() == {"quantity"}
    assert len(await office.tickets(buyer)) == 2
    assert await office.scene.owner.fetchval("select count(*) from payment where account_id is not null") >= 1
    await office.begun(buyer, concert)
    assert await office.seats(concert) == 3


async def test_parallel_buyers_never_get_a_seat_too_many(office: BoxOffice) -> None:
    concert = await office.concert(capacite=10)
    buyers = [await office.scene.person() for _ in range(8)]
    orders = [
        buyer.client.post(PURCHASE, json=office.order(concert, quantity=quantity))
        for buyer in buyers
        for quantity in (1, 2)
    ]
    answers = await asyncio.gather(*orders)
    sold = await office.scene.owner.fetchval(
        "select count(*) from spotvibe_billet where evenement_id = $1 and statut = 'EN_ATTENTE'", concert["id"]
    )
    assert {answer.status_code for answer in answers} == {201, 400}
    assert (sold, await office.seats(concert)) == (10, 10)


async def test_seats_are_free_again_when_a_payment_fails(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    key = await office.begun(buyer, concert, quantity=4)
    assert await office.decline(buyer, key) == "ECHEC"
    assert (await office.statuts(buyer), await office.seats(concert)) == (["ANNULE"] * 4, 0)


async def test_a_purchase_holds_its_seats_for_a_while(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    key = await office.begun(buyer, concert, quantity=4)
    await office.run("expire_holds")
    assert await office.seats(concert) == 4
    held = await office.scene.owner.fetchval(
        "select extract(epoch from echeance - created_at) from spotvibe_commande where paiement_id = $1::uuid", key
    )
    assert held == 14 * 60
    await _overdue(office, key)
    await office.run("expire_holds")
    assert (await office.statuts(buyer), await office.seats(concert)) == (["EXPIRE"] * 4, 0)
    detail = (await buyer.client.get(f"/api/payments/{key}/")).json()
    assert detail["statut"] == "EXPIRE"
    # the money comes all the same, and the seats are still free
    assert await office.pay(buyer, key) == "REUSSI"
    assert (await office.statuts(buyer), await office.seats(concert)) == (["PAYE"] * 4, 4)


async def test_late_money_goes_back_where_the_seats_are_gone(office: BoxOffice) -> None:
    late, quick, concert = await office.scene.person(), await office.scene.person(), await office.concert(capacite=2)
    key = await office.begun(late, concert, quantity=2)
    await _overdue(office, key)
    await office.run("expire_holds")
    await office.paid(quick, concert)
    assert await office.pay(late, key) == "EXPIRE"
    await office.settle()
    assert (await office.statuts(late), await office.seats(concert)) == (["EXPIRE"] * 2, 1)
    refund = await office.scene.owner.fetchrow(
        "select cause, state, amount from refund where payment_id = $1::uuid", key
    )
    assert tuple(refund) == ("late", "done", Decimal(20000))


async def test_money_that_comes_twice_pays_once(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    key = await office.begun(buyer, concert)
    first = await office.attempt(key)
    await _overdue(office, key)
    await office.run("expire_holds")
    await office.scene.owner.execute("update payment_attempt set state = 'expired' where id = $1", first)
    again = await buyer.client.post("/api/payments/retry/", json={"payment_uuid": key})
    assert again.status_code == 200, again.text
    await office.scene.installed.drain()
    assert (await office.statuts(buyer), await office.seats(concert)) == (["EN_ATTENTE"], 1)
    assert await office.pay(buyer, key) == "REUSSI"
    await office.operator.settle(first)
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        work.ask("payments.look_at_attempt", attempt=str(first))
        await work.commit()
    await office.settle()
    assert (await office.statuts(buyer), await office.seats(concert)) == (["PAYE"], 1)
    refunds = await office.scene.owner.fetch(
        "select cause, state, attempt_id from refund where payment_id = $1::uuid", key
    )
    assert [tuple(refund) for refund in refunds] == [("late", "done", first)]


async def test_an_order_is_given_out_once(office: BoxOffice) -> None:
    """Whatever the kernel asks for: what is paid, held by another payment or refunded, is neither paid nor held."""
    buyer, concert = await office.scene.person(), await office.concert()
    kernel = office.scene.kernel.payments
    orders = kernel.orders.get("spotvibe_tickets.billets")
    paid, held = await office.paid(buyer, concert, quantity=2), await office.begun(buyer, concert)
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        payment = await kernel.get(work, UUID(paid))
        assert not await orders.honour(work, payment)
        assert not await orders.reserve(work, payment)
        await orders.release(work, payment)
        pending = await kernel.get(work, UUID(held))
        assert not await orders.reserve(work, pending)
        another = msgspec.structs.replace(payment, order=pending.order)
        await orders.release(work, another)
        await orders.refunded(work, another, None)
        unknown = msgspec.structs.replace(payment, order=str(uuid4()))
        assert not await orders.honour(work, unknown)
        assert not await orders.reserve(work, unknown)
        await work.commit()
    assert await office.statuts(buyer) == ["EN_ATTENTE", "PAYE", "PAYE"]
    assert (await office.seats(concert), office.news_of(buyer)) == (3, ["spotvibe.tickets_paid"])


async def test_a_payment_is_initiated_again_for_any_ticket_of_its_order(office: BoxOffice) -> None:
    buyer, other, concert = await office.scene.person(), await office.scene.person(), await office.concert()
    key = await office.begun(buyer, concert, quantity=2)
    tickets = await office.tickets(buyer)
    request = {
        "type_paiement": "BILLET",
        "montant": "20000.00",
        "methode_paiement": "MOMO_FAKE",
        "telephone_paiement": "+22996000000",
        "event_ticket_id": tickets[0]["id"],
    }

    async def initiate(who: Any, **fields: Any) -> Any:
        return await who.client.post("/api/payments/initiate/", json={**request, **fields})

    pending = await initiate(buyer)
    assert (pending.status_code, pending.json()["code"]) == (400, "spotvibe_ticket_not_to_pay")
    assert await office.decline(buyer, key) == "ECHEC"
    wrong = await initiate(buyer, montant="10000.00")
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"montant"})
    foreign = await initiate(other)
    assert (foreign.status_code, foreign.json()["code"]) == (400, "not_reference")
    badly = await initiate(buyer, telephone_paiement="12")
    assert (badly.status_code, set(badly.json()["details"])) == (400, {"telephone_paiement"})
    assert await office.seats(concert) == 0
    again = await initiate(buyer)
    assert (again.status_code, again.json()["payment_uuid"]) == (201, key)
    await office.scene.installed.drain()
    assert (await office.statuts(buyer), await office.seats(concert)) == (["EN_ATTENTE"] * 2, 2)
    assert await office.pay(buyer, key) == "REUSSI"
    assert await office.statuts(buyer) == ["PAYE"] * 2


async def test_a_cancelled_purchase_is_not_initiated_again(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    key = await office.begun(buyer, concert)
    cancelled = await buyer.client.post("/api/payments/cancel/", json={"payment_uuid": key})
    assert cancelled.status_code == 200, cancelled.text
    assert (await office.statuts(buyer), await office.seats(concert)) == (["ANNULE"], 0)
    again = await buyer.client.post(
        "/api/payments/initiate/",
        json={
            "type_paiement": "BILLET",
            "montant": "10000.00",
            "methode_paiement": "MOMO_FAKE",
            "telephone_paiement": "+22996000000",
            "event_ticket_id": (await office.tickets(buyer))[0]["id"],
        },
    )
    assert (again.status_code, again.json()["code"]) == (400, "spotvibe_ticket_not_to_pay")


async def test_seats_that_others_have_taken_are_not_held_again(office: BoxOffice) -> None:
    buyer, other, concert = await office.scene.person(), await office.scene.person(), await office.concert(capacite=2)
    key = await office.begun(buyer, concert, quantity=2)
    await office.decline(buyer, key)
    await office.begun(other, concert)
    again = await buyer.client.post("/api/payments/retry/", json={"payment_uuid": key})
    assert again.status_code == 400, again.text
    assert (await office.statuts(buyer), await office.seats(concert)) == (["ANNULE"] * 2, 1)


async def test_the_price_is_frozen_once_a_ticket_is_paid(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    concert = await office.concert(organiser)
    await office.paid(buyer, concert)
    dearer = await organiser.client.put(f"/api/events/{concert['id']}/update/", json={"prix": "12000.00"})
    assert (dearer.status_code, dearer.json()["code"]) == (400, "spotvibe_event_price_frozen")


async def test_a_refund_frees_the_seats(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    key = await office.paid(buyer, concert, quantity=2)
    payments = office.scene.installed.composition.wired["spotvibe_payments"].api
    asked = await buyer.client.post(
        "/api/payments/refunds/", json={"payment_uuid": key, "raison": "DEMANDE_CLIENT", "description": "Malade"}
    )
    assert asked.status_code == 201, asked.text
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        number = await office.scene.owner.fetchval("select number from refund where payment_id = $1::uuid", key)
        await payments.approve_refund(work, number, None)
        await work.commit()
    await office.settle()
    assert (await office.statuts(buyer), await office.seats(concert)) == (["REMBOURSE"] * 2, 0)
    stats = await buyer.client.get("/api/users/stats/")
    assert stats.json()["total_tickets_purchased"] == 0


async def test_nobody_knows_of_another_ones_tickets(office: BoxOffice) -> None:
    buyer, other, concert = await office.scene.person(), await office.scene.person(), await office.concert()
    await office.paid(buyer, concert)
    assert await office.tickets(other) == []
    (ticket,) = await office.tickets(buyer)
    for key in (ticket["uuid"], str(uuid4()), "billet", "%00"):
        missing = await other.client.get(f"/api/events/tickets/{key}/pdf/")
        assert missing.status_code == 404, key


async def _overdue(office: BoxOffice, key: str) -> None:
    """Let the time of a purchase be over."""
    await office.scene.owner.execute(
        "update spotvibe_commande set echeance = now() - interval '1 second' where paiement_id = $1::uuid", key
    )
