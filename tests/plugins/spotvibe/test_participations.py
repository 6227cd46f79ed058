"""Participations (contracts/spotvibe.md sections 4.3 and 4.6; DECISIONS.md section 2, "Participation")."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from core.access.principal import SYSTEM
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import approved, made
from tests.plugins.spotvibe.joining import JOIN, invite, join, leave, participants, rows
from tests.scene import Person

OWN = "/api/events/my-participations/"


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of this module's own."""
    urls = cluster.clone(unique("spotvibe_participations"))
    async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
        yield opened


async def test_somebody_comes_gets_a_ticket_and_cancels(office: BoxOffice) -> None:
    organiser, fan = await office.scene.person(), await office.scene.person()
    evenement = await approved(office.scene, organiser, capacite=5)
    joined = await join(fan, evenement)
    ticket = (await office.tickets(fan))[0]
    assert (joined.status_code, joined.json()) == (
        201,
        {
            "message": "Participation enregistrée avec succès.",
            "id": joined.json()["id"],
            "statut_participation": "PARTICIPE",
            "billet_id": ticket["id"],
        },
    )
    assert (ticket["prix"], ticket["statut"]) == ("0.00", "PAYE")
    assert ticket["code_qr_url"]
    assert await participants(organiser, evenement) == [
        {"id": fan.id, "username": fan.username, "photo_profil": None, "statut_participation": "PARTICIPE"}
    ]
    own = await fan.client.get(OWN)
    assert own.headers["x-total-count"] == "1"
    assert own.json() == [
        {
            "id": joined.json()["id"],
            "evenement": {
                "id": evenement["id"],
                "titre": evenement["titre"],
                "date_debut": evenement["date_debut"],
                "date_fin": evenement["date_fin"],
                "lieu": "Parc Central",
                "type_acces": "GRATUIT",
                "image_couverture": None,
                "statut": "VALIDE",
            },
            "statut_participation": "PARTICIPE",
            "date_participation": own.json()[0]["date_participation"],
        }
    ]
    assert await office.seats(evenement) == 1
    left = await leave(fan, evenement)
    assert (left.status_code, left.json()) == (200, {"message": "Participation annulée avec succès."})
    assert (await office.seats(evenement), await office.statuts(fan)) == (0, ["ANNULE"])
    assert (await fan.client.get(OWN)).json() == []
    again = await leave(fan, evenement)
    assert (again.status_code, again.json()["code"]) == (400, "spotvibe_participation_none")
    assert (await join(fan, evenement)).status_code == 201


async def test_the_same_again_is_400_and_interest_becomes_coming(office: BoxOffice) -> None:
    fan = await office.scene.person()
    evenement = await approved(office.scene, fan)
    interested = await join(fan, evenement, "INTERESSE")
    assert (interested.status_code, interested.json()["billet_id"]) == (201, None)
    assert (await join(fan, evenement, "INTERESSE")).json()["code"] == "spotvibe_participation_already"
    assert (await office.seats(evenement), await office.tickets(fan)) == (0, [])
    comes = await join(fan, evenement)
    assert (comes.status_code, comes.json()["id"]) == (201, interested.json()["id"])
    for status in ("PARTICIPE", "INTERESSE"):
        refused = await join(fan, evenement, status)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"status"})
    assert await rows(office, evenement) == {"PARTICIPE": 1}
    assert (await leave(fan, evenement)).status_code == 200
    assert (await join(fan, evenement, "INTERESSE")).status_code == 201


async def test_a_full_event_is_400_until_somebody_leaves(office: BoxOffice) -> None:
    first, second = await office.scene.person(), await office.scene.person()
    evenement = await approved(office.scene, first, capacite=1)
    assert (await join(first, evenement)).status_code == 201
    refused = await join(second, evenement)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_participation_full")
    assert (await rows(office, evenement), await office.tickets(second)) == ({"PARTICIPE": 1}, [])
    assert (await join(second, evenement, "INTERESSE")).status_code == 201
    assert (await join(second, evenement)).status_code == 400
    assert await rows(office, evenement) == {"PARTICIPE": 1, "INTERESSE": 1}
    assert (await leave(first, evenement)).status_code == 200
    assert (await join(second, evenement)).status_code == 201


