"""Tickets without a price, reminders, what other slices ask of tickets, and what requests cost (DECISIONS.md section 2,
"Participation", "Tickets")."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.access.principal import SYSTEM
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import MINE, PURCHASE, BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import approved, events_of, moment
from tests.scene import Person
from tests.statements import Counter, telling


@pytest.fixture(scope="module")
async def office(
    counter: Counter, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BoxOffice]:
    """A box office whose every connection tells what it runs."""
    urls = cluster.clone(unique("spotvibe_free"))
    with telling(counter):
        async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
            yield opened


async def give(office: BoxOffice, evenement: Any, person: Person) -> int | None:
    """Give somebody a free ticket."""
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        found = await events_of(office.scene).get(work, evenement["id"])
        given: int | None = await office.api.give(work, found, person.id)
        await work.commit()
    return given


async def take_back(office: BoxOffice, evenement: Any, person: Person) -> bool:
    """Take somebody's free ticket back."""
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        taken: bool = await office.api.take_back(work, evenement["id"], person.id)
        await work.commit()
    return taken


async def holds(office: BoxOffice, evenement: Any, person: Person) -> bool:
    """Whether somebody holds a ticket."""
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        found: bool = await office.api.holds(work, evenement["id"], person.id)
    return found


async def test_a_free_ticket_takes_a_seat_and_has_a_code(office: BoxOffice) -> None:
    organiser, guest = await office.scene.person(), await office.scene.person()
    fete = await approved(office.scene, organiser, capacite=1)
    made = await give(office, fete, guest)
    assert made is not None
    assert await give(office, fete, guest) == made
    assert (await office.seats(fete), await holds(office, fete, guest)) == (1, True)
    (ticket,) = await office.tickets(guest)
    assert (ticket["id"], ticket["prix"], ticket["statut"], ticket["payment_uuid"]) == (made, "0.00", "PAYE", None)
    assert (await office.scene.api().get(ticket["code_qr_url"])).status_code == 200
    late = await office.scene.person()
    assert await give(office, fete, late) is None
    assert (await office.tickets(late), await holds(office, fete, late)) == ([], False)
    assert await take_back(office, fete, guest)
    assert not await take_back(office, fete, guest)
    assert (await office.statuts(guest), await office.seats(fete)) == (["ANNULE"], 0)
    assert await give(office, fete, late) is not None
    (ticket,) = await office.tickets(late)
    assert (await office.scan(organiser, ticket)).status_code == 200
    assert not await take_back(office, fete, late)
    assert (await holds(office, fete, late), await office.seats(fete)) == (True, 1)
    assert (await late.client.get("/api/users/stats/")).json()["total_tickets_purchased"] == 0


async def test_somebody_gets_one_free_ticket_however_often_he_asks(office: BoxOffice) -> None:
    guest, fete = await office.scene.person(), await approved(office.scene, await office.scene.person(), capacite=9)
    given = await asyncio.gather(*(give(office, fete, guest) for _ in range(5)))
    assert len(set(given)) == 1
    assert await office.seats(fete) == 1


async def test_a_paid_ticket_is_not_taken_back(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    assert not await holds(office, concert, buyer)
    key = await office.begun(buyer, concert)
    assert not await holds(office, concert, buyer)
    await office.pay(buyer, key)
    assert await holds(office, concert, buyer)
    assert not await take_back(office, concert, buyer)


async def test_holders_are_reminded_once(office: BoxOffice) -> None:
    holder, late, waiting = [await office.scene.person() for _ in range(3)]
    soon = await office.concert(date_debut=moment(hours=23), date_fin=moment(hours=30))
    far = await office.concert(date_debut=moment(hours=25), date_fin=moment(hours=30))
    for evenement in (soon, far):
        await office.paid(holder, evenement, quantity=2)
    await office.begun(waiting, soon)
    await office.scene.owner.execute("update spotvibe_billet set created_at = now() - interval '2 days'")
    await office.paid(late, soon)
    for _ in range(2):
        await office.run("remind_holders")
    told = [payload for topic, payload in office.news if topic == "spotvibe.event_reminder"]
    assert told == [
        {"evenement": soon["id"], "titre": soon["titre"], "date_debut": soon["date_debut"], "user": holder.id}
    ]
    await office.paid(holder, soon)
    await office.scene.owner.execute("update spotvibe_billet set created_at = now() - interval '2 days'")
    await office.run("remind_holders")
    assert office.news_of(holder).count("spotvibe.event_reminder") == 1
    assert office.news_of(late).count("spotvibe.event_reminder") == 1


async def test_a_purchase_costs_12_statements(office: BoxOffice, counter: Counter) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    office.scene.installed.composition.access.forget()
    await counter.begin()
    answer = await buyer.client.post(PURCHASE, json=office.order(concert, quantity=10))
    ran = await counter.heard()
    assert answer.status_code == 201, answer.text
    assert 5 < len(ran) <= 12, ran
    # the event's row is held no longer than it must be: only what is recorded of the work follows
    (seats,) = [place for place, statement in enumerate(ran) if "set places_prises" in statement]
    assert ran[seats + 1].startswith("with audited as"), ran
    assert not [statement for statement in ran[seats + 2 :] if not statement.startswith("select")], ran


async def test_a_list_of_tickets_costs_3_statements(office: BoxOffice, counter: Counter) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    await office.paid(buyer, concert, quantity=10)
    office.scene.installed.composition.access.forget()
    await counter.begin()
    answer = await buyer.client.get(MINE)
    ran = await counter.heard()
    assert len(answer.json()) == 10
    assert 1 < len(ran) <= 3, ran


async def test_a_list_of_tickets_is_cut(office: BoxOffice) -> None:
    buyer, concert = await office.scene.person(), await office.concert()
    await office.begun(buyer, concert, quantity=5)
    whole = await office.tickets(buyer)
    cut = await buyer.client.get(MINE, params={"limit": 2, "offset": 1})
    assert cut.headers["x-total-count"] == "5"
    assert [ticket["id"] for ticket in cut.json()] == [ticket["id"] for ticket in whole[1:3]]
    past = await buyer.client.get(MINE, params={"offset": 50})
    assert (past.json(), past.headers["x-total-count"]) == ([], "5")
    assert [ticket["id"] for ticket in whole] == sorted((ticket["id"] for ticket in whole), reverse=True)
