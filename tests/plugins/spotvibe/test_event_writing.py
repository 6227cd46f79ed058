"""Making, changing and deleting events (contracts/spotvibe.md section 4.2; DECISIONS.md section 2, "Events")."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.access.principal import SYSTEM
from tests.installation import unique
from tests.plugins.ekigega.receipts import JPEG, PDF, PNG
from tests.plugins.spotvibe.happenings import CREATE, approve, approved, body, events_of, made, moment
from tests.scene import Scene


async def state(scene: Scene, path: str) -> str | None:
    """The state of a cover's file."""
    found: str | None = await scene.owner.fetchval("select state from public_file where path = $1", path.lstrip("/"))
    return found


async def test_a_new_event_awaits_its_decision_and_is_its_creators_and_staffs_alone(scene: Scene) -> None:
    ama, kofi, staff = await scene.person(), await scene.person(), await scene.person(staff=True)
    sent = body(type_acces="PAYANT", prix=5000, latitude=6.3703, longitude=2.3912, capacite=300)
    answer = await ama.client.post(CREATE, json={**sent, "statut": "VALIDE", "id": 1, "createur": 1, "nombre_vues": 9})
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == "Événement créé avec succès."
    event = answer.json()["event"]
    assert event == {
        **sent,
        "id": event["id"],
        "createur": {"id": ama.id, "username": ama.username},
        "categorie": {"id": 1, "nom": "Concert"},
        "prix": "5000.00",
        "description_courte": sent["description"],
        "image_couverture": None,
        "statut": "EN_ATTENTE",
        "places_prises": 0,
        "nombre_vues": 0,
        "nombre_partages": 0,
    }
    path = f"/api/events/{event['id']}/"
    for client, status in ((ama.client, 200), (staff.client, 200), (kofi.client, 404), (scene.api(), 404)):
        assert (await client.get(path)).status_code == status
    assert await approve(scene, event["id"], staff) == sent["titre"]
    for client in (ama.client, kofi.client, scene.api()):
        assert (await client.get(path)).json()["statut"] == "VALIDE"


async def test_times_without_a_zone_are_the_installations(scene: Scene) -> None:
    ama = await scene.person()
    found = await made(ama, date_debut="2030-05-01T18:00:00", date_fin="2030-05-01T23:30:00+00:00")
    assert (found["date_debut"], found["date_fin"]) == ("2030-05-01T17:00:00Z", "2030-05-01T23:30:00Z")