async def test_the_last_seats_asked_for_by_many_at_once_are_given_once(office: BoxOffice) -> None:
    fans = [await office.scene.person() for _ in range(12)]
    evenement = await approved(office.scene, fans[0], capacite=3)
    answers = await asyncio.gather(*(join(fan, evenement) for fan in fans for _ in range(2)))
    assert Counter(answer.status_code for answer in answers) == {201: 3, 400: 21}
    held = await office.scene.owner.fetch(
        "select user_id, count(*) as tickets from spotvibe_billet where evenement_id = $1 and statut = 'PAYE'"
        " group by user_id",
        evenement["id"],
    )
    assert sorted(row["tickets"] for row in held) == [1, 1, 1]
    coming = await participants(fans[0], evenement)
    assert {each["id"] for each in coming} == {row["user_id"] for row in held}
    assert await office.seats(evenement) == 3
    assert {answer.json()["billet_id"] for answer in answers if answer.status_code == 201} == {
        ticket["id"] for fan in fans for ticket in await office.tickets(fan)
    }


async def test_coming_and_leaving_at_once_leaves_no_seat_behind(office: BoxOffice) -> None:
    fans = [await office.scene.person() for _ in range(4)]
    evenement = await approved(office.scene, fans[0], capacite=3)

    async def come_and_go(fan: Person) -> None:
        for _ in range(4):
            answers = await asyncio.gather(
                join(fan, evenement), leave(fan, evenement), join(fan, evenement, "INTERESSE")
            )
            assert {answer.status_code for answer in answers} <= {200, 201, 400}

    await asyncio.gather(*(come_and_go(fan) for fan in fans))
    coming = (await rows(office, evenement))["PARTICIPE"]
    good = "select count(*) from spotvibe_billet where evenement_id = $1 and statut = 'PAYE'"
    assert await office.seats(evenement) == coming == await office.scene.owner.fetchval(good, evenement["id"]) <= 3


async def test_a_paid_event_needs_a_paid_ticket(office: BoxOffice) -> None:
    fan = await office.scene.person()
    concert = await office.concert()
    assert (await join(fan, concert, "INTERESSE")).status_code == 201
    refused = await join(fan, concert)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_participation_no_ticket")
    pending = await office.begun(fan, concert)
    assert (await join(fan, concert)).status_code == 400
    assert await office.pay(fan, pending) == "REUSSI"
    joined = await join(fan, concert)
    assert (joined.status_code, joined.json()["billet_id"]) == (201, None)
    assert await office.seats(concert) == 1
    assert (await leave(fan, concert)).status_code == 200
    assert (await office.seats(concert), await office.statuts(fan)) == (1, ["PAYE"])


async def test_an_event_by_invitation_needs_one(office: BoxOffice) -> None:
    organiser, guest, other = [await office.scene.person() for _ in range(3)]
    evenement = await approved(office.scene, organiser, type_acces="INVITATION", capacite=1)
    assert (await join(guest, evenement, "INTERESSE")).status_code == 201
    refused = await join(guest, evenement)
    assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_participation_not_invited")
    assert (await invite(organiser, evenement, guest, other)).status_code == 201
    joined = await join(guest, evenement)
    assert (joined.status_code, joined.json()["billet_id"]) == (201, None)
    assert await office.seats(evenement) == 1
    full = await join(other, evenement)
    assert (full.status_code, full.json()["code"]) == (400, "spotvibe_participation_full")
    assert (await leave(guest, evenement)).status_code == 200
    assert await office.seats(evenement) == 0
    assert (await join(other, evenement)).status_code == 201


