"""Templates that staff write, and sendings to many: everybody once, whatever dies meanwhile."""

import asyncio
from typing import Any

import pytest

from core.access.principal import SYSTEM
from core.work import AlreadyDelivered, Delivery
from tests.installation import unique
from tests.plugins.spotvibe.happened import happen, inbox, sent
from tests.scene import Person, Scene
from tests.waits import SOMEBODY_WAITS

BULK = "/api/notifications/bulk-send/"
TEMPLATES = "/api/notifications/templates/"
JOB = "spotvibe_notifications.send_bulk"
TEXTS = {
    "sujet_fr": "Une surprise, {prenom}",
    "corps_fr": "Votre code : {promo_code}",
    "sujet_en": "A surprise, {prenom}",
    "corps_en": "Your code: {promo_code}",
}


def kind() -> str:
    """A type that no other test uses."""
    return unique("promo").upper().replace("-", "_")


async def template(staff: Person, **fields: Any) -> dict[str, Any]:
    """Write a template."""
    body = {"type_notification": kind(), "nom": "Promotion", "canaux_actifs": ["IN_APP", "EMAIL"], **TEXTS, **fields}
    made = await staff.client.post(TEMPLATES, json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def start(staff: Person, template_id: int, people: list[Person], **data: Any) -> int:
    """Begin a sending; its id."""
    body = {
        "template_id": template_id,
        "target_users": [person.id for person in people],
        "additional_data": {"promo_code": "SUMMER2024", **data},
    }
    begun = await staff.client.post(BULK, json=body)
    assert begun.status_code == 200, begun.text
    assert begun.json()["message"] == "Envoi de notifications en masse initié."
    found: int = begun.json()["id"]
    return found


async def progress(staff: Person, key: int) -> dict[str, Any]:
    """How a sending stands."""
    answer = await staff.client.get(f"{BULK}{key}/")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def job(scene: Scene, key: int) -> Delivery:
    """The open delivery of a sending's next batch."""
    rows = await scene.owner.fetch(
        "select id from outbox where subscriber = $1 and (payload::jsonb ->> 'envoi')::bigint = $2 and done_at is null",
        JOB,
        key,
    )
    (row,) = rows
    return Delivery(row["id"], "job", JOB, {"envoi": key})


async def test_staff_tell_many_and_follow_how_it_goes(scene: Scene) -> None:
    staff = await scene.person(staff=True)
    people = [await scene.person(first_name="Awa"), await scene.person(language="en", first_name="Joe")]
    wrote = await template(staff)
    key = await start(staff, wrote["id"], [*people, people[0]], lien_action="/events/9")
    first = await progress(staff, key)
    assert (first["statut"], first["total"], first["sent"], first["failed"]) == ("EN_ATTENTE", 2, 0, 0)
    assert (first["template_id"], first["type_notification"]) == (wrote["id"], wrote["type_notification"])
    await scene.installed.drain()
    last = await progress(staff, key)
    assert (last["statut"], last["total"], last["sent"], last["failed"]) == ("TERMINE", 2, 2, 0)
    assert last["date_fin"] is not None
    (french,), (english,) = await inbox(people[0]), await inbox(people[1])
    assert (french["titre"], french["message"]) == ("Une surprise, Awa", "Votre code : SUMMER2024")
    assert (english["titre"], english["message"]) == ("A surprise, Joe", "Your code: SUMMER2024")
    detail = (await people[0].client.get(f"/api/notifications/{french['id']}/")).json()
    assert detail["donnees_supplementaires"] == {"promo_code": "SUMMER2024", "lien_action": "/events/9"}
    assert detail["lien_action"] == "/events/9"
    assert len(await sent(scene, people[0].email)) == 1


async def test_who_cannot_be_told_is_counted_as_failed(scene: Scene) -> None:
    staff, told, deaf, closed = [await scene.person(staff=place == 0) for place in range(4)]
    wrote = await template(staff)
    for canal in ("EMAIL", "IN_APP"):
        body = {"type_notification": wrote["type_notification"], "canal": canal, "actif": False}
        assert (await deaf.client.put("/api/notifications/preferences/", json=body)).status_code == 200
    key = await start(staff, wrote["id"], [told, deaf, closed])
    await scene.owner.execute("update account set is_active = false where number = $1", closed.id)
    await scene.installed.drain()
    last = await progress(staff, key)
    assert (last["statut"], last["sent"], last["failed"]) == ("TERMINE", 1, 2)


async def test_what_is_sent_is_what_was_written_when_it_began(scene: Scene) -> None:
    staff, person = await scene.person(staff=True), await scene.person()
    wrote = await template(staff)
    key = await start(staff, wrote["id"], [person])
    await staff.client.put(f"{TEMPLATES}{wrote['id']}/", json={"corps_fr": "Tout autre chose"})
    assert (await staff.client.delete(f"{TEMPLATES}{wrote['id']}/")).status_code == 204
    await scene.installed.drain()
    assert [each["message"] for each in await inbox(person)] == ["Votre code : SUMMER2024"]
    assert ((await progress(staff, key))["template_id"], (await progress(staff, key))["statut"]) == (None, "TERMINE")


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"template_id": 2**62}, {"template_id"}),
        ({"template_id": 0}, {"template_id"}),
        ({"template_id": "1"}, {"template_id"}),
        ({"target_users": []}, {"target_users"}),
        ({"target_users": [2**62]}, {"target_users"}),
        ({"target_users": "tous"}, {"target_users"}),
        ({"target_users": list(range(1, 10_002))}, {"target_users"}),
        ({"additional_data": {}}, {"additional_data"}),
        ({"additional_data": {"promo_code": None}}, {"additional_data"}),
        ({"additional_data": {"promo_code": {"a": 1}}}, {"additional_data"}),
        ({"additional_data": {"promo_code": "x\0"}}, {"additional_data"}),
        ({"additional_data": {"promo_code": 10**30}}, {"additional_data"}),
        ({"additional_data": {"promo_code": "x" * 9000}}, {"additional_data"}),
        ({"additional_data": {"promo_code": "x", "a b": 1}}, {"additional_data"}),
        ({"additional_data": ["x"]}, {"additional_data"}),
    ],
)
async def test_malformed_sendings_are_refused(scene: Scene, fields: dict[str, Any], failing: set[str]) -> None:
    staff, person = await scene.person(staff=True), await scene.person()
    wrote = await template(staff)
    body = {
        "template_id": wrote["id"],
        "target_users": [person.id],
        "additional_data": {"promo_code": "x"},
        **fields,
    }
    refused = await staff.client.post(BULK, json=body)
    assert (refused.status_code, {each.split(".")[0] for each in refused.json()["details"]}) == (400, failing)
    await scene.installed.drain()
    assert await inbox(person) == []


