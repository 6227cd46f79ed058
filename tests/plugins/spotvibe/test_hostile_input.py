"""Hostile values, bodies, forms and queries for every operation of spotvibe: never a 500, every refusal in the dialect,
and nothing changed by what is refused."""

import json
import re
from typing import Any

import msgspec
import pytest

from tests.architecture.operations import Declared, declared
from tests.hostile.bodies import FREE_VALUES, TOKENS, VALUES, raw_bodies, with_duplicate_key
from tests.hostile.forms import END, URLENCODED, Form, part, text
from tests.installation import PASSWORD, Api, unique
from tests.matrices.footprint import row_counts
from tests.plugins.ekigega.receipts import PNG
from tests.scene import Scene

MARK = "@@hostile@@"
JSON = {"content-type": "application/json"}
NO_UUID = "01980000-0000-7000-8000-000000000000"
OPERATIONS = sorted(declared("spotvibe"), key=lambda operation: operation.name)
SAMPLES: dict[str, Any] = {
    "cancel_payment": {"payment_uuid": NO_UUID},
    "change_user_password": {
        "old_password": "faux",
        "new_password": "Petite-Saison-43",
        "confirm_password": "Petite-Saison-43",
    },
    "create_app_setting": {
        "cle": "deux mots",
        "valeur": "cinq",
        "type_valeur": "INTEGER",
        "description": "d",
        "public": True,
    },
    "create_event": {
        "titre": "Festival",
        "description": "Un festival.",
        "date_debut": "2020-01-01T10:00:00Z",
        "date_fin": "2030-01-01T10:00:00Z",
        "lieu": "Parc Central",
        "categorie": 2**62,
        "type_acces": "PAYANT",
        "adresse": "Cotonou",
        "prix": "0",
        "description_courte": "c",
        "capacite": 5,
        "latitude": 6.37,
        "longitude": 2.39,
        "image_couverture": None,
    },
    "create_event_category": {"nom": "", "description": "d", "icone": "i", "couleur": "rouge"},
    "confirm_password_reset": {"token": "faux", "new_password": PASSWORD, "confirm_password": PASSWORD},
    "create_faq": {"question": "", "reponse": "", "categorie": "C", "ordre": 1},
    "create_notification_template": {
        "type_notification": "deux mots",
        "nom": "n",
        "canaux_actifs": ["EMAIL"],
        "sujet_fr": "s",
        "corps_fr": "{absent",
        "sujet_en": "s",
        "corps_en": "c",
    },
    "create_plan": {
        "nom": "",
        "type_plan": "GOLD",
        "prix": "10000.50",
        "commission_reduite": "5.00",
        "duree": "MENSUEL",
        "description": "d",
        "max_evenements_par_mois": 5,
        "support_prioritaire": True,
    },
    "disable_second_factor": {"code": "000000"},
    "follow_user": {"user_id": 2**62},
    "initiate_payment": {
        "type_paiement": "BILLET",
        "montant": 5000,
        "methode_paiement": "MOMO_MTN",
        "telephone_paiement": "+22997000000",
        "subscription_id": 2**62,
        "event_ticket_id": 2**62,
        "otp": "000000",
    },
    "invite_to_event": {"user_ids": [2**62]},
    "join_event": {"event_id": 2**62, "status": "PARTICIPE"},
    "mark_notifications_read": {"notification_ids": [2**62]},
    "pay_subscription": {
        "plan_id": 2**62,
        "payment_method": "MOMO_MTN",
        "phone_number": "+22997000000",
        "otp": "000000",
    },
    "purchase_event_tickets": {
        "event_id": 2**62,
        "quantity": 2,
        "payment_method": "MOMO_MTN",
        "phone_number": "+22997000000",
        "otp": "000000",
    },
    "renew_subscription": {"payment_method": "MOMO_MTN", "phone_number": "+22997000000", "otp": "000000"},
    "start_bulk_send": {"template_id": 2**62, "target_users": [2**62], "additional_data": {"code": "a"}},
    "update_notification_preference": {
        "type_notification": "INCONNU",
        "canal": "EMAIL",
        "actif": True,
        "frequence": "IMMEDIATE",
    },
    "update_notification_template": {
        "type_notification": "deux mots",
        "nom": "n",
        "canaux_actifs": ["EMAIL"],
        "sujet_fr": "s",
        "corps_fr": "{absent",
        "sujet_en": "s",
        "corps_en": "c",
    },
    "upgrade_subscription": {
        "new_plan_id": 2**62,
        "payment_method": "MOMO_MTN",
        "phone_number": "+22997000000",
        "otp": "000000",
    },
    "update_plan": {
        "nom": "",
        "type_plan": "GOLD",
        "prix": "10000",
        "commission_reduite": "5.00",
        "duree": "MENSUEL",
        "description": "d",
        "max_evenements_par_mois": 5,
        "support_prioritaire": True,
    },
    "refresh_user_token": {"refresh": "faux"},
    "register_push_token": {"token": "", "plateforme": "NOKIA", "nom_appareil": "n"},
    "register_user": {
        "username": "deux mots",
        "email": "quelquun@example.com",
        "password": "court",
        "telephone": "+22997000000",
        "first_name": "Afi",
        "last_name": "Dossou",
    },
    "report_content": {"content_type": "comment", "object_id": 2**62, "reason": "Spam", "description": "d"},
    "request_refund": {"payment_uuid": NO_UUID, "raison": "AUTRE", "description": "d"},
    "retry_payment": {
        "payment_uuid": NO_UUID,
        "methode_paiement": "MOMO_MTN",
        "telephone_paiement": "+22997000000",
        "otp": "000000",
    },
    "request_password_reset": {"email": "personne@example.com"},
    "run_bulk_action": {"action_type": "inconnue", "object_ids": [2**62], "reason": "r"},
    "run_quick_action": {"action_name": "inconnue", "value": True, "message": "m"},
    "scan_ticket": {"code": "SV1.faux", "event_id": 2**62},
    "send_contact_message": {"nom": "", "email": "faux", "sujet": "s", "message": "m"},
    "send_feedback": {"subject": "", "message": "", "email": "a@example.com"},
    "send_second_factor_code": {"challenge": "faux"},
    "set_up_second_factor": {"method": "PIGEON"},
    "share_event": {"event_id": 2**62, "platform": "LIEN", "shared_link": "ftp://example.com"},
    "sign_in_user": {"email": "personne@example.com", "password": "faux"},
    "sign_in_with_facebook": {"access_token": "faux"},
    "sign_in_with_google": {"access_token": "faux"},
    "sign_out_user": {"refresh": "faux"},
    "submit_user_verification": {"document_identite": "carte.pdf"},
    "update_app_setting": {"valeur": "1", "type_valeur": "INTEGER", "description": "d", "public": False},
    "update_contact_message": {"statut": "LU"},
    "update_event": {
        "titre": "Festival",
        "description": "Un festival.",
        "date_debut": "2030-01-01T10:00:00Z",
        "date_fin": "2030-01-02T10:00:00Z",
        "lieu": "Parc Central",
        "categorie": 2**62,
        "type_acces": "PAYANT",
        "adresse": "Cotonou",
        "prix": "0",
        "description_courte": "c",
        "capacite": 5,
        "latitude": 6.37,
        "longitude": 2.39,
        "image_couverture": None,
    },
    "update_event_category": {"nom": "Lecture", "description": "d", "icone": "i", "couleur": "#112233"},
    "update_faq": {"question": "Q", "reponse": "R", "categorie": "C", "ordre": 1},
    "update_report": {"statut": "LU"},
    "upload_file": {"file": "texte", "type": "video"},
    "update_user_profile": {
        "username": "deux mots",
        "first_name": "Afi",
        "last_name": "Dossou",
        "telephone": "+22997000000",
        "date_naissance": "1990-01-01",
        "bio": "b",
        "notifications_email": True,
        "notifications_push": True,
    },
    "verify_payment": {"payment_uuid": NO_UUID},
    "verify_second_factor": {"code": "000000", "challenge": "faux"},
    "verify_user_email": {"token": "faux"},
}
"""A body for every operation that reads one; none of them succeeds but that of `request_password_reset`."""
BODIED = [each for each in OPERATIONS if each.handler.parsed_data_field is not None]
KEYED = [each for each in OPERATIONS if "{" in each.path]
KEYS = ("0", "-1", "1.0", "%D9%A1", "9223372036854775808", "1e3", "0x1", "null", "';--", "%F0%9F%98%80", "%00", "%FF")
QUERIES = (
    "page=9999999999&limit=-1&offset=1.5",
    "page=%D9%A1",
    "limit=999999999999&offset=9999999999",
    "offset=999999999",
    "ordering=--id,id;drop,email,%F0%9F%98%80," + "id," * 500,
    "search=" + "%25" * 300,
    "search=%00",
    "&&&===&%zz",
)


