"""What other slices do with events: seats, decisions, their end (DECISIONS.md section 2, "Events" and "Tickets")."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from adapters.db.work import PgWorks
from core.access.principal import SYSTEM
from core.primitives.errors import DomainError, Kind
from core.primitives.ids import new_id
from core.work import Delivery
from plugins.spotvibe.events.domain import Evenement, Statut, TypeAcces
from plugins.spotvibe.events.moderation_service import Moderation
from plugins.spotvibe.events.store import EventStore
from tests.plugins.spotvibe.happenings import approve, approved, events_of, made
from tests.scene import Scene

END = Delivery(new_id(), "job", "spotvibe_events.end_past_events", {})


async def take(scene: Scene, key: int, number: int = 1) -> Evenement | None:
    """Take seats in a transaction of their own."""
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        found: Evenement | None = await events_of(scene).take_seats(work, key, number)
        await work.commit()
    return found


async def seats(scene: Scene, key: int) -> int:
    """The seats that are taken."""
    found: int = await scene.owner.fetchval("select places_prises from spotvibe_evenement where id = $1", key)
    return found


async def test_parallel_takers_never_get_one_seat_too_many(scene: Scene) -> None:
    ama = await scene.person()
    for number, capacity, winners in ((1, 10, 10), (3, 10, 3)):
        event = await approved(scene, ama, capacite=capacity)
        got = await asyncio.gather(*(take(scene, event["id"], number) for _ in range(40)))
        assert len([each for each in got if each is not None]) == winners
        assert await seats(scene, event["id"]) == winners * number
        assert sorted(each.places_prises for each in got if each) == [number * (n + 1) for n in range(winners)]


async def test_seats_come_back_and_are_taken_again(scene: Scene) -> None:
    ama = await scene.person()
    event = await approved(scene, ama, capacite=2, type_acces="PAYANT", prix=100)
    taken = await take(scene, event["id"], 2)
    assert taken == Evenement(
        id=event["id"],
        createur=ama.id,
        titre=event["titre"],
        lieu=event["lieu"],
        adresse=event["adresse"],
        date_debut=datetime.fromisoformat(event["date_debut"]),
        date_fin=datetime.fromisoformat(event["date_fin"]),
        type_acces=TypeAcces.PAYANT,
        prix=taken.prix,
        capacite=2,
        places_prises=2,
        statut=Statut.VALIDE,
    )
    assert (str(taken.prix), taken.places_libres) == ("100.00", 0)
    assert await take(scene, event["id"]) is None
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        await events_of(scene).free_seats(work, event["id"], 1)
        assert (await events_of(scene).get(work, event["id"])).places_libres == 1
        assert (await events_of(scene).lock(work, event["id"])).places_prises == 1
        await work.commit()
    assert (await take(scene, event["id"])).places_libres == 0
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        await events_of(scene).free_seats(work, event["id"], 5)
        await work.commit()
    assert await seats(scene, event["id"]) == 0


async def test_without_a_capacity_there_is_always_room(scene: Scene) -> None:
    ama = await scene.person()
    event = await approved(scene, ama)
    assert (await take(scene, event["id"], 1_000)).places_libres is None
    assert (await take(scene, event["id"], 1_000)).places_prises == 2_000


@pytest.mark.parametrize("statut", ["EN_ATTENTE", "REJETE", "ANNULE", "TERMINE"])
async def test_only_a_valid_event_has_seats(scene: Scene, statut: str) -> None:
    ama = await scene.person()
    event = await approved(scene, ama)
    await scene.owner.execute("update spotvibe_evenement set statut = $2 where id = $1", event["id"], statut)
    assert await take(scene, event["id"]) is None
    assert await take(scene, 2**62) is None


async def test_an_event_that_ended_has_none_before_the_job_comes(scene: Scene) -> None:
    ama = await scene.person()
    event = await approved(scene, ama)
    await scene.owner.execute(
        "update spotvibe_evenement set date_debut = now() - interval '1 hour', date_fin = now() where id = $1",
        event["id"],
    )
    assert await take(scene, event["id"]) is None


async def test_staff_decide_once_and_it_is_told(scene: Scene) -> None:
    ama, staff = await scene.person(), await scene.person(staff=True)
    event = await made(ama)
    api = events_of(scene)
    works = PgWorks(scene.installed.composition.database, {"spotvibe.event_decided": ("test.hear",)})
    async with works.everywhere(SYSTEM) as work:
        assert await api.reject(work, event["id"], staff.id, "Sans adresse") == event["titre"]
        await work.commit()
        (told,) = work._outbox
    assert told[1:3] == ("spotvibe.event_decided", "test.hear")
    decided = {"createur": ama.id, "titre": event["titre"], "statut": "REJETE", "motif": "Sans adresse"}
    assert msgspec.json.decode(told[3]) == {"evenement": event["id"], **decided}
    entry = await scene.owner.fetchrow(
        "select action, details from audit_entry where object_type = 'Evenement' and object_id = $1"
        " order by created_at desc limit 1",
        str(event["id"]),
    )
    assert entry["action"] == "REJECT"
    assert "Sans adresse" in entry["details"]
    for decide in (api.approve, api.reject):
        async with scene.kernel.works.everywhere(SYSTEM) as work:
            with pytest.raises(DomainError) as refused:
                await decide(work, event["id"], staff.id, "")
            assert refused.value.kind is Kind.CONFLICT
            with pytest.raises(DomainError) as refused:
                await decide(work, 2**62, staff.id, "")
            assert refused.value.kind is Kind.MISSING


async def test_of_parallel_decisions_one_holds(scene: Scene) -> None:
    ama, staff = await scene.person(), await scene.person(staff=True)
    event = await made(ama)
    outcomes = await asyncio.gather(*(approve(scene, event["id"], staff) for _ in range(5)), return_exceptions=True)
    assert len([each for each in outcomes if each == event["titre"]]) == 1
    assert all(each.kind is Kind.CONFLICT for each in outcomes if isinstance(each, DomainError))


async def test_a_cancelled_event_stays_so(scene: Scene) -> None:
    ama = await scene.person()
    event = await approved(scene, ama)
    for outcome in (True, False):
        async with scene.kernel.works.everywhere(SYSTEM) as work:
            assert await events_of(scene).cancelled(work, event["id"]) is outcome
            await work.commit()
    assert (await ama.client.get(f"/api/events/{event['id']}/")).json()["statut"] == "ANNULE"
    assert (await scene.api().get(f"/api/events/{event['id']}/")).status_code == 404


class LateClock:
    """A clock that goes ahead."""

    def now(self) -> datetime:
        """A moment ahead."""
        return datetime.now(UTC) + timedelta(days=400)


async def test_events_that_ended_are_ended_in_batches_and_others_are_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ama = await scene.person()
    monkeypatch.setattr("plugins.spotvibe.events.moderation_service.BATCH", 2)
    past = [await approved(scene, ama), await approved(scene, ama), await approved(scene, ama)]
    others = [await made(await scene.person()), await approved(scene, await scene.person())]
    for event in past:
        await scene.owner.execute(
            "update spotvibe_evenement set date_debut = now() - interval '1 hour', date_fin = now() where id = $1",
            event["id"],
        )
    handler = scene.installed.composition.handlers["spotvibe_events.end_past_events"]
    await asyncio.gather(handler(END), handler(END))

    async def statuts(events: list[Any]) -> list[str]:
        return [
            await scene.owner.fetchval("select statut from spotvibe_evenement where id = $1", event["id"])
            for event in events
        ]

    assert await statuts(past) == ["TERMINE"] * 3
    assert await statuts(others) == ["EN_ATTENTE", "VALIDE"]
    late = Moderation(scene.kernel.works, EventStore(), LateClock())
    await late.end_past(END)
    assert await statuts(others) == ["EN_ATTENTE", "TERMINE"]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("places_prises = -1", "ck_spotvibe_evenement_places_prises"),
        ("capacite = 5, places_prises = 6", "ck_spotvibe_evenement_places_prises"),
        ("capacite = 0", "ck_spotvibe_evenement_capacite"),
        ("prix = 1", "ck_spotvibe_evenement_prix"),
        ("type_acces = 'PAYANT'", "ck_spotvibe_evenement_prix"),
        ("type_acces = 'PAYANT', prix = 'NaN'", "ck_spotvibe_evenement_prix"),
        ("date_fin = date_debut", "ck_spotvibe_evenement_date_fin"),
        ("latitude = 1", "ck_spotvibe_evenement_position"),
        ("latitude = 'NaN', longitude = 1", "ck_spotvibe_evenement_position"),
        ("statut = 'AUTRE'", "ck_spotvibe_evenement_statut"),
        ("archived_at = now()", "ck_spotvibe_evenement_archived_at"),
    ],
)
async def test_the_database_refuses_what_cannot_be(scene: Scene, change: str, constraint: str) -> None:
    ama = await scene.person()
    event = await approved(scene, ama)
    with pytest.raises(Exception, match=constraint):
        await scene.owner.execute(f"update spotvibe_evenement set {change} where id = $1", event["id"])