async def test_unknown_users_and_missing_values_are_named(scene: Scene) -> None:
    staff, person, stranger = await scene.person(staff=True), await scene.person(), await scene.person(profile=False)
    wrote = await template(staff)
    body = {"template_id": wrote["id"], "target_users": [person.id, stranger.id, 2**62], "additional_data": {}}
    refused = (await staff.client.post(BULK, json=body)).json()
    assert refused["details"] == {"target_users": [f"Utilisateurs inconnus : {stranger.id}, {2**62}."]}
    body["target_users"] = [person.id]
    refused = (await staff.client.post(BULK, json=body)).json()
    assert refused["details"] == {"additional_data": ["Il manque la valeur de : promo_code."]}


async def test_the_same_request_again_begins_no_second_sending(scene: Scene) -> None:
    staff, person = await scene.person(staff=True), await scene.person()
    wrote = await template(staff)
    body = {"template_id": wrote["id"], "target_users": [person.id], "additional_data": {"promo_code": "x"}}
    headers = {"idempotency-key": unique("cle")}
    answers = [await staff.client.post(BULK, json=body, headers=headers) for _ in range(2)]
    assert [answer.json() for answer in answers] == [answers[0].json()] * 2
    await scene.installed.drain()
    assert len(await inbox(person)) == 1


