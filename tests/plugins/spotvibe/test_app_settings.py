"""Settings and FAQ: everybody reads, staff write (contracts/spotvibe.md section 3.5; DECISIONS.md section 2)."""

from typing import Any

import pytest

from tests.installation import unique
from tests.scene import Scene

SETTINGS, FAQ = "/api/core/settings/", "/api/core/faq/"


def key() -> str:
    """The key of a setting that no other test uses."""
    return unique("CLE").replace("-", "_").upper()


async def listed(client: Any) -> dict[str, Any]:
    """The settings that somebody sees, by key."""
    answer = await client.get(SETTINGS, params={"limit": 500})
    found = {each["cle"]: each for each in answer.json()}
    assert int(answer.headers["x-total-count"]) == len(found)
    return found


async def test_the_seeded_setting_is_public(scene: Scene) -> None:
    assert (await listed(scene.api()))["MAX_IMAGE_SIZE"] == {
        "cle": "MAX_IMAGE_SIZE",
        "valeur": "5",
        "type_valeur": "INTEGER",
        "description": "Taille maximale des images uploadées en MB.",
        "public": True,
    }


async def test_staff_write_and_everybody_sees_what_is_public(scene: Scene) -> None:
    staff, cle = await scene.person(staff=True), key()
    body = {"cle": cle, "valeur": "12.5", "type_valeur": "DECIMAL", "description": "Un taux"}
    made = await staff.client.post(SETTINGS, json=body)
    assert (made.status_code, made.json()) == (201, {**body, "public": False})
    assert cle not in await listed(scene.api())
    assert (await listed(staff.client))[cle] == made.json()
    changed = await staff.client.put(f"{SETTINGS}{cle.lower()}/", json={"public": True, "valeur": "13", "cle": "X"})
    assert (changed.status_code, changed.json()) == (200, {**body, "public": True, "valeur": "13"})
    assert (await listed(scene.api()))[cle] == changed.json()
    assert (await staff.client.delete(f"{SETTINGS}{cle}/")).status_code == 204
    assert cle not in await listed(staff.client)
    for method, options in (("PUT", {"json": {"valeur": "1"}}), ("DELETE", {})):
        assert (await staff.client.request(method, f"{SETTINGS}{cle}/", **options)).status_code == 404


async def test_a_key_is_used_once_whatever_its_case(scene: Scene) -> None:
    staff, cle = await scene.person(staff=True), key()
    body = {"cle": cle, "valeur": "", "type_valeur": "STRING"}
    assert (await staff.client.post(SETTINGS, json=body)).status_code == 201
    refused = await staff.client.post(SETTINGS, json={**body, "cle": cle.lower()})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"cle"})


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("INTEGER", ["0", "-12", "9" * 18], ["", "1.0", "abc", "NaN", "9" * 19, " 1", "1e3", "٣"]),
        ("DECIMAL", ["0", "-1.50", "12"], ["", "1,5", "NaN", "Infinity", "1e3", ".5"]),
        ("BOOLEAN", ["true", "false"], ["", "oui", "1", "True"]),
        ("JSON", ["{}", "[1, null]", '"texte"', "12"], ["", "{", "NaN", "{'a': 1}", "[" * 5000]),
        ("STRING", ["", "n'importe quoi"], ["v" * 10_001, "a\0b"]),
    ],
)
async def test_a_value_is_of_its_type(scene: Scene, kind: str, good: list[str], bad: list[str]) -> None:
    staff, cle = await scene.person(staff=True), key()
    made = await staff.client.post(SETTINGS, json={"cle": cle, "valeur": good[0], "type_valeur": kind})
    assert made.status_code == 201, made.text
    for value in good:
        changed = await staff.client.put(f"{SETTINGS}{cle}/", json={"valeur": value})
        assert (changed.status_code, changed.json()["valeur"]) == (200, value)
    for value in bad:
        refused = await staff.client.put(f"{SETTINGS}{cle}/", json={"valeur": value})
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"valeur"}), value
    assert (await listed(staff.client))[cle]["valeur"] == good[-1]