async def test_the_short_description_is_the_beginning_of_the_long_one(scene: Scene) -> None:
    ama = await scene.person()
    long = "é" * 300
    found = await made(ama, description=long)
    assert found["description_courte"] == "é" * 200
    path = f"/api/events/{found['id']}/update/"
    changed = (await ama.client.put(path, json={"description": "Courte."})).json()["event"]
    assert changed["description_courte"] == "Courte."
    changed = (await ama.client.put(path, json={"description_courte": "À part."})).json()["event"]
    assert changed["description_courte"] == "À part."
    changed = (await ama.client.put(path, json={"description": long})).json()["event"]
    assert changed["description_courte"] == "À part."
    changed = (await ama.client.put(path, json={"description_courte": ""})).json()["event"]
    assert changed["description_courte"] == "é" * 200


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"date_debut": "2020-01-01T10:00:00Z"}, {"date_debut"}),
        ({"date_fin": "2020-01-01T10:00:00Z"}, {"date_fin"}),
        ({"date_debut": moment(days=12)}, {"date_fin"}),
        ({"date_fin": "0001-01-01T00:00:00+14:00"}, {"date_fin"}),
        ({"date_fin": "9999-12-31T23:59:59-12:00"}, {"date_fin"}),
        ({"date_debut": "demain"}, {"date_debut"}),
        ({"type_acces": "PAYANT"}, {"prix"}),
        ({"type_acces": "PAYANT", "prix": "0"}, {"prix"}),
        ({"type_acces": "PAYANT", "prix": "0.001"}, {"prix"}),
        ({"type_acces": "PAYANT", "prix": "-1"}, {"prix"}),
        ({"type_acces": "PAYANT", "prix": "NaN"}, {"prix"}),
        ({"type_acces": "PAYANT", "prix": "1e400"}, {"prix"}),
        ({"type_acces": "PAYANT", "prix": 1_000_000_000_000}, {"prix"}),
        ({"type_acces": "OUVERT"}, {"type_acces"}),
        ({"categorie": 999_999}, {"categorie"}),
        ({"categorie": 2**63}, {"categorie"}),
        ({"categorie": "x"}, {"categorie"}),
        ({"capacite": 0}, {"capacite"}),
        ({"capacite": 2**31}, {"capacite"}),
        ({"latitude": 91, "longitude": 0}, {"latitude"}),
        ({"latitude": 0, "longitude": -180.01}, {"longitude"}),
        ({"latitude": 6.37}, {"longitude"}),
        ({"longitude": 6.37}, {"latitude"}),
        ({"titre": "  "}, {"titre"}),
        ({"titre": "a\0b"}, {"titre"}),
        ({"description": ""}, {"description"}),
        ({"lieu": "l" * 256}, {"lieu"}),
        ({"image_couverture": "https://example.com/a.png"}, {"image_couverture"}),
        (
            {"type_acces": "PAYANT", "categorie": 999_999, "latitude": 1, "date_debut": "2020-01-01T10:00:00Z"},
            {"prix", "categorie", "longitude", "date_debut"},
        ),
    ],
    ids=range(29),
)
async def test_wrong_fields_are_named_and_nothing_is_made(
    scene: Scene, fields: dict[str, Any], named: set[str]
) -> None:
    ama = await scene.person()
    refused = await ama.client.post(CREATE, json=body(**fields))
    assert refused.status_code == 400, refused.text
    assert set(refused.json()["details"]) == named
    assert await scene.owner.fetchval("select count(*) from spotvibe_evenement where createur_id = $1", ama.id) == 0
    assert await scene.owner.fetchval("select count(*) from usage_counter where subject = $1", str(ama.id)) == 0


async def test_an_empty_body_names_what_is_needed(scene: Scene) -> None:
    ama = await scene.person()
    refused = await ama.client.post(CREATE, json={})
    wanted = {"titre", "description", "date_debut", "date_fin", "lieu", "categorie", "type_acces"}
    assert (refused.status_code, set(refused.json()["details"])) == (400, wanted)


async def test_a_form_brings_the_cover_which_is_replaced_and_taken_away(scene: Scene) -> None:
    ama = await scene.person()
    sent = {**body(type_acces="PAYANT", prix="2500.50", latitude="", capacite="20"), "categorie": "2"}
    answer = await ama.client.post(CREATE, data=sent, files={"image_couverture": ("affiche.png", PNG)})
    assert answer.status_code == 201, answer.text
    event = answer.json()["event"]
    first = event["image_couverture"]
    assert first.startswith("/media/events/covers/")
    assert (event["prix"], event["capacite"], event["latitude"]) == ("2500.50", 20, None)
    shown = await scene.api().get(first)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    path = f"/api/events/{event['id']}/update/"
    kept = await ama.client.put(path, json={"image_couverture": first, "lieu": "Ailleurs"})
    assert kept.json()["event"]["image_couverture"] == first
    changed = await ama.client.put(path, files={"image_couverture": ("affiche.jpg", JPEG)})
    second = changed.json()["event"]["image_couverture"]
    assert changed.json()["message"] == "Événement mis à jour avec succès."
    assert await state(scene, first) == "released"
    gone = await ama.client.put(path, json={"image_couverture": None})
    assert gone.json()["event"]["image_couverture"] is None
    assert await state(scene, second) == "released"


