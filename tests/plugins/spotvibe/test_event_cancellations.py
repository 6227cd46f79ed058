"""Cancelling an event: everybody is refunded once, and told (DECISIONS.md section 2, "Events", "Refunds")."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from adapters.queue.outbox import Outbox
from core.access.principal import SYSTEM
from core.work import AlreadyDelivered
from plugins.spotvibe.tickets import cancellation_service
from tests.cluster import TestCluster
from tests.installation import LEASE, unique
from tests.plugins.spotvibe.box_office import PURCHASE, BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import approved, events_of, made
from tests.scene import Person


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of this module's own. Afterwards the books agree."""
    urls = cluster.clone(unique("spotvibe_cancellations"))
    async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
        yield opened
        assert await opened.faults() == []


async def cancel(person: Person, evenement: Any) -> Any:
    """Cancel an event."""
    return await person.client.post(f"/api/events/{evenement['id']}/cancel/")


async def refunds_of(office: BoxOffice, evenement: Any) -> list[tuple[Any, ...]]:
    """The refunds of an event's orders: whose, how much, why, and how they stand."""
    records = await office.scene.owner.fetch(
        "select c.user_id, r.amount, r.cause, r.state from spotvibe_commande c"
        " join refund r on r.payment_id = c.paiement_id where c.evenement_id = $1 order by c.user_id, r.number",
        evenement["id"],
    )
    return [tuple(record) for record in records]


async def test_everybody_is_refunded_and_told(office: BoxOffice) -> None:
    organiser, two, one, waiting, failed = [await office.scene.person() for _ in range(5)]
    concert = await office.concert(organiser, capacite=20)
    await office.paid(two, concert, quantity=2)
    await office.paid(two, concert)
    used = await office.paid(one, concert)
    assert used
    (ticket,) = await office.tickets(one)
    assert (await office.scan(organiser, ticket)).status_code == 200
    pending = await office.begun(waiting, concert, quantity=3)
    await office.decline(failed, await office.begun(failed, concert))
    answer = await cancel(organiser, concert)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "message": "Événement annulé avec succès. Les détenteurs de billets sont remboursés et prévenus.",
            "achats_a_rembourser": 4,
        },
    )
    detail = await organiser.client.get(f"/api/events/{concert['id']}/")
    assert detail.json()["statut"] == "ANNULE"
    closed = await one.client.post(PURCHASE, json=office.order(concert))
    assert (closed.status_code, closed.json()["code"]) == (400, "spotvibe_event_cancelled")
    await office.settle()
    assert await refunds_of(office, concert) == [
        (two.id, Decimal(20000), "cancelled", "done"),
        (two.id, Decimal(10000), "cancelled", "done"),
        (one.id, Decimal(10000), "cancelled", "done"),
    ]
    assert await office.statuts(two) == ["REMBOURSE"] * 3
    assert await office.statuts(one) == ["REMBOURSE"]
    assert await office.statuts(waiting) == ["ANNULE"] * 3
    assert await office.seats(concert) == 0
    for key, statut in ((used, "REMBOURSE"), (pending, "ANNULE")):
        payer = one if key == used else waiting
        assert (await payer.client.get(f"/api/payments/{key}/")).json()["statut"] == statut
    assert [office.news_of(person).count("spotvibe.event_cancelled") for person in (two, one, waiting, failed)] == [
        1,
        1,
        0,
        0,
    ]
    assert await office.owed(f"payee:spotvibe:{organiser.id}") == 0
    again = await cancel(organiser, concert)
    assert (again.status_code, again.json()["code"]) == (400, "spotvibe_event_cancelled")
    # money that was on its way comes all the same, and goes back
    assert await office.pay(waiting, pending) == "ANNULE"
    await office.settle()
    assert (waiting.id, Decimal(30000), "late", "done") in await refunds_of(office, concert)
    assert await office.statuts(waiting) == ["ANNULE"] * 3


