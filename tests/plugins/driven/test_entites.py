"""Entities (contracts/driven.md, "Entités")."""

import asyncio
from typing import Any

from tests.installation import unique
from tests.portal import Portal
from tests.waits import SOMEBODY_WAITS


def body(**fields: Any) -> dict[str, Any]:
    """An entity as a client writes it."""
    return {"nom": "Siège", "code": unique("ENT"), "email": "siege@example.com", "creer_par": 9, **fields}


async def test_an_entity_lives(portal: Portal) -> None:
    admin = portal.admin.client
    asked = body()
    made = await admin.post("/api/entites", json=asked)
    assert made.status_code == 201, made.text
    entite = made.json()["data"]
    assert made.json()["message"] == {"en": "Entity created successfully", "fr": "Entité créée avec succès"}
    assert (entite["creer_par"], entite["modifier_par"]) == (portal.admin.id, portal.admin.id)
    assert len(entite["creer_a"]) == len("2024-01-01T00:00:00")
    found = await admin.get(f"/api/entites/code/{asked['code']}")
    assert found.json()["data"] == entite
    changed = await admin.put(f"/api/entites/{entite['id']}", json={"nom": "Antenne"})
    assert changed.status_code == 200
    assert {**changed.json()["data"], "modifier_a": ""} == {**entite, "nom": "Antenne", "modifier_a": ""}
    gone = await admin.delete(f"/api/entites/{entite['id']}")
    assert (gone.status_code, gone.json()) == (
        200,
        {"error": False, "message": {"en": "Entity deleted successfully", "fr": "Entité supprimée avec succès"}},
    )
    absent = await admin.get(f"/api/entites/{entite['id']}")
    assert absent.status_code == 404
    assert absent.json()["message"] == {"en": "Entity not found", "fr": "Entité non trouvée"}


async def test_pages(portal: Portal) -> None:
    for _ in range(3):
        await portal.admin.client.post("/api/entites", json=body())
    page = (await portal.admin.client.get("/api/entites", params={"page": 2, "per_page": 1})).json()
    total = page["pagination"]["total_items"]
    assert page["pagination"] == {
        "page": 2,
        "per_page": 1,
        "total_items": total,
        "total_pages": total,
        "has_next": total > 2,
        "has_prev": True,
        "next_page": 3 if total > 2 else None,
        "prev_page": 1,
    }
    assert len(page["data"]) == 1
    past = await portal.admin.client.get("/api/entites", params={"page": 99})
    assert (past.status_code, past.json()["data"]) == (200, [])
    wrong = await portal.admin.client.get("/api/entites", params={"page": 0, "per_page": "x"})
    assert (wrong.status_code, set(wrong.json()["details"])) == (400, {"page", "per_page"})


async def test_codes_are_unique(portal: Portal) -> None:
    asked = body()
    await portal.admin.client.post("/api/entites", json=asked)
    again = await portal.admin.client.post("/api/entites", json=asked)
    assert again.status_code == 409
    assert again.json()["error"] is True
    assert again.json()["details"] == {"code": ["Une entité avec ce code existe déjà"]}


async def test_an_entity_with_users_stays(portal: Portal) -> None:
    made = (await portal.admin.client.post("/api/entites", json=body())).json()["data"]
    await portal.person(id_entite=made["id"])
    refused = await portal.admin.client.delete(f"/api/entites/{made['id']}")
    assert refused.status_code == 409
    assert "1 utilisateur" in refused.json()["message"]["fr"]


async def test_a_user_who_joins_while_the_entity_is_deleted(portal: Portal) -> None:
    made = (await portal.admin.client.post("/api/entites", json=body())).json()["data"]
    person = await portal.person()
    async with portal.owner.transaction():
        joining = "update driven_utilisateur set id_entite = $2 where id_utilisateur = $1"
        await portal.owner.execute(joining, person.id, made["id"])
        deleting = asyncio.create_task(portal.admin.client.delete(f"/api/entites/{made['id']}"))
        # it waits for the lock that the user's row has on the entity
        while not await portal.owner.fetchval(SOMEBODY_WAITS):
            assert not deleting.done()
            await asyncio.sleep(0.01)
    refused = await deleting
    assert refused.status_code == 409, refused.text
    assert "1 user(s)" in refused.json()["message"]["en"]


async def test_who_may(portal: Portal) -> None:
    assert (await portal.api().get("/api/entites")).json()["message"]["en"] == "Unauthorized access"
    assert (await portal.api("abc").get("/api/entites")).json()["message"]["en"] == "Invalid token"
    reader = (await portal.person()).client
    assert (await reader.get("/api/entites")).status_code == 200
    refused = await reader.post("/api/entites", json=body())
    assert refused.status_code == 403
    assert "create_entite" in refused.json()["message"]["fr"]
    closed = await portal.person(statut="Suspendu")
    answer = await closed.client.get("/api/entites")
    assert (answer.status_code, answer.json()["message"]["en"]) == (401, "Token has been revoked")