async def small_batches(scene: Scene, size: int) -> Any:
    """The sendings of the installation, in batches of this size."""
    handler = scene.installed.composition.handlers[JOB]
    envois = handler.__self__  # type: ignore[attr-defined]
    envois._batch = size
    return envois


async def test_a_sending_killed_half_way_goes_on_without_doubles(scene: Scene) -> None:
    envois = await small_batches(scene, 3)
    try:
        staff = await scene.person(staff=True)
        people = [await scene.person() for _ in range(8)]
        key = await start(staff, (await template(staff))["id"], people)
        await envois.send(await job(scene, key))
        assert (await progress(staff, key))["sent"] == 3
        # the second batch has told its people when it is killed: it waits for a row that we hold
        second = await job(scene, key)
        holding = scene.owner.transaction()
        await holding.start()
        row = "select from spotvibe_envoi_destinataire where envoi_id = $1 and user_id = $2 for update"
        await scene.owner.execute(row, key, people[5].id)
        dying = asyncio.create_task(envois.send(second))
        for _ in range(500):
            if await scene.owner.fetchval(SOMEBODY_WAITS):
                break
            await asyncio.sleep(0.01)
        assert await scene.owner.fetchval(SOMEBODY_WAITS)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await holding.rollback()
        assert (await progress(staff, key))["sent"] == 3
        await envois.send(second)
        with pytest.raises(AlreadyDelivered):
            await envois.send(second)
        await scene.installed.drain()
        last = await progress(staff, key)
        assert (last["statut"], last["sent"], last["failed"]) == ("TERMINE", 8, 0)
        for person in people:
            assert len(await inbox(person)) == 1
            assert len(await sent(scene, person.email)) == 1
    finally:
        await small_batches(scene, 200)


async def test_batches_that_run_at_once_tell_nobody_twice(scene: Scene) -> None:
    envois = await small_batches(scene, 2)
    try:
        staff = await scene.person(staff=True)
        people = [await scene.person() for _ in range(9)]
        key = await start(staff, (await template(staff))["id"], people)
        async with scene.kernel.works.everywhere(SYSTEM) as work:
            for _ in range(4):
                work.ask(JOB, envoi=key)
            await work.commit()
        rows = await scene.owner.fetch(
            "select id from outbox where subscriber = $1 and (payload::jsonb ->> 'envoi')::bigint = $2", JOB, key
        )
        await asyncio.gather(*(envois.send(Delivery(row["id"], "job", JOB, {"envoi": key})) for row in rows))
        await scene.installed.drain()
        last = await progress(staff, key)
        assert (last["statut"], last["sent"]) == ("TERMINE", 9)
        assert [len(await inbox(person)) for person in people] == [1] * 9
    finally:
        await small_batches(scene, 200)


async def test_staff_write_read_change_and_delete_templates(scene: Scene) -> None:
    staff = await scene.person(staff=True)
    wrote = await template(staff, canaux_actifs=["PUSH", "EMAIL", "PUSH"])
    assert wrote == {
        "id": wrote["id"],
        "type_notification": wrote["type_notification"],
        "nom": "Promotion",
        "canaux_actifs": ["EMAIL", "PUSH"],
        **TEXTS,
    }
    assert (await staff.client.get(f"{TEMPLATES}{wrote['id']}/")).json() == wrote
    listed = (await staff.client.get(TEMPLATES, params={"limit": 500})).json()
    short = {name: wrote[name] for name in ("id", "type_notification", "nom", "canaux_actifs")}
    assert short in listed
    renamed = kind()
    changed = await staff.client.put(
        f"{TEMPLATES}{wrote['id']}/", json={"type_notification": renamed, "canaux_actifs": []}
    )
    assert changed.json() == {**wrote, "type_notification": renamed, "canaux_actifs": []}
    assert (await staff.client.delete(f"{TEMPLATES}{wrote['id']}/")).status_code == 204
    assert (await staff.client.get(f"{TEMPLATES}{wrote['id']}/")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"type_notification": "promo"}, {"type_notification"}),
        ({"type_notification": "WELCOME"}, {"type_notification"}),
        ({"type_notification": "DIGEST"}, {"type_notification"}),
        ({"type_notification": "A" * 65}, {"type_notification"}),
        ({"nom": " "}, {"nom"}),
        ({"canaux_actifs": ["FAX"]}, {"canaux_actifs.0"}),
        ({"canaux_actifs": None}, {"canaux_actifs"}),
        ({"sujet_fr": "{", "corps_en": "{a.b}"}, {"sujet_fr", "corps_en"}),
        ({"sujet_en": "", "corps_fr": "x" * 5001}, {"sujet_en", "corps_fr"}),
        ({"sujet_en": "a\0"}, {"sujet_en"}),
    ],
)
async def test_malformed_templates_are_refused(scene: Scene, fields: dict[str, Any], failing: set[str]) -> None:
    staff = await scene.person(staff=True)
    body = {"type_notification": kind(), "nom": "Promotion", "canaux_actifs": ["IN_APP"], **TEXTS, **fields}
    if body["type_notification"] == "WELCOME":
        body |= {"corps_fr": "Bonjour", "corps_en": "Hello"}
    refused = await staff.client.post(TEMPLATES, json=body)
    assert refused.status_code == 400, refused.text
    assert {each.split(".")[0] for each in refused.json()["details"]} == {each.split(".")[0] for each in failing}