async def test_the_last_seat_by_invitation_is_given_once(office: BoxOffice) -> None:
    organiser, *guests = [await office.scene.person() for _ in range(7)]
    evenement = await approved(office.scene, organiser, type_acces="INVITATION", capacite=2)
    await invite(organiser, evenement, *guests)
    answers = await asyncio.gather(*(join(guest, evenement) for guest in guests))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 400: 4}
    assert (await office.seats(evenement), await rows(office, evenement)) == (2, {"PARTICIPE": 2})


async def test_only_an_event_that_is_valid_and_not_over_can_be_joined(office: BoxOffice) -> None:
    organiser, fan = await office.scene.person(), await office.scene.person()
    waiting = await made(organiser)
    hidden = await join(fan, waiting)
    assert (hidden.status_code, hidden.json()["code"]) == (400, "not_reference")
    own = await join(organiser, waiting)
    assert (own.status_code, own.json()["code"]) == (400, "spotvibe_participation_not_open")
    over = await approved(office.scene, organiser)
    await office.scene.owner.execute(
        "update spotvibe_evenement set date_debut = $2, date_fin = now() where id = $1",
        over["id"],
        await office.scene.owner.fetchval("select now() - interval '1 hour'"),
    )
    for status in ("PARTICIPE", "INTERESSE"):
        refused = await join(fan, over, status)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"event_id"})
    assert await rows(office, over) == {}


async def test_nobody_leaves_what_is_over_or_after_the_door(office: BoxOffice) -> None:
    organiser, fan = await office.scene.person(), await office.scene.person()
    evenement = await approved(office.scene, organiser, capacite=2)
    await join(fan, evenement)
    scanned = await office.scan(organiser, (await office.tickets(fan))[0])
    assert scanned.status_code == 200, scanned.text
    refused = await leave(fan, evenement)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_participation_inside")
    await office.scene.owner.execute(
        "update spotvibe_evenement set date_debut = now() - interval '2 hours', date_fin = now() where id = $1",
        evenement["id"],
    )
    refused = await leave(fan, evenement)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_participation_over")
    assert (await rows(office, evenement), await office.seats(evenement)) == ({"PARTICIPE": 1}, 1)


async def test_an_event_that_became_a_paid_one_meanwhile_gives_no_free_ticket(
    office: BoxOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    fan = await office.scene.person()
    evenement = await approved(office.scene, fan)
    give = type(office.api).give

    async def change_and_give(self: Any, work: Any, found: Any, number: int) -> Any:
        await office.scene.owner.execute(
            "update spotvibe_evenement set type_acces = 'PAYANT', prix = 5000 where id = $1", evenement["id"]
        )
        return await give(self, work, found, number)

    monkeypatch.setattr(type(office.api), "give", change_and_give)
    refused = await join(fan, evenement)
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_participation_event_changed")
    assert (await office.tickets(fan), await office.seats(evenement)) == ([], 0)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"event_id": 2**62}, {"event_id"}),
        ({"event_id": 2**63}, {"event_id"}),
        ({"event_id": 0}, {"event_id"}),
        ({"event_id": "1"}, {"event_id"}),
        ({"event_id": None, "status": None}, {"event_id", "status"}),
        ({"status": "PEUT-ETRE"}, {"status"}),
        ({"status": "participe"}, {"status"}),
    ],
)
async def test_a_request_that_cannot_be_read_is_400(office: BoxOffice, fields: dict[str, Any], wrong: set[str]) -> None:
    fan = await office.scene.person()
    refused = await fan.client.post(JOIN, json={"event_id": 1, "status": "PARTICIPE", **fields})
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)


