"""Categories of events (contracts/spotvibe.md section 4.1; DECISIONS.md section 2: staff write them)."""

from typing import Any

import pytest

from tests.installation import unique
from tests.plugins.spotvibe.happenings import made
from tests.scene import Scene

PATH = "/api/events/categories/"


async def test_an_installation_begins_with_a_dozen(scene: Scene) -> None:
    answer = await scene.api().get(PATH)
    first = answer.json()[0]
    assert first == {
        "id": 1,
        "nom": "Concert",
        "description": "Événements musicaux en direct.",
        "icone": "fas fa-music",
        "couleur": "#FF0000",
    }
    names = [each["nom"] for each in answer.json()]
    assert {"Théâtre et spectacle", "Conférence", "Soirée", "Cinéma"} <= set(names)
    assert int(answer.headers["x-total-count"]) == len(names) >= 12
    assert [each["id"] for each in answer.json()] == sorted(each["id"] for each in answer.json())
    part = await scene.api().get(PATH, params={"limit": 2, "offset": 1})
    assert part.json() == answer.json()[1:3]
    past = await scene.api().get(PATH, params={"offset": 1000})
    assert (past.json(), past.headers["x-total-count"]) == ([], answer.headers["x-total-count"])


async def test_staff_make_change_and_delete_them(scene: Scene) -> None:
    staff = (await scene.person(staff=True)).client
    nom = unique("Écoute")
    made_one = await staff.post(PATH, json={"nom": nom, "couleur": "#00ff00"})
    assert made_one.status_code == 201
    category = made_one.json()
    assert category == {"id": category["id"], "nom": nom, "description": "", "icone": "", "couleur": "#00ff00"}
    path = f"{PATH}{category['id']}/"
    changed = await staff.put(path, json={"description": "À écouter.", "couleur": ""})
    assert (changed.status_code, changed.json()) == (200, {**category, "description": "À écouter.", "couleur": ""})
    assert (await staff.put(path, json={"nom": nom.upper()})).json()["nom"] == nom.upper()
    assert (await staff.delete(path)).status_code == 204
    assert (await staff.delete(path)).status_code == 404
    assert (await staff.put(path, json={})).status_code == 404


async def test_a_name_is_used_once_whatever_its_case_and_accents(scene: Scene) -> None:
    staff = (await scene.person(staff=True)).client
    nom = unique("Écoute")
    one = (await staff.post(PATH, json={"nom": nom})).json()
    other = (await staff.post(PATH, json={"nom": unique("Autre")})).json()
    for answer in (
        await staff.post(PATH, json={"nom": nom.replace("É", "e").upper()}),
        await staff.put(f"{PATH}{other['id']}/", json={"nom": nom.lower()}),
    ):
        assert (answer.status_code, answer.json()["details"]) == (400, {"nom": ["Cette valeur existe déjà."]})
    assert (await staff.put(f"{PATH}{one['id']}/", json={"nom": nom})).status_code == 200


async def test_one_in_use_stays(scene: Scene) -> None:
    staff, ama = await scene.person(staff=True), await scene.person()
    category = (await staff.client.post(PATH, json={"nom": unique("Rare")})).json()
    event = await made(ama, categorie=category["id"])
    assert event["categorie"] == {"id": category["id"], "nom": category["nom"]}
    refused = await staff.client.delete(f"{PATH}{category['id']}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "spotvibe_category_in_use")
    assert (await staff.client.put(f"{PATH}{category['id']}/", json={"icone": "fas fa-x"})).status_code == 200


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"nom"}),
        ({"nom": " "}, {"nom"}),
        ({"nom": "a\0"}, {"nom"}),
        ({"nom": 1, "couleur": "rouge", "icone": None}, {"nom", "couleur", "icone"}),
        ({"nom": "x", "couleur": "#GGGGGG"}, {"couleur"}),
        ({"nom": "x" * 256}, {"nom"}),
    ],
)
async def test_wrong_fields_are_named(scene: Scene, body: dict[str, Any], named: set[str]) -> None:
    staff = (await scene.person(staff=True)).client
    refused = await staff.post(PATH, json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, named)


@pytest.mark.parametrize("key", ["0", "-1", "x", "9223372036854775808"])
async def test_none_of_this_id_is_404(scene: Scene, key: str) -> None:
    staff = (await scene.person(staff=True)).client
    assert (await staff.put(f"{PATH}{key}/", json={})).status_code == 404
    assert (await staff.delete(f"{PATH}{key}/")).status_code == 404


async def test_users_do_not_write_them(scene: Scene) -> None:
    ama = (await scene.person()).client
    for method, path in (("POST", PATH), ("PUT", f"{PATH}1/"), ("DELETE", f"{PATH}1/")):
        assert (await ama.request(method, path, json={"nom": "x"})).status_code == 403
        assert (await scene.api().request(method, path, json={"nom": "x"})).status_code == 401
