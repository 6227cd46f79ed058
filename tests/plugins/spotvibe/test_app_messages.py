"""What people send and staff read: messages, feedback, reports (contracts/spotvibe.md sections 3.2 and 3.4)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.happenings import approved, made
from tests.scene import Scene, scene_on

CONTACT, FEEDBACK, REPORT = "/api/core/contact/", "/api/core/feedback/", "/api/core/report/"
NOBODY = 2**62


def written(**fields: Any) -> dict[str, Any]:
    """A message to the people behind the application."""
    return {
        "nom": "Ama",
        "email": "Ama@Example.com",
        "sujet": unique("Connexion"),
        "message": "Bonjour.\nÀ l'aide.",
        **fields,
    }


async def test_a_message_of_anybody_is_read_and_closed_by_staff(scene: Scene) -> None:
    staff, body = await scene.person(staff=True), written()
    sent = await scene.api().post(CONTACT, json=body)
    assert sent.status_code == 201, sent.text
    key = sent.json()["id"]
    assert sent.json() == {"message": "Votre message a été envoyé avec succès.", "id": key, "statut": "NOUVEAU"}
    listed = await staff.client.get(CONTACT, params={"statut": "NOUVEAU", "limit": 1})
    assert int(listed.headers["x-total-count"]) >= 1
    shown = listed.json()[0]
    assert shown == {
        **body,
        "id": key,
        "email": "ama@example.com",
        "statut": "NOUVEAU",
        "created_at": shown["created_at"],
    }
    done = await staff.client.put(f"{CONTACT}{key}/", json={"statut": "TRAITE"})
    assert (done.status_code, done.json()["statut"]) == (200, "TRAITE")
    listed = (await staff.client.get(CONTACT, params={"statut": "NOUVEAU"})).json()
    assert key not in [each["id"] for each in listed]
    assert (await staff.client.delete(f"{CONTACT}{key}/")).status_code == 204
    assert (await staff.client.delete(f"{CONTACT}{key}/")).status_code == 404


@pytest.mark.parametrize("wrong", [{"statut": "PERDU"}, {"statut": None}, {"statut": 3}])
async def test_a_wrong_statut_is_named(scene: Scene, wrong: dict[str, Any]) -> None:
    staff = await scene.person(staff=True)
    key = (await scene.api().post(CONTACT, json=written())).json()["id"]
    refused = await staff.client.put(f"{CONTACT}{key}/", json=wrong)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"statut"})
    assert (await staff.client.get(CONTACT, params={"statut": "PERDU"})).status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        (CONTACT, {}, {"nom", "email", "sujet", "message"}),
        (CONTACT, {**written(), "message": " ", "email": "ama"}, {"message", "email"}),
        (CONTACT, {**written(), "nom": "n" * 256}, {"nom"}),
        (CONTACT, {**written(), "message": "a\0b"}, {"message"}),
        (FEEDBACK, {}, {"subject", "message"}),
        (FEEDBACK, {"subject": "Idée", "message": "m"}, {"email"}),
        (FEEDBACK, {"subject": "Idée", "message": "m" * 5001, "email": "x"}, {"message", "email"}),
    ],
)
async def test_every_wrong_field_is_named(scene: Scene, path: str, body: Any, wrong: set[str]) -> None:
    refused = await scene.api().post(path, json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)


async def test_feedback_is_its_senders_where_somebody_is_signed_in(scene: Scene) -> None:
    staff, person = await scene.person(staff=True), await scene.person()
    subject = unique("Suggestion")
    sent = await person.client.post(FEEDBACK, json={"subject": subject, "message": "J'aimerais…"})
    assert (sent.status_code, sent.json()) == (201, {"message": "Votre feedback a été soumis avec succès."})
    anonymous = {"subject": subject, "message": "Moi aussi", "email": "autre@example.com"}
    assert (await scene.api().post(FEEDBACK, json=anonymous)).status_code == 201
    listed = [each for each in (await staff.client.get(FEEDBACK)).json() if each["subject"] == subject]
    assert [(each["user"], each["email"]) for each in listed] == [
        (None, "autre@example.com"),
        (person.id, person.email),
    ]


async def test_the_same_key_sends_once(scene: Scene) -> None:
    person, subject = await scene.person(), unique("Deux fois")
    headers = {"idempotency-key": "encore"}
    for _ in range(2):
        sent = await person.client.post(FEEDBACK, json={"subject": subject, "message": "m"}, headers=headers)
        assert (sent.status_code, sent.json()) == (201, {"message": "Votre feedback a été soumis avec succès."})
    assert await scene.owner.fetchval("select count(*) from spotvibe_feedback where subject = $1", subject) == 1


async def test_a_user_is_reported_to_staff(scene: Scene) -> None:
    staff, person, other = await scene.person(staff=True), await scene.person(), await scene.person()
    body = {"content_type": "user", "object_id": other.id, "reason": "Contenu offensant", "description": "Détails"}
    sent = await person.client.post(REPORT, json=body)
    assert (sent.status_code, sent.json()) == (201, {"message": "Contenu signalé avec succès."})
    listed = await staff.client.get(REPORT, params={"content_type": "user", "object_id": other.id})
    (shown,) = listed.json()
    assert shown == {
        **body,
        "id": shown["id"],
        "user": person.id,
        "statut": "NOUVEAU",
        "created_at": shown["created_at"],
    }
    closed = await staff.client.put(f"{REPORT}{shown['id']}/", json={"statut": "TRAITE"})
    assert (closed.status_code, closed.json()["statut"]) == (200, "TRAITE")


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"content_type": "event", "object_id": NOBODY}, "object_id"),
        ({"content_type": "user", "object_id": NOBODY}, "object_id"),
        ({"content_type": "user", "object_id": 0}, "object_id"),
        ({"content_type": "user", "object_id": 2**63}, "object_id"),
        ({"content_type": "user", "object_id": "1"}, "object_id"),
        ({"content_type": "comment", "object_id": 1}, "content_type"),
        ({"content_type": "photo", "object_id": 1}, "content_type"),
    ],
)
async def test_what_cannot_be_reported_is_refused(scene: Scene, body: dict[str, Any], wrong: str) -> None:
    person = await scene.person()
    refused = await person.client.post(REPORT, json={"reason": "Spam", **body})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {wrong})
    assert await scene.owner.fetchval("select count(*) from spotvibe_report where user_id = $1", person.id) == 0


async def test_somebody_without_a_profile_is_no_user(scene: Scene) -> None:
    person, stranger = await scene.person(), await scene.person(profile=False)
    body = {"content_type": "user", "object_id": stranger.id, "reason": "Spam"}
    assert (await person.client.post(REPORT, json=body)).status_code == 400


@pytest.fixture
async def strict(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A scene where an address may do little in a minute."""
    urls = cluster.clone(unique("strict").replace("-", "_"))
    async with scene_on(urls, tmp_path_factory.mktemp("strict"), limits={"per_minute": 3}) as scene:
        yield scene


async def test_messages_are_limited_by_address(strict: Scene) -> None:
    answers = [(await strict.api().post(CONTACT, json=written())).status_code for _ in range(7)]
    assert 429 in answers
    refused = await strict.api().post(FEEDBACK, json={})
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)


async def test_an_event_is_reported_by_who_sees_it(scene: Scene) -> None:
    organiser, person, staff = await scene.person(), await scene.person(), await scene.person(staff=True)
    waiting, public = await made(organiser), await approved(scene, organiser)

    async def report(somebody: Any, event: Any) -> int:
        body = {"content_type": "event", "object_id": event["id"], "reason": "Contenu offensant"}
        status: int = (await somebody.client.post(REPORT, json=body)).status_code
        return status

    assert await report(person, public) == 201
    assert await report(person, waiting) == 400
    assert (await report(organiser, waiting), await report(staff, waiting)) == (201, 201)