async def test_a_type_that_the_value_is_not_of_is_refused(scene: Scene) -> None:
    staff, cle = await scene.person(staff=True), key()
    await staff.client.post(SETTINGS, json={"cle": cle, "valeur": "texte", "type_valeur": "STRING"})
    refused = await staff.client.put(f"{SETTINGS}{cle}/", json={"type_valeur": "INTEGER"})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"valeur"})
    assert (await listed(staff.client))[cle]["type_valeur"] == "STRING"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"cle", "valeur", "type_valeur"}),
        ({"cle": "deux mots", "valeur": "1", "type_valeur": "INTEGER"}, {"cle"}),
        ({"cle": "../x", "valeur": "1", "type_valeur": "INTEGER"}, {"cle"}),
        ({"cle": "C" * 101, "valeur": "1", "type_valeur": "INTEGER"}, {"cle"}),
        ({"cle": "CLE", "valeur": 1, "type_valeur": "FLOAT"}, {"valeur", "type_valeur"}),
        ({"cle": "CLE", "valeur": "1", "type_valeur": "INTEGER", "public": "oui"}, {"public"}),
    ],
)
async def test_every_wrong_field_is_named(scene: Scene, body: dict[str, Any], wrong: set[str]) -> None:
    staff = await scene.person(staff=True)
    refused = await staff.client.post(SETTINGS, json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [({"valeur": "0"}, "valeur"), ({"valeur": "51"}, "valeur"), ({"type_valeur": "STRING"}, "type_valeur")],
)
async def test_what_the_server_reads_keeps_its_bounds(scene: Scene, change: dict[str, Any], wrong: str) -> None:
    staff = await scene.person(staff=True)
    refused = await staff.client.put(f"{SETTINGS}max_image_size/", json=change)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {wrong})
    assert (await staff.client.delete(f"{SETTINGS}Max_Image_Size/")).status_code == 400
    assert (await listed(scene.api()))["MAX_IMAGE_SIZE"]["valeur"] == "5"


async def test_faq_is_seeded_in_french_and_kept_by_staff(scene: Scene) -> None:
    staff = await scene.person(staff=True)
    seeded = (await scene.api().get(FAQ)).json()
    assert [each["ordre"] for each in seeded] == sorted(each["ordre"] for each in seeded)
    first = next(each for each in seeded if each["ordre"] == 1)
    assert (first["question"], first["categorie"]) == ("Comment réinitialiser mon mot de passe?", "COMPTE")
    body = {"question": "Où êtes-vous ?", "reponse": "À Cotonou.", "categorie": unique("LIEU")}
    made = await staff.client.post(FAQ, json=body)
    assert (made.status_code, made.json()) == (201, {**body, "id": made.json()["id"], "ordre": 0})
    path = f"{FAQ}{made.json()['id']}/"
    changed = await staff.client.put(path, json={"reponse": "À Porto-Novo."})
    assert (changed.status_code, changed.json()) == (200, {**made.json(), "reponse": "À Porto-Novo."})
    narrowed = await scene.api().get(FAQ, params={"categorie": body["categorie"].lower()})
    assert narrowed.json() == [changed.json()]
    assert (await staff.client.delete(path)).status_code == 204
    assert (await scene.api().get(FAQ, params={"categorie": body["categorie"]})).json() == []


@pytest.mark.parametrize("wrong", ["question", "reponse", "categorie", "ordre"])
async def test_a_wrong_field_of_a_faq_is_named(scene: Scene, wrong: str) -> None:
    staff = await scene.person(staff=True)
    body = {"question": "Q", "reponse": "R", "categorie": "C", "ordre": 1, wrong: " " if wrong != "ordre" else 2**40}
    refused = await staff.client.post(FAQ, json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {wrong})