def refusal_of(answer: Any, where: str) -> None:
    """Assert that an answer is no fault of ours, and a refusal in the dialect where it is one."""
    assert answer.status_code < 500, f"{where}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code < 400:
        return
    body = answer.json()
    assert {"error", "code"} <= set(body) <= {"error", "code", "details"}, where
    assert body["error"], where
    for problems in body.get("details", {}).values():
        assert problems, where


def path_of(operation: Declared) -> str:
    """The path of a request about what does not exist."""
    return re.sub(r"\{[^}]+\}", str(2**62), operation.path)


@pytest.fixture(scope="module")
async def fan(scene: Scene) -> Api:
    """Somebody with a profile and a long session, whom no operation refuses: staff."""
    return (await scene.person(staff=True)).client


async def unchanged(scene: Scene) -> dict[str, int]:
    """The number of rows of every table but those that keep what was refused, or asked for."""
    counts = await row_counts(scene.owner)
    return {name: count for name, count in counts.items() if name not in ("audit_entry", "row_tally", "outbox")}


def test_every_operation_with_a_body_has_a_sample() -> None:
    assert set(SAMPLES) == {each.name for each in BODIED}
    for each in BODIED:
        fields = {field.encode_name for field in msgspec.structs.fields(each.handler.parsed_data_field.annotation)}
        assert set(SAMPLES[each.name]) <= fields


