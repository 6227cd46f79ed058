"""Invitations (DECISIONS.md section 2, "Participation")."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import approved, made
from tests.scene import Person

INVITED = "spotvibe.invited"


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of this module's own, which hears of invitations, too."""
    urls = cluster.clone(unique("spotvibe_invitations"))
    async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
        opened.listen_to(INVITED)
        yield opened


def path(evenement: Any) -> str:
    """Where an event's invitations are."""
    return f"/api/events/{evenement['id']}/invitations/"


async def invite(person: Person, evenement: Any, *guests: int, **options: Any) -> Any:
    """Invite to an event."""
    return await person.client.post(path(evenement), json={"user_ids": list(guests)}, **options)


async def test_an_organiser_invites_and_sees_who_comes(office: BoxOffice) -> None:
    organiser, first, second = [await office.scene.person() for _ in range(3)]
    evenement = await approved(office.scene, organiser, type_acces="INVITATION")
    sent = await invite(organiser, evenement, first.id, second.id, first.id)
    assert (sent.status_code, sent.json()) == (
        201,
        {"message": "Invitations envoyées avec succès.", "invited_count": 2},
    )
    await first.client.post("/api/events/participate/", json={"event_id": evenement["id"], "status": "PARTICIPE"})
    listed = await organiser.client.get(path(evenement))
    assert listed.headers["x-total-count"] == "2"
    assert listed.json() == [
        {
            "id": person.id,
            "username": person.username,
            "photo_profil": None,
            "date_invitation": listed.json()[place]["date_invitation"],
            "statut_participation": answer,
        }
        for place, (person, answer) in enumerate([(second, None), (first, "PARTICIPE")])
    ]
    cut = await organiser.client.get(path(evenement), params={"limit": 1, "offset": 1})
    assert ([each["id"] for each in cut.json()], cut.headers["x-total-count"]) == ([first.id], "2")
    past = await organiser.client.get(path(evenement), params={"offset": 5})
    assert (past.json(), past.headers["x-total-count"]) == ([], "2")
    await office.scene.installed.drain()
    told = [payload for topic, payload in office.news if topic == INVITED and payload["user"] == second.id]
    assert told == [{"evenement": evenement["id"], "titre": evenement["titre"], "user": second.id, "par": organiser.id}]


async def test_who_is_invited_already_is_told_no_second_time(office: BoxOffice) -> None:
    organiser, guest = await office.scene.person(), await office.scene.person()
    evenement = await approved(office.scene, organiser)
    answers = await asyncio.gather(*(invite(organiser, evenement, guest.id) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sorted(answer.json()["invited_count"] for answer in answers) == [0, 0, 0, 1]
    await office.scene.installed.drain()
    assert office.news_of(guest) == [INVITED]


async def test_only_the_organiser_and_staff_invite(office: BoxOffice) -> None:
    organiser, guest = await office.scene.person(), await office.scene.person()
    staff, superuser = await office.scene.person(staff=True), await office.scene.person(profile=False, superuser=True)
    evenement = await approved(office.scene, organiser)
    for answer in (await invite(guest, evenement, guest.id), await guest.client.get(path(evenement))):
        assert (answer.status_code, answer.json()["code"]) == (403, "spotvibe_event_not_yours_to_invite")
    assert (await organiser.client.get(path(evenement))).json() == []
    assert (await invite(staff, evenement, guest.id)).json()["invited_count"] == 1
    assert (await invite(superuser, evenement, organiser.id)).json()["invited_count"] == 1
    assert (await staff.client.get(path(evenement))).headers["x-total-count"] == "2"


async def test_an_event_that_is_not_open_has_no_guests(office: BoxOffice) -> None:
    organiser, guest = await office.scene.person(), await office.scene.person()
    waiting = await made(organiser)
    assert (await invite(guest, waiting, guest.id)).status_code == 404
    assert (await guest.client.get(path(waiting))).status_code == 404
    refused = await invite(organiser, waiting, guest.id)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_participation_not_open")
    for key in ("abc", str(2**62), str(2**63)):
        assert (await invite(organiser, {"id": key}, guest.id)).status_code == 404


async def test_every_user_that_is_not_there_is_named(office: BoxOffice) -> None:
    organiser, guest, stranger = (
        await office.scene.person(),
        await office.scene.person(),
        await office.scene.person(profile=False),
    )
    evenement = await approved(office.scene, organiser)
    refused = await invite(organiser, evenement, guest.id, 2**62, stranger.id)
    unknown = f"Utilisateurs inconnus : {stranger.id}, {2**62}."
    assert (refused.status_code, refused.json()["details"]) == (400, {"user_ids": [unknown]})
    assert (await organiser.client.get(path(evenement))).json() == []


@pytest.mark.parametrize("value", [[], None, 1, "1", [0], ["1"], [None], [2**63], [1.5], list(range(1, 502))])
async def test_a_list_that_cannot_be_read_is_400(office: BoxOffice, value: object) -> None:
    organiser = await office.scene.person()
    evenement = await approved(office.scene, organiser)
    refused = await organiser.client.post(path(evenement), json={"user_ids": value})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"user_ids"})


async def test_an_idempotency_key_invites_once(office: BoxOffice) -> None:
    organiser, guest = await office.scene.person(), await office.scene.person()
    evenement = await approved(office.scene, organiser)
    headers = {"idempotency-key": unique("key")}
    first, again = [await invite(organiser, evenement, guest.id, headers=headers) for _ in range(2)]
    assert (first.json(), again.json()) == (first.json(), first.json())
    assert first.json()["invited_count"] == 1
