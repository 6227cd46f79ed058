"""Applications (contracts/driven.md, "Applications")."""

import asyncio
from typing import Any

import pytest

from tests.installation import unique
from tests.plugins.driven.pictures import PNG, application, made, page
from tests.portal import Portal

USES = {
    "driven_role": "insert into driven_role (nom, description, app_id) values ('x', '', $1)",
    "driven_page": "insert into driven_page (nom, description, lien, app_id) values ('x', '', '/x', $1)",
    "driven_fonction_api": "insert into driven_fonction_api (nom_fonction, description, app_id) values ('x', '', $1)",
}
"""What keeps an application from being deleted, by table."""


async def portail(portal: Portal) -> dict[str, Any]:
    """The application "Portail"."""
    key = await portal.owner.fetchval("select app_id from driven_application where protege")
    found: dict[str, Any] = (await portal.admin.client.get(f"/api/applications/{key}")).json()["data"]
    return found


async def test_an_application_lives(portal: Portal) -> None:
    admin = portal.admin.client
    answer = await admin.post("/api/applications", data=application(), files={"app_icon": ("a.png", PNG, "image/png")})
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == {
        "en": "Application created successfully",
        "fr": "Application créée avec succès",
    }
    one = answer.json()["data"]
    assert {**one, "app_id": 0, "app_icon": "", "creer_a": "", "modifier_a": ""} == {
        "app_id": 0,
        "nom": "Mon Application",
        "description": "Description de l'application",
        "app_color": "#FF0000",
        "app_icon": "",
        "creer_par": portal.admin.id,
        "modifier_par": portal.admin.id,
        "creer_a": "",
        "modifier_a": "",
    }
    assert one["app_icon"].startswith("uploads/icons/")
    path = f"/api/applications/{one['app_id']}"
    assert (await admin.get(path)).json()["data"] == one
    for given in ({"data": {"nom": "Autre"}}, {"json": {"description": ""}}, {"data": {"app_color": "#00ff00"}}):
        changed = await admin.put(path, **given)
        assert changed.status_code == 200, changed.text
    now = changed.json()["data"]
    assert (now["nom"], now["description"], now["app_color"]) == ("Autre", "", "#00ff00")
    assert now["app_icon"] == one["app_icon"]
    assert changed.json()["message"]["fr"] == "Application mise à jour avec succès"
    gone = await admin.delete(path)
    assert (gone.status_code, gone.json()["message"]["en"]) == (200, "Application deleted successfully")
    for answer in (await admin.get(path), await admin.put(path, json={"nom": "x"}), await admin.delete(path)):
        assert answer.status_code == 404
        assert answer.json()["message"] == {"en": "Application not found", "fr": "Application non trouvée"}


async def test_json_will_do_as_well(portal: Portal) -> None:
    answer = await portal.admin.client.post("/api/applications", json={"nom": "Sans icône"})
    assert answer.status_code == 201, answer.text
    one = answer.json()["data"]
    assert (one["app_icon"], one["app_color"], one["description"]) == (None, None, "")


async def test_the_list_comes_whole_unless_a_page_is_asked_for(portal: Portal) -> None:
    names = [(await made(portal, "applications", application(nom=unique("App"))))["nom"] for _ in range(12)]
    whole = (await portal.admin.client.get("/api/applications")).json()
    assert set(whole) == {"error", "message", "data"}
    assert [each["nom"] for each in whole["data"]][-12:] == names
    page_of = (await portal.admin.client.get("/api/applications", params={"page": 1})).json()
    assert (len(page_of["data"]), page_of["pagination"]["per_page"]) == (10, 10)
    assert page_of["pagination"]["total_items"] == len(whole["data"])


@pytest.mark.parametrize(
    "color", ["red", "#F00", "#GG0000", "#FF00001", "FF0000", "#FF000٠", "#FF0000;x", "rgb(1,2,3)"]
)
async def test_a_colour_is_six_hexadecimal_digits(portal: Portal, color: str) -> None:
    refused = await portal.admin.client.post("/api/applications", json=application(app_color=color))
    assert refused.status_code == 400
    assert refused.json()["details"] == {"app_color": ["Une couleur au format #RRVVBB est attendue."]}


async def test_an_empty_colour_is_none(portal: Portal) -> None:
    one = await made(portal, "applications", application(app_color=""))
    assert one["app_color"] is None