@pytest.mark.parametrize("operation", BODIED, ids=lambda operation: operation.name)
async def test_values_of_every_field(operation: Declared, scene: Scene, fan: Api) -> None:
    sample = SAMPLES[operation.name]
    path = path_of(operation)
    before = await unchanged(scene)
    for field in sample:
        for case in [*TOKENS, *VALUES, *FREE_VALUES]:
            marked = json.dumps({**sample, field: MARK}).encode().replace(f'"{MARK}"'.encode(), case.data)
            answer = await fan.request(operation.method, path, content=marked, headers=JSON)
            refusal_of(answer, f"{operation.name} {field} {case.name}")
            if case in TOKENS:
                assert answer.status_code == 400, f"{field} {case.name}"
    assert await unchanged(scene) == before


@pytest.mark.parametrize("operation", BODIED, ids=lambda operation: operation.name)
async def test_bodies(operation: Declared, scene: Scene, fan: Api) -> None:
    valid = json.dumps(SAMPLES[operation.name]).encode()
    path = path_of(operation)
    before = await unchanged(scene)
    for case in raw_bodies(valid):
        answer = await fan.request(operation.method, path, content=case.data, headers=JSON)
        refusal_of(answer, f"{operation.name} {case.name}")
        assert answer.status_code == 400, case.name
    refusal_of(await fan.request(operation.method, path, content=with_duplicate_key(valid), headers=JSON), "duplicate")
    for media in ("text/plain", "application/xml", "multipart/mixed; boundary=x"):
        answer = await fan.request(operation.method, path, content=valid, headers={"content-type": media})
        assert answer.status_code == 415, media
    assert await unchanged(scene) == before