@pytest.mark.parametrize("content", [PDF, b"<html>", b"", PNG + b"\0" * 5_000_000], ids=range(4))
async def test_what_is_no_picture_is_refused_with_the_other_fields(scene: Scene, content: bytes) -> None:
    ama = await scene.person()
    sent = body(categorie="999999")
    refused = await ama.client.post(CREATE, data=sent, files={"image_couverture": ("affiche.png", content)})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"image_couverture", "categorie"})
    event = await made(ama)
    path = f"/api/events/{event['id']}/update/"
    refused = await ama.client.put(path, data={"titre": " "}, files={"image_couverture": ("affiche.png", content)})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"titre"})
    refused = await ama.client.put(
        path, data={"type_acces": "PAYANT"}, files={"image_couverture": ("affiche.png", content)}
    )
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"image_couverture", "prix"})


async def test_an_organiser_without_subscription_makes_three_a_month(scene: Scene) -> None:
    ama = await scene.person()
    for _ in range(3):
        await made(ama)
    refused = await ama.client.post(CREATE, json=body())
    assert refused.status_code == 403
    assert refused.json() == {
        "error": "Vous avez créé tous les événements auxquels vous avez droit ce mois-ci (3).",
        "code": "spotvibe_event_quota",
    }
    month = await scene.owner.fetchval("select period from usage_counter where subject = $1", str(ama.id))
    assert month == datetime.now(scene.kernel.installation.time_zone).strftime("%Y-%m")
    assert (await ama.client.get("/api/users/stats/")).json()["events_created_count"] == 3