async def test_participants_are_shown_to_those_who_see_the_event(office: BoxOffice) -> None:
    organiser, fan, other = [await office.scene.person() for _ in range(3)]
    staff = await office.scene.person(staff=True)
    evenement = await approved(office.scene, organiser)
    await join(fan, evenement)
    await join(other, evenement, "INTERESSE")
    assert [each["id"] for each in await participants(other, evenement)] == [fan.id, other.id]
    shown = await participants(other, evenement, statut_participation="INTERESSE")
    assert [each["id"] for each in shown] == [other.id]
    path = f"/api/events/{evenement['id']}/participants/"
    wrong = await other.client.get(path, params={"statut_participation": "x"})
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"statut_participation"})
    cut = await other.client.get(path, params={"limit": 1, "offset": 1})
    assert ([each["id"] for each in cut.json()], cut.headers["x-total-count"]) == ([other.id], "2")
    past = await other.client.get(path, params={"offset": 7})
    assert (past.json(), past.headers["x-total-count"]) == ([], "2")
    await office.scene.owner.execute("update account set is_active = false where number = $1", fan.id)
    assert [each["id"] for each in await participants(other, evenement)] == [other.id]
    await office.scene.owner.execute("update spotvibe_evenement set statut = 'REJETE' where id = $1", evenement["id"])
    assert (await other.client.get(path)).status_code == 404
    for viewer in (organiser, staff):
        assert [each["id"] for each in await participants(viewer, evenement)] == [other.id]
    for key in ("abc", "0", str(2**62), str(2**63)):
        assert (await other.client.get(f"/api/events/{key}/participants/")).status_code == 404
        assert (await other.client.post(f"/api/events/{key}/cancel-participation/")).status_code == 404


async def test_an_event_that_is_hidden_is_not_told_of(office: BoxOffice) -> None:
    organiser, fan = await office.scene.person(), await office.scene.person()
    waiting = await made(organiser)
    assert (await leave(fan, waiting)).status_code == 404
    assert (await leave(organiser, waiting)).status_code == 400


async def test_own_participations_are_newest_first_without_deleted_events(office: BoxOffice) -> None:
    organiser, fan = await office.scene.person(), await office.scene.person()
    first, second = [await approved(office.scene, organiser) for _ in range(2)]
    await join(fan, first, "INTERESSE")
    await join(fan, second)
    own = (await fan.client.get(OWN)).json()
    assert [each["evenement"]["id"] for each in own] == [second["id"], first["id"]]
    deleted = await organiser.client.delete(f"/api/events/{first['id']}/delete/")
    assert deleted.status_code == 204, deleted.text
    own = (await fan.client.get(OWN)).json()
    assert [each["evenement"]["id"] for each in own] == [second["id"]]
    past = await fan.client.get(OWN, params={"offset": 3})
    assert (past.json(), past.headers["x-total-count"]) == ([], "1")


async def test_an_idempotency_key_joins_once(office: BoxOffice) -> None:
    fan = await office.scene.person()
    evenement = await approved(office.scene, fan)
    headers = {"idempotency-key": unique("key")}
    first, again = [await join(fan, evenement, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await join(fan, evenement, "INTERESSE", headers=headers)
    assert other.status_code == 409


async def test_those_who_come_are_counted(office: BoxOffice) -> None:
    organiser, fan = await office.scene.person(), await office.scene.person()
    evenement = await approved(office.scene, organiser)
    await join(organiser, evenement, "INTERESSE")
    await join(fan, evenement)
    counted = "select count(*) from spotvibe_participation where statut = 'PARTICIPE'"
    api = office.scene.installed.composition.wired["spotvibe_events"].api
    async with office.scene.kernel.works.everywhere(SYSTEM) as work:
        figures = await api.counters.count(work)
    assert figures["total_participants"] == await office.scene.owner.fetchval(counted) > 0


async def test_the_database_keeps_one_participation_of_each(office: BoxOffice) -> None:
    fan = await office.scene.person()
    evenement = await approved(office.scene, fan)
    insert = "insert into spotvibe_participation (evenement_id, user_id, statut, place_prise) values ($1, $2, $3, $4)"
    await office.scene.owner.execute(insert, evenement["id"], fan.id, "PARTICIPE", False)
    with pytest.raises(asyncpg.UniqueViolationError):
        await office.scene.owner.execute(insert, evenement["id"], fan.id, "INTERESSE", False)
    other = await office.scene.person()
    for statut, seated in (("PEUT-ETRE", False), ("INTERESSE", True)):
        with pytest.raises(asyncpg.CheckViolationError):
            await office.scene.owner.execute(insert, evenement["id"], other.id, statut, seated)