async def test_every_failing_field_is_named(portal: Portal) -> None:
    wrong = {"nom": " ", "description": "x" * 5001, "app_color": "x"}
    for given in ({"data": wrong}, {"json": {**wrong, "app_icon": 7}}):
        refused = await portal.admin.client.post("/api/applications", **given)
        expected = {*wrong, "app_icon"} if "json" in given else set(wrong)
        assert (refused.status_code, set(refused.json()["details"])) == (400, expected)


async def test_an_application_in_use_stays(portal: Portal) -> None:
    one = await made(portal, "applications", application())
    key = one["app_id"]
    await made(portal, "pages", page(app_id=key))
    for number in range(2):
        await portal.owner.execute(
            "insert into driven_role (nom, description, app_id) values ($1, '', $2)", f"r{number}", key
        )
    await portal.owner.execute(
        "insert into driven_fonction_api (nom_fonction, description, app_id) values ('f', '', $1)", key
    )
    refused = await portal.admin.client.delete(f"/api/applications/{key}")
    assert refused.status_code == 409
    assert refused.json()["message"] == {
        "en": "The application has 2 role(s), 1 page(s) and 1 function(s): it cannot be deleted",
        "fr": "L'application a 2 rôle(s), 1 page(s) et 1 fonction(s) : elle ne peut être supprimée",
    }
    assert (await portal.admin.client.get(f"/api/applications/{key}")).json()["data"] == one


@pytest.mark.parametrize("table", USES)
async def test_each_use_alone_keeps_it(portal: Portal, table: str) -> None:
    key = (await made(portal, "applications", application()))["app_id"]
    await portal.owner.execute(USES[table], key)
    assert (await portal.admin.client.delete(f"/api/applications/{key}")).status_code == 409


async def test_the_portal_is_neither_deleted_nor_renamed(portal: Portal) -> None:
    one = await portail(portal)
    path = f"/api/applications/{one['app_id']}"
    for answer in (
        await portal.admin.client.delete(path),
        await portal.admin.client.put(path, json={"nom": "Autre"}),
        await portal.admin.client.put(path, data={"nom": "portail"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "driven_application_protected")
    assert await portail(portal) == one
    changed = await portal.admin.client.put(path, json={"nom": "Portail", "description": "Le portail"})
    assert (changed.status_code, changed.json()["data"]["description"]) == (200, "Le portail")


async def test_nobody_protects_an_application_of_his_own(portal: Portal) -> None:
    one = await made(portal, "applications", application(protege="true", app_id="1"))
    assert "protege" not in one
    assert not await portal.owner.fetchval("select protege from driven_application where app_id = $1", one["app_id"])


async def test_an_application_does_not_go_while_a_page_comes_to_it(portal: Portal) -> None:
    admin = portal.admin.client
    for _ in range(10):
        key = (await made(portal, "applications", application()))["app_id"]
        page_id = (await made(portal, "pages", page()))["page_id"]
        gone, added = await asyncio.gather(
            admin.delete(f"/api/applications/{key}"),
            admin.post(f"/api/pages/application/{key}/add", json={"page_ids": [page_id]}),
        )
        assert (gone.status_code, added.status_code) in ((200, 404), (409, 200))


@pytest.mark.parametrize("table", USES)
async def test_a_deletion_waits_for_what_comes_to_it_and_counts_it(portal: Portal, table: str) -> None:
    key = (await made(portal, "applications", application()))["app_id"]
    async with portal.owner.transaction():
        await portal.owner.execute(USES[table], key)
        deleting = asyncio.create_task(portal.admin.client.delete(f"/api/applications/{key}"))
        await asyncio.sleep(0.3)
        assert not deleting.done(), "it waits"
    refused = await deleting
    assert (refused.status_code, refused.json()["code"]) == (409, "driven_application_in_use")
    assert refused.json()["message"]["en"].count("1 ") == 1


async def test_who_may(portal: Portal) -> None:
    one = await made(portal, "applications", application())
    path = f"/api/applications/{one['app_id']}"
    assert (await portal.api().get("/api/applications")).status_code == 401
    reader = (await portal.person()).client
    assert (await reader.get(path)).status_code == 200
    files = {"app_icon": ("a.png", PNG, "image/png")}
    counted = await portal.owner.fetchval("select count(*) from public_file")
    for answer in (
        await reader.post("/api/applications", data=application(), files=files),
        await reader.put(path, data={"nom": "x"}, files=files),
        await reader.delete(path),
    ):
        assert answer.status_code == 403
    assert await portal.owner.fetchval("select count(*) from public_file") == counted
    assert (await reader.get(path)).json()["data"] == one
