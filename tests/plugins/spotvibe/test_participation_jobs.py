"""What becomes of participations by itself: cancelled events, refunds, reminders (DECISIONS.md section 2)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.access.principal import SYSTEM
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import approved, moment
from tests.plugins.spotvibe.joining import invite, join, leave, participants, rows


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of this module's own."""
    urls = cluster.clone(unique("spotvibe_expected"))
    async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
        yield opened


async def test_who_has_his_money_back_comes_no_more(office: BoxOffice) -> None:
    fan, other = await office.scene.person(), await office.scene.person()
    concert, second = await office.concert(), await office.concert()
    key = await office.paid(fan, concert)
    for person, evenement in ((fan, second), (other, concert)):
        await office.paid(person, evenement)
    for person, evenement in ((fan, concert), (fan, second), (other, concert)):
        assert (await join(person, evenement)).status_code == 201
    asked = await fan.client.post(
        "/api/payments/refunds/", json={"payment_uuid": key, "raison": "DEMANDE_CLIENT", "description": ""}
    )
    assert asked.status_code == 201, asked.text
    payments = office.scene.installed.composition.wired["spotvibe_payments"].api
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        await payments.approve_refund(work, asked.json()["id"], None)
        await work.commit()
    await office.scene.installed.drain()
    assert await rows(office, concert) == {"PARTICIPE": 2}
    await office.scene.owner.execute(
        "update outbox set available_at = now() where done_at is null and subscriber = 'payments.look_at_refund'"
    )
    await office.scene.installed.drain()
    assert "REMBOURSE" in await office.statuts(fan)
    assert [each["id"] for each in await participants(other, concert)] == [other.id]
    assert await rows(office, second) == {"PARTICIPE": 1}


async def test_a_cancelled_event_is_told_to_those_who_expect_it(office: BoxOffice) -> None:
    organiser, comes, interested, gone = [await office.scene.person() for _ in range(4)]
    evenement = await approved(office.scene, organiser, type_acces="INVITATION")
    await invite(organiser, evenement, comes)
    await join(comes, evenement)
    await join(interested, evenement, "INTERESSE")
    await join(gone, evenement, "INTERESSE")
    await leave(gone, evenement)
    cancelled = await organiser.client.post(f"/api/events/{evenement['id']}/cancel/")
    assert cancelled.status_code == 200, cancelled.text
    await office.scene.installed.drain()
    told = [office.news_of(person).count("spotvibe.event_cancelled") for person in (comes, interested, gone)]
    assert told == [1, 1, 0]


async def test_participants_are_reminded_once_a_day_before(office: BoxOffice) -> None:
    organiser, early, late, holder, interested = [await office.scene.person() for _ in range(5)]
    evenement = await approved(
        office.scene, organiser, type_acces="INVITATION", date_debut=moment(hours=20), date_fin=moment(hours=30)
    )
    await invite(organiser, evenement, early, late)
    for person in (early, late):
        assert (await join(person, evenement)).status_code == 201
    await join(interested, evenement, "INTERESSE")
    free = await approved(office.scene, organiser, date_debut=moment(hours=20), date_fin=moment(hours=30))
    assert (await join(holder, free)).status_code == 201
    distant = await approved(office.scene, organiser, type_acces="INVITATION")
    await invite(organiser, distant, early)
    await join(early, distant)
    await office.scene.owner.execute(
        "update spotvibe_participation set date_participation = now() - interval '2 days' where user_id = any($1)",
        [early.id, holder.id, interested.id],
    )
    for _ in range(2):
        await remind(office)
    told = {
        person.id: [
            payload
            for topic, payload in office.news
            if topic == "spotvibe.event_reminder" and payload["user"] == person.id
        ]
        for person in (early, late, holder, interested)
    }
    assert [len(told[person.id]) for person in (early, late, holder, interested)] == [1, 0, 0, 0]
    reminder = told[early.id][0]
    assert (reminder["evenement"], reminder["titre"]) == (evenement["id"], evenement["titre"])
    marked = "select rappel_le is not null from spotvibe_participation where user_id = $1 and evenement_id = $2"
    assert await office.scene.owner.fetchval(marked, holder.id, free["id"])
    assert not await office.scene.owner.fetchval(marked, early.id, distant["id"])


async def remind(office: BoxOffice) -> None:
    """Run the job of reminders, twice at once, and what comes of it."""
    composition = office.scene.installed.composition
    handler = composition.handlers["spotvibe_participations.remind_participants"]
    await asyncio.gather(handler(None), handler(None))  # type: ignore[arg-type]
    await office.scene.installed.drain()
