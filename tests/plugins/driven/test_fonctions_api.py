"""Functions and the permissions that they ask for (contracts/driven.md, "API de Fonctions")."""

from typing import Any

import pytest

from tests.installation import unique
from tests.plugins.driven.arrange import application, seeded
from tests.portal import Portal


async def made(portal: Portal, **fields: Any) -> dict[str, Any]:
    """Create a function."""
    body = {"nom_fonction": unique("get_choses"), "description": "Récupère des choses", **fields}
    body.setdefault("app_id", await application(portal))
    answer = await portal.admin.client.post("/api/fonctions_api", json=body)
    assert answer.status_code == 201, answer.text
    fonction: dict[str, Any] = answer.json()["data"]
    return fonction


async def tied(portal: Portal, fonction: dict[str, Any]) -> list[str]:
    """The names of a function's permissions, as it shows them."""
    shown = await portal.admin.client.get(f"/api/fonctions_api/{fonction['fonction_id']}/permissions")
    assert shown.json()["message"]["en"] == "API function permissions retrieved successfully"
    return [each["nom"] for each in shown.json()["data"]]


async def test_a_function_lives(portal: Portal) -> None:
    admin = portal.admin.client
    app = await application(portal)
    body = {"nom_fonction": "get_utilisateurs", "description": "Récupère la liste des utilisateurs", "app_id": app}
    answer = await admin.post("/api/fonctions_api", json={**body, "creer_par": 1})
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == {
        "en": "API function created successfully",
        "fr": "Fonction API créée avec succès",
    }
    fonction = answer.json()["data"]
    assert fonction.items() >= body.items()
    assert fonction["creer_par"] == portal.admin.id
    path = f"/api/fonctions_api/{fonction['fonction_id']}"
    assert (await admin.get(path)).json()["data"] == fonction
    changed = await admin.put(path, json={"description": "Récupère la liste complète des utilisateurs"})
    assert changed.json()["data"]["description"] == "Récupère la liste complète des utilisateurs"
    assert (changed.status_code, changed.json()["data"]["nom_fonction"]) == (200, "get_utilisateurs")
    gone = await admin.delete(path)
    assert gone.json() == {
        "error": False,
        "message": {"en": "API function deleted successfully", "fr": "Fonction API supprimée avec succès"},
    }
    assert (await admin.get(path)).json()["message"]["fr"] == "Fonction API non trouvée"


async def test_functions_of_an_application(portal: Portal) -> None:
    app = await application(portal)
    fonctions = [await made(portal, app_id=app) for _ in range(3)]
    await made(portal)
    page = (await portal.admin.client.get(f"/api/fonctions_api/application/{app}?page=2&per_page=2")).json()
    assert page["data"] == fonctions[2:]
    assert page["pagination"]["total_items"] == 3
    everything = (await portal.admin.client.get("/api/fonctions_api")).json()
    assert everything["message"]["fr"] == "Fonctions API récupérées avec succès"
    assert everything["pagination"]["total_items"] >= 4


async def test_names_are_unique_in_an_application(portal: Portal) -> None:
    fonction = await made(portal)
    same = {"nom_fonction": fonction["nom_fonction"], "app_id": fonction["app_id"]}
    again = await portal.admin.client.post("/api/fonctions_api", json=same)
    assert (again.status_code, set(again.json()["details"])) == (409, {"nom_fonction"})
    assert (await made(portal, nom_fonction=fonction["nom_fonction"]))["app_id"] != fonction["app_id"]
    unknown = await portal.admin.client.post("/api/fonctions_api", json={"nom_fonction": "x", "app_id": 2**62})
    assert (unknown.status_code, set(unknown.json()["details"])) == (400, {"app_id"})
    lacking = await portal.admin.client.post("/api/fonctions_api", json={})
    assert (lacking.status_code, set(lacking.json()["details"])) == (400, {"nom_fonction", "app_id"})


async def test_permissions_are_assigned_and_removed(portal: Portal) -> None:
    admin = portal.admin.client
    fonction = await made(portal)
    path = f"/api/fonctions_api/{fonction['fonction_id']}/permissions"
    create, read, update = await seeded(portal, "CREATE", "READ", "UPDATE")
    assigned = await admin.post(path, json={"permission_ids": [update, create]})
    assert (assigned.status_code, assigned.json()["message"]) == (
        200,
        {
            "en": "Permissions assigned to API function successfully",
            "fr": "Permissions assignées à la fonction API avec succès",
        },
    )
    assert {**assigned.json()["data"], "modifier_a": ""} == {**fonction, "modifier_a": ""}
    one = await admin.post(f"{path}/{read}")
    assert (one.status_code, one.json()["message"]["en"]) == (
        200,
        "Permission assigned to API function successfully",
    )
    assert one.json()["data"]["fonction_id"] == fonction["fonction_id"]
    assert await tied(portal, fonction) == ["CREATE", "READ", "UPDATE"]
    removed = await admin.request("DELETE", path, json={"permission_ids": [create, read]})
    assert (removed.status_code, removed.json()["message"]["en"]) == (
        200,
        "Permissions removed from API function successfully",
    )
    assert await tied(portal, fonction) == ["UPDATE"]


async def test_what_is_unknown_changes_nothing(portal: Portal) -> None:
    admin = portal.admin.client
    fonction = await made(portal)
    path = f"/api/fonctions_api/{fonction['fonction_id']}/permissions"
    (read,) = await seeded(portal, "READ")
    assert (await admin.post(path, json={"permission_ids": [read, 2**62]})).status_code == 404
    for unknown in (2**62, 2**63, 0, "x"):
        assert (await admin.post(f"{path}/{unknown}")).status_code == 404
        assert (await admin.post(f"/api/fonctions_api/{unknown}/permissions/{read}")).status_code == 404
        assert (await admin.get(f"/api/fonctions_api/{unknown}/permissions")).status_code == 404
    assert await tied(portal, fonction) == []


async def test_a_function_with_permissions_stays_unless_forced(portal: Portal) -> None:
    admin = portal.admin.client
    fonction = await made(portal)
    path = f"/api/fonctions_api/{fonction['fonction_id']}"
    await admin.post(f"{path}/permissions", json={"permission_ids": await seeded(portal, "READ", "UPDATE")})
    for query in ("", "?force=false", "?force="):
        refused = await admin.delete(f"{path}{query}")
        assert refused.status_code == 409
        assert "2 permission(s)" in refused.json()["message"]["fr"]
    wrong = await admin.delete(f"{path}?force=oui")
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"force"})
    assert await tied(portal, fonction) == ["READ", "UPDATE"]
    assert (await admin.delete(f"{path}?force=true")).status_code == 200
    left = "select count(*) from driven_fonction_permission where fonction_id = $1"
    assert await portal.owner.fetchval(left, fonction["fonction_id"]) == 0
    assert (await admin.delete(f"{path}?force=true")).status_code == 404


@pytest.mark.parametrize("query", ["", "?force=true"])
async def test_who_may(portal: Portal, query: str) -> None:
    fonction = await made(portal)
    reader = (await portal.person()).client
    path = f"/api/fonctions_api/{fonction['fonction_id']}"
    assert (await reader.get(path)).status_code == 200
    (read,) = await seeded(portal, "READ")
    assert (await reader.delete(path + query)).status_code == 403
    assert (await reader.post(f"{path}/permissions", json={"permission_ids": [read]})).status_code == 403
    assert (await reader.post(f"{path}/permissions/{read}")).status_code == 403
    assert (await portal.admin.client.get(path)).json()["data"] == fonction
    assert await tied(portal, fonction) == []
