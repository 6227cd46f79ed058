"""Preferences, summaries and devices: what reaches whom, how, and when."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.access.principal import SYSTEM
from core.notifications.events import RecipientGone
from core.work import Delivery
from plugins.spotvibe.notifications.digest_service import last_morning
from plugins.spotvibe.notifications.domain import Annonce
from tests.installation import unique
from tests.plugins.spotvibe.happened import happen, inbox, sent
from tests.scene import Person, Scene

PREFERENCES = "/api/notifications/preferences/"
TOKENS = "/api/notifications/push-tokens/"
EXPIRED = "SUBSCRIPTION_EXPIRED"


async def prefer(person: Person, canal: str, type_notification: str = EXPIRED, **fields: Any) -> None:
    """Change a preference."""
    body = {"type_notification": type_notification, "canal": canal, **fields}
    answer = await person.client.put(PREFERENCES, json=body)
    assert (answer.status_code, answer.json()) == (200, {"message": "Préférences de notification mises à jour."})


async def chosen(person: Person) -> dict[tuple[str, str], tuple[bool, str]]:
    """What somebody prefers, by type and channel."""
    listed = (await person.client.get(PREFERENCES, params={"limit": 500})).json()
    return {(each["type_notification"], each["canal"]): (each["actif"], each["frequence"]) for each in listed}


async def expire(scene: Scene, person: Person, plan: str = "Gold") -> None:
    """Let something happen that is told by email, push and in the application."""
    await happen(scene, "spotvibe.subscription_expired", user=person.id, plan=plan)


async def device(person: Person, **fields: Any) -> str:
    """Register a device; its token."""
    token = unique("jeton")
    body = {"token": token, "plateforme": "ANDROID", "nom_appareil": "Mon Téléphone", **fields}
    made = await person.client.post(TOKENS, json=body)
    assert made.status_code == 201, made.text
    return token


async def reached(scene: Scene, person: Person, token: str) -> tuple[int, int, int]:
    """How many notifications came by email, by push, and in the application."""
    return (
        len(await sent(scene, person.email)),
        len(await sent(scene, token, "push")),
        len(await inbox(person)),
    )


async def test_everything_is_wanted_at_once_until_something_is_chosen(scene: Scene) -> None:
    person = await scene.person()
    before = await chosen(person)
    assert set(before.values()) == {(True, "IMMEDIATE")}
    assert before.keys() >= {("EVENT_REMINDER", "EMAIL"), ("RENEWAL_LINK", "SMS"), (EXPIRED, "IN_APP")}
    assert ("WELCOME", "SMS") not in before, "a channel that the type does not have"
    await prefer(person, "EMAIL", actif=False, frequence="JAMAIS")
    await prefer(person, "SMS", "WELCOME", frequence="HEBDOMADAIRE")
    after = await chosen(person)
    assert after == before | {(EXPIRED, "EMAIL"): (False, "JAMAIS"), ("WELCOME", "SMS"): (True, "HEBDOMADAIRE")}
    await prefer(person, "EMAIL", actif=True)
    assert (await chosen(person))[EXPIRED, "EMAIL"] == (True, "JAMAIS"), "what is absent stays"
    assert await chosen(await scene.person()) == before, "they are one's own"


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({}, {"type_notification", "canal"}),
        ({"type_notification": "INCONNU", "canal": "EMAIL"}, {"type_notification"}),
        ({"type_notification": "e\0", "canal": "EMAIL"}, {"type_notification"}),
        ({"type_notification": EXPIRED, "canal": "PIGEON"}, {"canal"}),
        ({"type_notification": EXPIRED, "canal": "EMAIL", "actif": "oui"}, {"actif"}),
        ({"type_notification": EXPIRED, "canal": "EMAIL", "frequence": "PARFOIS"}, {"frequence"}),
        ({"type_notification": EXPIRED, "canal": None, "actif": None, "frequence": 3}, {"canal", "actif", "frequence"}),
    ],
)
async def test_malformed_preferences_are_refused(scene: Scene, fields: dict[str, Any], failing: set[str]) -> None:
    person = await scene.person()
    refused = await person.client.put(PREFERENCES, json=fields)
    assert (refused.status_code, set(refused.json()["details"])) == (400, failing)


async def test_each_channel_is_switched_off_by_itself(scene: Scene) -> None:
    person = await scene.person()
    token = await device(person)
    await expire(scene, person)
    assert await reached(scene, person, token) == (1, 1, 1)
    await prefer(person, "EMAIL", actif=False)
    await expire(scene, person)
    assert await reached(scene, person, token) == (1, 2, 2)
    await prefer(person, "PUSH", frequence="JAMAIS")
    await expire(scene, person)
    assert await reached(scene, person, token) == (1, 2, 3)
    await prefer(person, "IN_APP", actif=False)
    await expire(scene, person)
    assert await reached(scene, person, token) == (1, 2, 3)


async def test_the_profiles_switches_hold_for_every_type(scene: Scene) -> None:
    person = await scene.person()
    token = await device(person)
    await person.client.put("/api/users/profile/", json={"notifications_email": False, "notifications_push": False})
    await expire(scene, person)
    assert await reached(scene, person, token) == (0, 0, 1)


async def test_messages_of_security_ignore_preferences(scene: Scene) -> None:
    person = await scene.person()
    await person.client.put("/api/users/profile/", json={"notifications_email": False})
    for type_notification, canal in await chosen(person):
        await prefer(person, canal, type_notification, actif=False, frequence="JAMAIS")
    asked = await scene.api().post("/api/auth/password-reset/", json={"email": person.email})
    assert asked.status_code == 200
    assert [each["subject"] for each in await sent(scene, person.email)] == ["Réinitialisation de votre mot de passe"]


async def test_an_sms_goes_only_where_the_template_has_it_and_there_is_a_number(scene: Scene) -> None:
    number = f"+22901{scene_number():08d}"
    person, without = await scene.person(phone=number), await scene.person()
    await expire(scene, person)
    assert await sent(scene, number, "sms") == []
    for each in (person, without):
        await happen(scene, "spotvibe.refund_done", user=each.id, refund=1, montant="500.00")
    (text,) = await sent(scene, number, "sms")
    assert text["body"].startswith("500 XOF vous ont été remboursés")
    assert len(await inbox(without)) == 1


def scene_number() -> int:
    """A number of eight digits that nobody has."""
    return 90_000_000 + int(unique("").split("-")[1]) % 10_000_000


async def test_a_device_gets_what_its_application_needs(scene: Scene) -> None:
    person = await scene.person()
    token = await device(person)
    news = Annonce(
        type_notification="EVENT_APPROVED", values={"evenement": "Bal"}, lien="/events/7", donnees={"event_id": 7}
    )
    api = scene.installed.composition.wired["spotvibe_notifications"].api
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        assert await api.tell(work, news, [person.id]) == {person.id}
        await work.commit()
    asked = "select payload::jsonb -> 'data' from outbox where payload::jsonb ->> 'recipient' = $1"
    data = json.loads(await scene.owner.fetchval(asked, token))
    await scene.installed.drain()
    (kept,) = await inbox(person)
    assert data == {
        "event_id": "7",
        "lien_action": "/events/7",
        "type_notification": "EVENT_APPROVED",
        "notification_id": str(kept["id"]),
    }


async def test_devices_are_listed_and_forgotten(scene: Scene) -> None:
    person, other = await scene.person(), await scene.person()
    token = await device(person)
    listed = (await person.client.get(TOKENS)).json()
    (one,) = listed
    assert one == {"id": one["id"], "token": token, "plateforme": "ANDROID", "nom_appareil": "Mon Téléphone"}
    assert (await other.client.delete(f"{TOKENS}{one['id']}/")).status_code == 404
    assert (await person.client.delete(f"{TOKENS}{one['id']}/")).status_code == 204
    assert (await person.client.delete(f"{TOKENS}{one['id']}/")).status_code == 404
    assert (await person.client.get(TOKENS)).json() == []


async def test_a_token_is_registered_once_and_moves_with_its_device(scene: Scene) -> None:
    seller, buyer = await scene.person(), await scene.person()
    token = await device(seller)
    again = await seller.client.post(TOKENS, json={"token": token, "plateforme": "IOS"})
    assert (again.status_code, again.json()["code"]) == (400, "spotvibe_push_token_known")
    moved = await buyer.client.post(TOKENS, json={"token": token, "plateforme": "IOS", "nom_appareil": "Le mien"})
    assert moved.status_code == 201
    assert (await seller.client.get(TOKENS)).json() == []
    (mine,) = (await buyer.client.get(TOKENS)).json()
    assert (mine["plateforme"], mine["nom_appareil"]) == ("IOS", "Le mien")
    await expire(scene, seller)
    assert await sent(scene, token, "push") == [], "the next owner does not read the last one's messages"


async def test_a_token_registered_by_many_at_once_is_one_persons(scene: Scene) -> None:
    people = [await scene.person() for _ in range(4)]
    token = unique("jeton")
    body = {"token": token, "plateforme": "WEB"}
    answers = await asyncio.gather(*(person.client.post(TOKENS, json=body) for person in people * 2))
    assert {answer.status_code for answer in answers} <= {201, 400}
    assert await scene.owner.fetchval("select count(*) from spotvibe_push_token where token = $1", token) == 1


async def test_somebody_keeps_his_newest_devices(scene: Scene) -> None:
    person = await scene.person()
    tokens = [await device(person) for _ in range(22)]
    assert [each["token"] for each in (await person.client.get(TOKENS)).json()] == tokens[2:]


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({}, {"token", "plateforme"}),
        ({"token": "", "plateforme": "ANDROID"}, {"token"}),
        ({"token": "a b", "plateforme": "ANDROID"}, {"token"}),
        ({"token": "é", "plateforme": "ANDROID"}, {"token"}),
        ({"token": "a\0", "plateforme": "ANDROID"}, {"token"}),
        ({"token": "x" * 2049, "plateforme": "ANDROID"}, {"token"}),
        ({"token": "abc", "plateforme": "SYMBIAN", "nom_appareil": "n" * 256}, {"plateforme", "nom_appareil"}),
        ({"token": 3, "plateforme": None}, {"token", "plateforme"}),
    ],
)
async def test_malformed_tokens_are_refused(scene: Scene, fields: dict[str, Any], failing: set[str]) -> None:
    person = await scene.person()
    refused = await person.client.post(TOKENS, json=fields)
    assert (refused.status_code, set(refused.json()["details"])) == (400, failing)
    longest = await person.client.post(TOKENS, json={"token": unique("x" * 2000), "plateforme": "WEB"})
    assert longest.status_code == 201, longest.text


async def test_a_device_that_was_given_up_is_forgotten(scene: Scene) -> None:
    person = await scene.person()
    gone, kept = await device(person), await device(person)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        work.publish(RecipientGone(channel="push", recipient=gone))
        work.publish(RecipientGone(channel="email", recipient=kept))
        await work.commit()
    await scene.installed.drain()
    assert [each["token"] for each in (await person.client.get(TOKENS)).json()] == [kept]


async def send_digests(scene: Scene, person: Person) -> None:
    """Queue what waits as if it were of last week, and run the job."""
    aged = "update spotvibe_notification_digest set created_at = now() - interval '8 days' where user_id = $1"
    await scene.owner.execute(aged, person.id)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        work.ask("spotvibe_notifications.send_digests")
        await work.commit()
    await scene.installed.drain()


async def test_summaries_hold_what_is_wanted_once_a_day_or_a_week(scene: Scene) -> None:
    person = await scene.person(language="en")
    token = await device(person)
    await prefer(person, "EMAIL", frequence="QUOTIDIEN")
    await prefer(person, "IN_APP", frequence="HEBDOMADAIRE")
    await prefer(person, "PUSH", frequence="QUOTIDIEN")
    for plan in ("Gold", "Premium"):
        await expire(scene, person, plan)
    assert await reached(scene, person, token) == (0, 0, 0)
    await send_digests(scene, person)
    (letter,) = await sent(scene, person.email)
    assert letter["subject"] == "Your daily summary: 2 notifications"
    assert "• Your Gold subscription has ended\n  Your Gold subscription has ended." in letter["body"]
    assert letter["body"].index("Gold") < letter["body"].index("Premium")
    (kept,) = await inbox(person)
    assert (kept["type_notification"], kept["titre"]) == ("DIGEST", "Your weekly summary: 2 notifications")
    assert [each["subject"] for each in await sent(scene, token, "push")] == ["Your daily summary: 2 notifications"]
    await send_digests(scene, person)
    assert await reached(scene, person, token) == (1, 1, 1), "nothing goes out twice"


async def test_a_summary_waits_for_the_morning_and_obeys_the_profile(scene: Scene) -> None:
    person = await scene.person()
    await prefer(person, "EMAIL", frequence="QUOTIDIEN")
    await expire(scene, person)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        work.ask("spotvibe_notifications.send_digests")
        await work.commit()
    await scene.installed.drain()
    counted = "select count(*) from spotvibe_notification_digest where user_id = $1"
    assert await scene.owner.fetchval(counted, person.id) == 1, "it was queued after this morning"
    await person.client.put("/api/users/profile/", json={"notifications_email": False})
    await send_digests(scene, person)
    assert await scene.owner.fetchval(counted, person.id) == 0
    assert await sent(scene, person.email) == []


async def test_summaries_sent_by_two_jobs_at_once_go_out_once(scene: Scene) -> None:
    people = [await scene.person() for _ in range(6)]
    for person in people:
        await prefer(person, "EMAIL", frequence="QUOTIDIEN")
        await expire(scene, person)
    numbers = [person.id for person in people]
    aged = "update spotvibe_notification_digest set created_at = now() - interval '2 days' where user_id = any($1)"
    await scene.owner.execute(aged, numbers)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        for _ in range(4):
            work.ask("spotvibe_notifications.send_digests")
        await work.commit()
    rows = await scene.owner.fetch(
        "select id from outbox where subscriber = 'spotvibe_notifications.send_digests' and done_at is null"
    )
    job = scene.installed.composition.handlers["spotvibe_notifications.send_digests"]
    await asyncio.gather(*(job(Delivery(row["id"], "job", "spotvibe_notifications.send_digests", {})) for row in rows))
    for person in people:
        assert len(await sent(scene, person.email)) == 1


@pytest.mark.parametrize(
    ("now", "daily", "weekly"),
    [
        ("2026-11-18T05:59:59+00:00", "2026-11-17T06:00:00+00:00", "2026-11-16T06:00:00+00:00"),
        ("2026-11-18T06:00:00+00:00", "2026-11-18T06:00:00+00:00", "2026-11-16T06:00:00+00:00"),
        ("2026-11-16T05:30:00+00:00", "2026-11-15T06:00:00+00:00", "2026-11-09T06:00:00+00:00"),
        ("2026-11-16T06:10:00+00:00", "2026-11-16T06:00:00+00:00", "2026-11-16T06:00:00+00:00"),
        ("2026-11-15T23:30:00+00:00", "2026-11-15T06:00:00+00:00", "2026-11-09T06:00:00+00:00"),
    ],
)
def test_the_morning_is_that_of_the_installations_zone(now: str, daily: str, weekly: str) -> None:
    zone, moment = ZoneInfo("Africa/Porto-Novo"), datetime.fromisoformat(now)
    assert last_morning(moment, zone, 7).astimezone(UTC).isoformat() == daily
    assert last_morning(moment, zone, 7, weekday=0).astimezone(UTC).isoformat() == weekly
    assert moment - last_morning(moment, zone, 7) < timedelta(days=1)
