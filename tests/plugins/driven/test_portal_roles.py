"""Roles and their permissions (contracts/driven.md, "Gestion des Rôles")."""

import asyncio
from typing import Any

import pytest

from plugins.driven.gate import REMEMBERED_SECONDS
from tests.installation import unique
from tests.plugins.driven.arrange import application, seeded
from tests.portal import Person, Portal

PORTAL = "select app_id from driven_application where protege"


async def made(portal: Portal, **fields: Any) -> dict[str, Any]:
    """Create a role."""
    body = {"nom": unique("Rôle"), "description": "Essai", **fields}
    body.setdefault("app_id", await application(portal))
    answer = await portal.admin.client.post("/api/roles", json=body)
    assert answer.status_code == 201, answer.text
    role: dict[str, Any] = answer.json()["data"]
    return role


async def held(portal: Portal, role: int) -> list[str]:
    """The names of a role's permissions, as it shows them."""
    shown = await portal.admin.client.get(f"/api/roles/{role}/permissions")
    assert shown.status_code == 200, shown.text
    assert shown.json()["message"]["fr"] == "Permissions du rôle récupérées avec succès"
    assert all(each.keys() == {"permission_id", "nom", "description"} for each in shown.json()["data"])
    return [each["nom"] for each in shown.json()["data"]]


async def give(portal: Portal, person: Person, role: dict[str, Any]) -> None:
    """Give somebody a role."""
    await portal.owner.execute(
        "insert into driven_utilisateur_role (id_utilisateur, role_id, app_id) values ($1, $2, $3)",
        person.id,
        role["role_id"],
        role["app_id"],
    )


async def test_a_role_lives(portal: Portal) -> None:
    admin = portal.admin.client
    app = await application(portal)
    answer = await admin.post(
        "/api/roles", json={"nom": "Admin", "description": "Administrateur", "app_id": app, "creer_par": 1}
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == {"fr": "Rôle créé avec succès", "en": "Role created successfully"}
    role = answer.json()["data"]
    assert (role["nom"], role["description"], role["app_id"]) == ("Admin", "Administrateur", app)
    assert (role["creer_par"], role["modifier_par"]) == (portal.admin.id, portal.admin.id)
    path = f"/api/roles/{role['role_id']}"
    assert (await admin.get(path)).json()["data"] == role
    changed = await admin.put(path, json={"nom": "Super Admin", "description": "Super Administrateur"})
    assert (changed.status_code, changed.json()["data"]["nom"]) == (200, "Super Admin")
    gone = await admin.delete(path)
    assert gone.json() == {
        "error": False,
        "message": {"fr": "Rôle supprimé avec succès", "en": "Role deleted successfully"},
    }
    absent = await admin.get(path)
    assert (absent.status_code, absent.json()["message"]["en"]) == (404, "Role not found")


async def test_pages_of_roles(portal: Portal) -> None:
    app = await application(portal)
    roles = [await made(portal, app_id=app) for _ in range(3)]
    await made(portal)
    listed = (await portal.admin.client.get(f"/api/roles/application/{app}", params={"per_page": 2})).json()
    assert listed["message"]["en"] == "Application roles retrieved successfully"
    assert listed["data"] == {"items": roles[:2], "total": 3, "pages": 2, "current_page": 1}
    rest = (await portal.admin.client.get(f"/api/roles/application/{app}?page=2&per_page=2")).json()
    assert rest["data"] == {"items": roles[2:], "total": 3, "pages": 2, "current_page": 2}
    past = (await portal.admin.client.get(f"/api/roles/application/{app}?page=9")).json()
    assert past["data"] == {"items": [], "total": 3, "pages": 1, "current_page": 9}
    everything = (await portal.admin.client.get("/api/roles?per_page=1")).json()["data"]
    assert everything["total"] == everything["pages"] >= 5
    assert (await portal.admin.client.get("/api/roles?page=0")).status_code == 400
    assert (await portal.admin.client.get("/api/roles/application/x")).status_code == 404


async def test_names_are_unique_in_an_application(portal: Portal) -> None:
    role = await made(portal)
    again = await portal.admin.client.post("/api/roles", json={"nom": role["nom"], "app_id": role["app_id"]})
    assert (again.status_code, set(again.json()["details"])) == (409, {"nom"})
    elsewhere = await made(portal, nom=role["nom"])
    moved = await portal.admin.client.put(f"/api/roles/{elsewhere['role_id']}", json={"app_id": role["app_id"]})
    assert moved.status_code == 409


async def test_what_a_role_must_be(portal: Portal) -> None:
    lacking = await portal.admin.client.post("/api/roles", json={"description": ""})
    assert (lacking.status_code, set(lacking.json()["details"])) == (400, {"nom", "app_id"})
    for unknown in (2**62, 2**63, 0, "1"):
        wrong = await portal.admin.client.post("/api/roles", json={"nom": unique("Rôle"), "app_id": unknown})
        assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"app_id"}), unknown