async def test_two_parallel_creations_at_the_edge_make_one(scene: Scene) -> None:
    for _ in range(5):
        ama = await scene.person()
        for _ in range(2):
            await made(ama)
        answers = await asyncio.gather(*(ama.client.post(CREATE, json=body()) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]
        count = await scene.owner.fetchval("select count(*) from spotvibe_evenement where createur_id = $1", ama.id)
        assert count == 3


async def test_an_idempotency_key_makes_one(scene: Scene) -> None:
    ama = await scene.person()
    sent, headers = body(), {"Idempotency-Key": unique("key")}
    first = await ama.client.post(CREATE, json=sent, headers=headers)
    again = await ama.client.post(CREATE, json=sent, headers=headers)
    assert (first.status_code, first.json(), first.headers["etag"]) == (201, again.json(), again.headers["etag"])
    assert (await ama.client.get("/api/events/my-events/")).headers["x-total-count"] == "1"


async def test_others_may_not_change_or_delete(scene: Scene) -> None:
    ama, kofi, staff = await scene.person(), await scene.person(), await scene.person(staff=True)
    event = await made(ama)
    path = f"/api/events/{event['id']}"
    refused = await kofi.client.put(f"{path}/update/", json={"titre": "Pris"})
    assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_event_not_yours_to_change")
    refused = await kofi.client.delete(f"{path}/delete/")
    assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_event_not_yours_to_delete")
    assert (await ama.client.get(f"{path}/")).json() == {**event, "nombre_vues": 0}
    changed = await staff.client.put(f"{path}/update/", json={"titre": "Par l'équipe"})
    assert (changed.status_code, changed.json()["event"]["titre"]) == (200, "Par l'équipe")
    assert (await staff.client.delete(f"{path}/delete/")).status_code == 204
    for method, end in (("GET", ""), ("PUT", "update/"), ("DELETE", "delete/")):
        assert (await ama.client.request(method, f"{path}/{end}", json={})).status_code == 404


async def test_a_content_change_by_the_creator_awaits_a_decision_again(scene: Scene) -> None:
    ama, staff = await scene.person(), await scene.person(staff=True)
    event = await approved(scene, ama)
    path = f"/api/events/{event['id']}/update/"

    async def put(person: Any, **fields: Any) -> str:
        answer = await person.client.put(path, json=fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["event"]["statut"])

    assert await put(ama) == "VALIDE"
    assert await put(ama, titre=event["titre"], type_acces="GRATUIT", prix="12.00") == "VALIDE"
    assert await put(ama, capacite=10) == "VALIDE"
    assert await put(staff, lieu="Par l'équipe") == "VALIDE"
    assert await put(ama, lieu="Ailleurs") == "EN_ATTENTE"
    assert (await scene.api().get(f"/api/events/{event['id']}/")).status_code == 404
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        await events_of(scene).reject(work, event["id"], staff.id, "Le lieu n'existe pas")
        await work.commit()
    assert await put(ama, lieu="Un lieu qui existe") == "EN_ATTENTE"


async def test_a_change_is_judged_with_what_stays(scene: Scene) -> None:
    ama = await scene.person()
    event = await made(ama, latitude=1, longitude=2)
    path = f"/api/events/{event['id']}/update/"
    for fields, named in (
        ({"date_fin": moment(days=9)}, {"date_fin"}),
        ({"date_debut": moment(days=12)}, {"date_fin"}),
        ({"date_debut": moment(days=-1)}, {"date_debut"}),
        ({"latitude": None}, {"latitude"}),
        ({"type_acces": "PAYANT"}, {"prix"}),
        ({"categorie": 999_999, "titre": "x", "latitude": None}, {"categorie", "latitude"}),
        ({"titre": None, "date_fin": None}, {"titre", "date_fin"}),
    ):
        refused = await ama.client.put(path, json=fields)
        assert (refused.status_code, set(refused.json()["details"])) == (400, named), fields
    changed = (
        await ama.client.put(path, json={"latitude": None, "longitude": None, "type_acces": "PAYANT", "prix": 10})
    ).json()["event"]
    assert (changed["latitude"], changed["longitude"], changed["prix"]) == (None, None, "10.00")
    changed = (await ama.client.put(path, json={"type_acces": "INVITATION"})).json()["event"]
    assert changed["prix"] == "0.00"


async def test_an_event_under_way_can_be_described_anew(scene: Scene) -> None:
    ama = await scene.person()
    event = await made(ama)
    await scene.owner.execute(
        "update spotvibe_evenement set date_debut = now() - interval '1 hour' where id = $1", event["id"]
    )
    answer = await ama.client.put(f"/api/events/{event['id']}/update/", json={"description": "Déjà commencé."})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("statut", ["ANNULE", "TERMINE"])
async def test_what_is_over_stays_as_it_is(scene: Scene, statut: str) -> None:
    ama = await scene.person()
    event = await made(ama)
    await scene.owner.execute("update spotvibe_evenement set statut = $2 where id = $1", event["id"], statut)
    refused = await ama.client.put(f"/api/events/{event['id']}/update/", json={"titre": "Autre"})
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_event_closed")


async def test_the_price_is_frozen_and_deletion_refused_once_a_ticket_is_sold(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ama = await scene.person()
    event = await approved(scene, ama, type_acces="PAYANT", prix=100)
    sold = False

    async def check(work: Any, key: int) -> bool:
        return sold and key == event["id"]

    sales = events_of(scene).sales
    monkeypatch.setattr(sales, "_checks", [check])
    path = f"/api/events/{event['id']}"
    assert (await ama.client.put(f"{path}/update/", json={"prix": 150})).status_code == 200
    sold = True
    refused = await ama.client.put(f"{path}/update/", json={"prix": 200, "titre": "Autre"})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"prix"})
    refused = await ama.client.put(f"{path}/update/", json={"type_acces": "GRATUIT"})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"prix", "type_acces"})
    assert (await ama.client.put(f"{path}/update/", json={"prix": "150.00", "lieu": "Ailleurs"})).status_code == 200
    refused = await ama.client.delete(f"{path}/delete/")
    assert (refused.status_code, refused.json()["code"]) == (400, "spotvibe_event_tickets_paid")
    assert (await ama.client.get(f"{path}/")).json()["prix"] == "150.00"
    sold = False
    assert (await ama.client.delete(f"{path}/delete/")).status_code == 204