@pytest.mark.parametrize("operation", KEYED, ids=lambda operation: operation.name)
async def test_ids_that_are_none(operation: Declared, fan: Api) -> None:
    for key in KEYS:
        path = re.sub(r"\{[^}]+\}", key, operation.path)
        answer = await fan.request(operation.method, path)
        refusal_of(answer, f"{operation.name} {key}")
        assert answer.status_code in (400, 404), key


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_queries(operation: Declared, fan: Api) -> None:
    for query in QUERIES:
        answer = await fan.request(operation.method, f"{path_of(operation)}?{query}")
        refusal_of(answer, f"{operation.name}?{query[:60]}")


def file(field: bytes, value: bytes, filename: bytes = b"a.png") -> bytes:
    """A file part."""
    return text(field, value, b'; filename="' + filename + b'"\r\nContent-Type: image/png')


def forms(field: bytes) -> list[Form]:
    """What is answered with 400, and stores nothing."""
    bio = text(b"bio", b"Ma bio")
    return [
        Form("no boundary", bio + END, b"multipart/form-data"),
        Form("another boundary", bio + END, b"multipart/form-data; boundary=y"),
        Form("boundary of bytes", bio + END, b"multipart/form-data; boundary=\xff\xfe"),
        Form("no end", bio + file(field, PNG)),
        Form("cut in the picture", (bio + file(field, PNG))[:-30]),
        Form("part without a name", bio + part(b"Content-Disposition: form-data", b"1") + END),
        Form("part without a head", bio + b"--x\r\n\r\n1\r\n" + END),
        Form("NUL in a name", bio + text(b"a\0b", b"1") + END),
        Form("text that is no UTF-8", bio + text(field, b"\xff\xfe") + END),
        Form("text where the file belongs", bio + text(field, b"a.png") + END),
        Form("wrong picture", bio + file(field, b"<html>") + END),
        Form("empty picture", bio + file(field, b"") + END),
        Form("wrong picture behind a good one", bio + file(field, PNG) + file(field, b"<html>") + END),
        Form("1,500 parts", bio + b"".join(text(b"a%d" % number, b"1") for number in range(1500)) + END),
        Form("100,000 delimiters", b"--x\r\n" * 100_000 + END),
        Form("urlencoded picture", field + b"=%89PNG", URLENCODED),
        Form("urlencoded NUL", b"bio=a%00&" + field + b"=x", URLENCODED),
    ]


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PUT", "/api/users/profile/", b"photo_profil"),
        ("POST", "/api/users/verification/", b"document_identite"),
        ("POST", "/api/events/create/", b"image_couverture"),
    ],
)
async def test_forms(method: str, path: str, field: bytes, scene: Scene, fan: Api) -> None:
    before = await row_counts(scene.owner)
    for form in forms(field):
        answer = await fan.request(method, path, content=form.data, headers={b"content-type": form.media})
        refusal_of(answer, form.name)
        assert answer.status_code == 400, f"{form.name}: {answer.status_code} {answer.text[:200]}"
    assert await row_counts(scene.owner) == before


async def test_odd_forms_that_are_right_are_taken(scene: Scene) -> None:
    person = await scene.person()
    name = unique("bio").encode()
    for form in (
        Form("two pictures: the last one", file(b"photo_profil", b"x") + file(b"photo_profil", PNG) + END),
        Form("unknown fields, files among them", file(b"photo_profil", PNG) + file(b"autre", b"x" * 100) + END),
        Form("a field twice", text(b"bio", b"a") + text(b"bio", name) + file(b"photo_profil", PNG) + END),
        Form("no file chosen, then one", file(b"photo_profil", b"", b"") + file(b"photo_profil", PNG) + END),
        Form("file name of a path", file(b"photo_profil", PNG, b"../../a.png") + END),
    ):
        headers = {b"content-type": form.media}
        answer = await person.client.put("/api/users/profile/", content=form.data, headers=headers)
        assert answer.status_code == 200, f"{form.name}: {answer.text[:300]}"
        assert (await scene.api().get(answer.json()["user"]["photo_profil"])).content == PNG, form.name
    assert (await person.client.get("/api/users/profile/")).json()["bio"] == name.decode()