async def test_a_role_with_users_stays_where_it_is(portal: Portal) -> None:
    role = await made(portal)
    for _ in range(2):
        await give(portal, await portal.person(), role)
    path = f"/api/roles/{role['role_id']}"
    refused = await portal.admin.client.delete(path)
    assert refused.status_code == 409
    assert "2 utilisateur(s)" in refused.json()["message"]["fr"]
    moved = await portal.admin.client.put(path, json={"app_id": await application(portal)})
    assert moved.status_code == 409
    assert (await portal.admin.client.get(path)).json()["data"] == role
    assert (await portal.admin.client.put(path, json={"app_id": role["app_id"], "nom": "Autre"})).status_code == 200


async def test_a_roles_permissions_go_with_it(portal: Portal) -> None:
    role = await made(portal)
    path = f"/api/roles/{role['role_id']}"
    await portal.admin.client.post(f"{path}/permissions", json={"permission_ids": await seeded(portal, "READ")})
    assert (await portal.admin.client.delete(path)).status_code == 200
    left = await portal.owner.fetchval(
        "select count(*) from driven_role_permission where role_id = $1", role["role_id"]
    )
    assert left == 0
    assert (await portal.admin.client.get(f"{path}/permissions")).status_code == 404


async def test_permissions_are_assigned_and_removed(portal: Portal) -> None:
    role = await made(portal)
    path = f"/api/roles/{role['role_id']}/permissions"
    assert await held(portal, role["role_id"]) == []
    ids = await seeded(portal, "CREATE", "READ", "UPDATE")
    assigned = await portal.admin.client.post(path, json={"permission_ids": [*ids, ids[0]]})
    assert assigned.status_code == 200, assigned.text
    assert assigned.json()["message"] == {
        "fr": "Permissions affectées avec succès",
        "en": "Permissions assigned successfully",
    }
    assert {**assigned.json()["data"], "modifier_a": ""} == {**role, "modifier_a": ""}
    assert await held(portal, role["role_id"]) == ["CREATE", "READ", "UPDATE"]
    again = await portal.admin.client.post(path, json={"permission_ids": ids[:1]})
    assert again.status_code == 200
    # a DELETE with a body, as the document has it
    removed = await portal.admin.client.request("DELETE", path, json={"permission_ids": ids[:2]})
    assert (removed.status_code, removed.json()["message"]["en"]) == (200, "Permissions removed successfully")
    assert await held(portal, role["role_id"]) == ["UPDATE"]
    assert (await portal.admin.client.request("DELETE", path, json={"permission_ids": ids[:2]})).status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_an_unknown_permission_changes_nothing(portal: Portal, method: str) -> None:
    role = await made(portal)
    path = f"/api/roles/{role['role_id']}/permissions"
    (read,) = await seeded(portal, "READ")
    before = ["READ"] if method == "DELETE" else []
    if before:
        await portal.admin.client.post(path, json={"permission_ids": [read]})
    shown = (await portal.admin.client.get(f"/api/roles/{role['role_id']}")).json()["data"]
    for unknown in (2**62, 2**63, 0, -1):
        refused = await portal.admin.client.request(method, path, json={"permission_ids": [read, unknown]})
        assert refused.status_code == 404, refused.text
        assert refused.json()["message"]["fr"] == f"Permission(s) inconnue(s) : {unknown}"
    assert await held(portal, role["role_id"]) == before
    assert (await portal.admin.client.get(f"/api/roles/{role['role_id']}")).json()["data"] == shown


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("body", [{}, {"permission_ids": []}, {"permission_ids": 1}, {"permission_ids": ["a", None]}])
async def test_permission_ids_are_required(portal: Portal, method: str, body: dict[str, Any]) -> None:
    role = await made(portal)
    refused = await portal.admin.client.request(method, f"/api/roles/{role['role_id']}/permissions", json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"permission_ids"})