async def test_templates_of_the_product_stay_fillable_and_are_not_deleted(scene: Scene) -> None:
    staff, person = await scene.person(staff=True), await scene.person()
    welcome = await scene.owner.fetchval(
        "select id from spotvibe_notification_template where type_notification = 'WELCOME'"
    )
    path = f"{TEMPLATES}{welcome}/"
    before = (await staff.client.get(path)).json()
    assert (await staff.client.delete(path)).status_code == 400
    renamed = await staff.client.put(path, json={"type_notification": kind()})
    assert set(renamed.json()["details"]) == {"type_notification"}
    refused = await staff.client.put(path, json={"corps_fr": "{prenom} {evenement}"})
    assert refused.json()["details"] == {"corps_fr": ["Ce type de notification ne fournit pas : evenement."]}
    try:
        await staff.client.put(path, json={"sujet_fr": "Salut {username}", "canaux_actifs": ["IN_APP"]})
        await happen(scene, "spotvibe.user_registered", user=person.id)
        assert [each["titre"] for each in await inbox(person)] == [f"Salut {person.username}"]
        assert await sent(scene, person.email) == []
        await staff.client.put(path, json={"canaux_actifs": []})
        await happen(scene, "spotvibe.user_registered", user=person.id)
        assert len(await inbox(person)) == 1, "a type without channels is switched off"
    finally:
        await staff.client.put(path, json={name: before[name] for name in ("sujet_fr", "canaux_actifs")})


async def test_only_staff_write_templates_and_send_to_many(scene: Scene) -> None:
    staff, person, admin = [
        await scene.person(staff=True),
        await scene.person(),
        await scene.person(profile=False, superuser=True),
    ]
    wrote = await template(staff)
    key = await start(staff, wrote["id"], [person])
    before = await scene.owner.fetchval("select count(*) from spotvibe_envoi")
    body = {"template_id": wrote["id"], "target_users": [person.id], "additional_data": {"promo_code": "x"}}
    for method, path, sending in (
        ("GET", TEMPLATES, None),
        ("POST", TEMPLATES, {"type_notification": kind(), "nom": "n", "canaux_actifs": [], **TEXTS}),
        ("GET", f"{TEMPLATES}{wrote['id']}/", None),
        ("PUT", f"{TEMPLATES}{wrote['id']}/", {"nom": "Pirate"}),
        ("DELETE", f"{TEMPLATES}{wrote['id']}/", None),
        ("POST", BULK, body),
        ("GET", f"{BULK}{key}/", None),
    ):
        options = {"json": sending} if sending is not None else {}
        refused = await person.client.request(method, path, **options)
        assert refused.status_code == 403, (method, path)
    assert await scene.owner.fetchval("select count(*) from spotvibe_envoi") == before
    assert (await staff.client.get(f"{TEMPLATES}{wrote['id']}/")).json() == wrote
    assert (await admin.client.post(BULK, json=body)).status_code == 200
