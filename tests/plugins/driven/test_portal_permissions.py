"""Permissions (DECISIONS.md section 3, "Authorisation")."""

from typing import Any

from tests.installation import unique
from tests.portal import Portal


async def made(portal: Portal, nom: str = "") -> dict[str, Any]:
    """Create a permission."""
    answer = await portal.admin.client.post("/api/permissions", json={"nom": nom or unique("PERM")})
    assert answer.status_code == 201, answer.text
    permission: dict[str, Any] = answer.json()["data"]
    return permission


async def test_a_permission_lives(portal: Portal) -> None:
    admin = portal.admin.client
    asked = {"nom": unique("EXPORT"), "description": "Exporter", "creer_par": 9}
    answer = await admin.post("/api/permissions", json=asked)
    assert answer.status_code == 201, answer.text
    permission = answer.json()["data"]
    assert answer.json()["message"] == {
        "en": "Permission created successfully",
        "fr": "Permission créée avec succès",
    }
    assert (permission["nom"], permission["description"]) == (asked["nom"], "Exporter")
    assert permission["creer_par"] == permission["modifier_par"] == portal.admin.id
    path = f"/api/permissions/{permission['permission_id']}"
    assert (await admin.get(path)).json()["data"] == permission
    changed = await admin.put(path, json={"description": "Tout exporter"})
    assert (changed.status_code, changed.json()["data"]["description"]) == (200, "Tout exporter")
    assert changed.json()["data"]["nom"] == asked["nom"]
    gone = await admin.delete(path)
    assert (gone.status_code, "data" in gone.json()) == (200, False)
    assert (await admin.get(path)).json()["message"]["fr"] == "Permission non trouvée"
    assert (await admin.delete(path)).status_code == 404


async def test_four_permissions_are_seeded(portal: Portal) -> None:
    listed = await portal.admin.client.get("/api/permissions", params={"per_page": 4})
    assert [each["nom"] for each in listed.json()["data"]] == ["CREATE", "READ", "UPDATE", "DELETE"]
    assert listed.json()["data"][0]["description"] == "Créer"


async def test_names_are_unique(portal: Portal) -> None:
    permission = await made(portal)
    again = await portal.admin.client.post("/api/permissions", json={"nom": permission["nom"]})
    assert (again.status_code, set(again.json()["details"])) == (409, {"nom"})
    other = await made(portal)
    renamed = await portal.admin.client.put(
        f"/api/permissions/{other['permission_id']}", json={"nom": permission["nom"]}
    )
    assert renamed.status_code == 409
    kept = await portal.admin.client.get(f"/api/permissions/{other['permission_id']}")
    assert kept.json()["data"] == other


async def test_a_permission_in_use_stays(portal: Portal) -> None:
    permission = await made(portal)
    name = permission["nom"]
    roles = [await portal.role(name), await portal.role(name)]
    fonction = await portal.tie(unique("fonction"), name)
    path = f"/api/permissions/{permission['permission_id']}"
    refused = await portal.admin.client.delete(path)
    assert refused.status_code == 409
    assert "2 rôle(s) et 1 fonction(s)" in refused.json()["message"]["fr"]
    assert "2 role(s) and 1 function(s)" in refused.json()["message"]["en"]
    assert (await portal.admin.client.get(path)).status_code == 200
    for role in roles:
        assert (await portal.admin.client.delete(f"/api/roles/{role}")).status_code == 200
    assert (await portal.admin.client.delete(path)).status_code == 409
    forced = await portal.admin.client.delete(f"/api/fonctions_api/{fonction}", params={"force": "true"})
    assert forced.status_code == 200
    assert (await portal.admin.client.delete(path)).status_code == 200


async def test_what_a_permission_must_be(portal: Portal) -> None:
    wrong = await portal.admin.client.post("/api/permissions", json={"nom": " ", "description": 3})
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"nom", "description"})