async def test_money_that_comes_before_the_job_goes_back(office: BoxOffice) -> None:
    organiser, buyer = await office.scene.person(), await office.scene.person()
    concert = await office.concert(organiser)
    key = await office.begun(buyer, concert)
    assert (await cancel(organiser, concert)).status_code == 200
    assert await office.statuts(buyer) == ["EN_ATTENTE"]
    assert await office.pay(buyer, key) == "ECHEC"
    await office.settle()
    assert await refunds_of(office, concert) == [(buyer.id, Decimal(10000), "late", "done")]
    assert (await office.statuts(buyer), await office.seats(concert)) == (["ANNULE"], 0)


async def test_the_job_goes_on_where_it_was_killed(office: BoxOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser = await office.scene.person()
    concert = await office.concert(organiser, capacite=50)
    buyers = [await office.scene.person() for _ in range(6)]
    for buyer in buyers:
        await office.paid(buyer, concert)
    monkeypatch.setattr(cancellation_service, "BATCH", 2)
    payments: Any = office.scene.installed.composition.wired["spotvibe_payments"].api
    give_back, done = payments.give_back, []

    async def dying(work: Any, payment: Any, *args: Any, **options: Any) -> Any:
        if len(done) == 3:
            raise ConnectionResetError("killed")
        done.append(payment)
        return await give_back(work, payment, *args, **options)

    monkeypatch.setattr(payments, "give_back", dying)
    assert (await cancel(organiser, concert)).status_code == 200
    with pytest.raises(ConnectionResetError):
        await office.scene.installed.drain()
    monkeypatch.setattr(payments, "give_back", give_back)
    assert len(await refunds_of(office, concert)) == 3
    assert [office.news_of(buyer).count("spotvibe.event_cancelled") for buyer in buyers] == [0] * 6
    await office.scene.owner.execute(
        "update outbox set available_at = now() where done_at is null and subscriber ="
        " 'spotvibe_tickets.refund_holders'"
    )
    await office.settle()
    assert await refunds_of(office, concert) == [(buyer.id, Decimal(10000), "cancelled", "done") for buyer in buyers]
    assert [office.news_of(buyer).count("spotvibe.event_cancelled") for buyer in buyers] == [1] * 6


async def test_two_runs_of_the_job_at_once_refund_once(office: BoxOffice) -> None:
    organiser = await office.scene.person()
    concert = await office.concert(organiser, capacite=50)
    buyers = [await office.scene.person() for _ in range(5)]
    for buyer in buyers:
        await office.paid(buyer, concert)
    assert (await cancel(organiser, concert)).status_code == 200
    await office.ask("refund_holders", evenement=concert["id"])
    handler = office.scene.installed.composition.handlers["spotvibe_tickets.refund_holders"]
    outbox = Outbox(office.scene.installed.composition.works)
    leases = await outbox.lease({"spotvibe_tickets.refund_holders": handler}, 10, LEASE)
    begun = [await outbox.begin(lease.id, lease.attempts, LEASE) for lease in leases]
    assert len(begun) == 2
    await asyncio.gather(*(handler(each) for each in begun if each is not None))
    await office.settle()
    assert await refunds_of(office, concert) == [(buyer.id, Decimal(10000), "cancelled", "done") for buyer in buyers]
    # a delivery that comes again, because its worker died before it said so, tells nobody again
    told = len(office.news)
    with pytest.raises(AlreadyDelivered):
        await handler(begun[0])
    await office.settle()
    assert len(office.news) == told


async def test_a_refund_that_was_asked_for_gives_way(office: BoxOffice) -> None:
    organiser, asking = await office.scene.person(), await office.scene.person()
    concert = await office.concert(organiser)
    key = await office.paid(asking, concert)
    asked = await asking.client.post(
        "/api/payments/refunds/", json={"payment_uuid": key, "raison": "DEMANDE_CLIENT", "description": ""}
    )
    assert asked.status_code == 201, asked.text
    assert (await cancel(organiser, concert)).status_code == 200
    await office.settle()
    assert await refunds_of(office, concert) == [
        (asking.id, Decimal(9000), "requested", "rejected"),
        (asking.id, Decimal(10000), "cancelled", "done"),
    ]
    assert await office.statuts(asking) == ["REMBOURSE"]


async def test_who_may_cancel_what(office: BoxOffice) -> None:
    organiser, other = await office.scene.person(), await office.scene.person()
    staff = await office.scene.person(staff=True)
    concert, hidden = [await office.concert(organiser) for _ in range(2)]
    by_staff = await office.concert()
    draft = await made(organiser, type_acces="PAYANT", prix="500.00")
    refused = await cancel(other, concert)
    assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_event_not_yours_to_cancel")
    assert (await cancel(other, draft)).status_code == 404
    for key in (2**62, 2**63, "premier", uuid4(), -1):
        assert (await cancel(organiser, {"id": key})).status_code == 404, key
    await office.scene.owner.execute("update spotvibe_evenement set statut = 'TERMINE' where id = $1", hidden["id"])
    over = await cancel(organiser, hidden)
    assert (over.status_code, over.json()["code"]) == (400, "spotvibe_event_over")
    statuts = await office.scene.owner.fetch(
        "select statut from spotvibe_evenement where id = any($1::bigint[]) order by id",
        [concert["id"], hidden["id"], by_staff["id"], draft["id"]],
    )
    assert [record[0] for record in statuts] == ["VALIDE", "TERMINE", "VALIDE", "EN_ATTENTE"]
    assert (await cancel(staff, by_staff)).status_code == 200
    assert (await cancel(organiser, draft)).status_code == 200
    entries = await office.scene.owner.fetchval(
        "select count(*) from audit_entry where action = 'CANCEL' and object_type = 'Evenement' and object_id = $1",
        str(by_staff["id"]),
    )
    assert entries == 1


async def test_of_two_cancellations_at_once_one_counts(office: BoxOffice) -> None:
    organiser, staff = await office.scene.person(), await office.scene.person(staff=True)
    concert = await office.concert(organiser)
    answers = await asyncio.gather(*(cancel(person, concert) for person in (organiser, staff, organiser)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400]


async def test_purchases_and_a_cancellation_at_once_leave_nobody_paying(office: BoxOffice) -> None:
    organiser = await office.scene.person()
    concert = await office.concert(organiser, capacite=50)
    buyers = [await office.scene.person() for _ in range(6)]
    orders = [buyer.client.post(PURCHASE, json=office.order(concert)) for buyer in buyers]
    answers = await asyncio.gather(*orders[:3], cancel(organiser, concert), *orders[3:])
    assert {answer.status_code for answer in answers} <= {200, 201, 400}
    await office.settle()
    held = await office.scene.owner.fetchval(
        "select count(*) from spotvibe_commande where evenement_id = $1 and statut in ('EN_ATTENTE', 'PAYE')",
        concert["id"],
    )
    assert (held, await office.seats(concert)) == (0, 0)


async def test_free_tickets_are_cancelled_and_their_holders_told(office: BoxOffice) -> None:
    organiser, holder, expecting = [await office.scene.person() for _ in range(3)]
    fete = await approved(office.scene, organiser, capacite=5)

    async def those(work: Any, evenement: int) -> list[int]:
        return [expecting.id, holder.id] if evenement == fete["id"] else []

    office.api.audience.add(those)
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        evenement = await events_of(office.scene).get(work, fete["id"])
        assert await office.api.give(work, evenement, holder.id) is not None
        await work.commit()
    answer = await cancel(organiser, fete)
    assert answer.json()["achats_a_rembourser"] == 0
    await office.settle()
    assert await office.statuts(holder) == ["ANNULE"]
    assert office.news_of(holder) == office.news_of(expecting) == ["spotvibe.event_cancelled"]