async def test_capacity_never_goes_below_the_seats_that_are_taken(scene: Scene) -> None:
    ama = await scene.person()
    event = await approved(scene, ama, capacite=5)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        assert (await events_of(scene).take_seats(work, event["id"], 3)).places_libres == 2
        await work.commit()
    path = f"/api/events/{event['id']}/update/"
    refused = await ama.client.put(path, json={"capacite": 2})
    assert (refused.status_code, refused.json()["details"]) == (400, {"capacite": ["3 place(s) sont déjà prises."]})
    for capacity in (3, None, 4):
        shown = (await ama.client.put(path, json={"capacite": capacity})).json()["event"]
        assert (shown["capacite"], shown["places_prises"], shown["statut"]) == (capacity, 3, "VALIDE")


async def test_if_match_holds_for_put_and_delete(scene: Scene) -> None:
    ama = await scene.person()
    event = await made(ama)
    path = f"/api/events/{event['id']}"
    tag = (await ama.client.get(f"{path}/")).headers["etag"]
    changed = await ama.client.put(f"{path}/update/", json={"titre": "Un"}, headers={"if-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    for method, end in (("PUT", "update/"), ("DELETE", "delete/")):
        for stale in (tag, '"x"', f'{tag}, "77"'):
            headers = {"if-match": stale}
            refused = await ama.client.request(method, f"{path}/{end}", json={"titre": "Deux"}, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (412, "stale")
    assert (await ama.client.get(f"{path}/")).json()["titre"] == "Un"
    headers = {"if-match": changed.headers["etag"]}
    assert (await ama.client.delete(f"{path}/delete/", headers=headers)).status_code == 204


async def test_of_two_parallel_changes_of_one_version_one_is_stale(scene: Scene) -> None:
    ama = await scene.person()
    for _ in range(2):
        event = await made(ama)
        path = f"/api/events/{event['id']}/update/"
        headers = {"if-match": '"1"'}
        answers = await asyncio.gather(
            *(ama.client.put(path, json={"titre": f"Titre {number}"}, headers=headers) for number in range(4))
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_a_deleted_event_is_gone_for_all_and_its_row_stays(scene: Scene) -> None:
    ama, staff = await scene.person(), await scene.person(staff=True)
    answer = await ama.client.post(CREATE, data=body(), files={"image_couverture": ("affiche.png", PNG)})
    event = answer.json()["event"]
    await approve(scene, event["id"], staff)
    assert (await ama.client.delete(f"/api/events/{event['id']}/delete/")).status_code == 204
    assert (await staff.client.get(f"/api/events/{event['id']}/")).status_code == 404
    assert (await ama.client.get("/api/events/my-events/")).json() == []
    assert await state(scene, event["image_couverture"]) == "released"
    row = await scene.owner.fetchrow("select statut, archived_at from spotvibe_evenement where id = $1", event["id"])
    assert (row["statut"], row["archived_at"] is not None) == ("ANNULE", True)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        assert await events_of(scene).get(work, event["id"]) is None
        assert await events_of(scene).take_seats(work, event["id"], 1) is None


async def test_a_superuser_needs_no_profile_to_make_one(scene: Scene) -> None:
    root = await scene.person(profile=False, superuser=True)
    event = await made(root)
    assert event["createur"]["id"] == root.id
    other = await scene.person(profile=False, superuser=True)
    await approve(scene, event["id"], root)
    shared = {"event_id": event["id"], "platform": "LIEN"}
    assert (await other.client.post("/api/events/share/", json=shared)).status_code == 201


@pytest.mark.parametrize("key", ["0", "-1", "1.0", "x", "9223372036854775807", "9223372036854775808", "%00"])
async def test_no_event_is_404(scene: Scene, key: str) -> None:
    ama = await scene.person()
    for method, end in (("GET", ""), ("PUT", "update/"), ("DELETE", "delete/")):
        answer = await ama.client.request(method, f"/api/events/{key}/{end}", json={})
        assert (answer.status_code, set(answer.json())) == (404, {"error", "code"}), (method, end)


def test_moments_ahead_are_ahead() -> None:
    assert datetime.fromisoformat(moment(minutes=5)) > datetime.now(UTC) + timedelta(minutes=4)