async def test_the_portals_admin_stays_what_it_is(portal: Portal) -> None:
    key = await portal.owner.fetchval("select role_id from driven_role where protege")
    admin = portal.admin.client
    path = f"/api/roles/{key}"
    before = (await admin.get(path)).json()["data"]
    refused = [
        await admin.delete(path),
        await admin.put(path, json={"nom": "Chef"}),
        await admin.put(path, json={"app_id": await application(portal)}),
    ]
    # for what it is, not for its users
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(409, "driven_role_protected")}
    assert (await admin.get(path)).json()["data"] == before
    same = await admin.put(path, json={"nom": "Admin", "app_id": before["app_id"], "description": "Administrateur"})
    assert same.status_code == 200


async def test_nobody_gives_what_he_lacks(portal: Portal) -> None:
    """DECISIONS.md section 0, "Powers"."""
    permission = unique("GERER_ROLES")
    answer = await portal.admin.client.post("/api/permissions", json={"nom": permission})
    own = answer.json()["data"]["permission_id"]
    for fonction in ("assign_role_permissions", "update_role"):
        await portal.tie(fonction, permission)
    await asyncio.sleep(REMEMBERED_SECONDS)
    try:
        delegate = (await portal.person(permission)).client
        in_portal = await made(portal, app_id=await portal.owner.fetchval(PORTAL))
        path = f"/api/roles/{in_portal['role_id']}/permissions"
        (delete,) = await seeded(portal, "DELETE")
        refused = await delegate.post(path, json={"permission_ids": [own, delete]})
        assert refused.status_code == 403, refused.text
        assert refused.json()["message"]["fr"].endswith(": DELETE")
        assert await held(portal, in_portal["role_id"]) == []
        assert (await delegate.post(path, json={"permission_ids": [own]})).status_code == 200

        elsewhere = await made(portal)
        given = await delegate.post(f"/api/roles/{elsewhere['role_id']}/permissions", json={"permission_ids": [delete]})
        assert given.status_code == 200, "the gate does not ask roles of other applications"
        moved = await delegate.put(f"/api/roles/{elsewhere['role_id']}", json={"app_id": in_portal["app_id"]})
        assert moved.status_code == 403
        assert (await portal.admin.client.post(path, json={"permission_ids": [delete]})).status_code == 200
    finally:
        await portal.owner.execute(
            "delete from driven_fonction_api where nom_fonction in ('assign_role_permissions', 'update_role')"
        )


async def test_who_may(portal: Portal) -> None:
    role = await made(portal)
    ids = await seeded(portal, "READ")
    reader = (await portal.person()).client
    assert (await reader.get(f"/api/roles/{role['role_id']}/permissions")).status_code == 200
    for method in ("POST", "DELETE"):
        refused = await reader.request(
            method, f"/api/roles/{role['role_id']}/permissions", json={"permission_ids": ids}
        )
        assert refused.status_code == 403
    assert (await reader.delete(f"/api/roles/{role['role_id']}")).status_code == 403
    assert await held(portal, role["role_id"]) == []
