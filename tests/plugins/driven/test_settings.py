"""Settings (contracts/driven.md, "Settings (Paramètres)")."""

import asyncio
from typing import Any

from tests.installation import unique
from tests.portal import Portal
from tests.waits import SOMEBODY_WAITS


async def codification(portal: Portal) -> int:
    """A new codification; returns its id."""
    made = await portal.admin.client.post("/api/codifications", json={"libelle": "Langue", "param": unique("LANGUE")})
    key: int = made.json()["data"]["id"]
    return key


async def setting(portal: Portal, utilisateur: int, key: int) -> dict[str, Any]:
    """A new setting."""
    made = await portal.admin.client.post("/api/settings", json={"id_utilisateur": utilisateur, "id_codification": key})
    assert made.status_code == 201, made.text
    assert made.json()["message"] == {"en": "Setting created successfully", "fr": "Paramètre créé avec succès"}
    shown: dict[str, Any] = made.json()["data"]
    return shown


async def test_a_setting_lives(portal: Portal) -> None:
    admin = portal.admin.client
    person, other = await portal.person(), await portal.person()
    first, second = await codification(portal), await codification(portal)
    shown = await setting(portal, person.id, first)
    assert shown == {"id_set": shown["id_set"], "id_utilisateur": person.id, "id_codification": first}
    path = f"/api/settings/{shown['id_set']}"
    assert (await admin.get(path)).json()["data"] == shown
    changed = await admin.put(path, json={"id_codification": second})
    assert changed.json()["data"] == {**shown, "id_codification": second}
    assert changed.json()["message"]["fr"] == "Paramètre mis à jour avec succès"
    moved = await admin.put(path, json={"id_utilisateur": other.id})
    assert moved.json()["data"] == {**shown, "id_utilisateur": other.id, "id_codification": second}
    unchanged = await admin.put(path, json={})
    assert (unchanged.status_code, unchanged.json()["data"]) == (200, moved.json()["data"])
    assert (await admin.delete(path)).json()["message"]["en"] == "Setting deleted successfully"
    for answer in (await admin.get(path), await admin.put(path, json={}), await admin.delete(path)):
        assert (answer.status_code, answer.json()["message"]["fr"]) == (404, "Paramètre non trouvé")


async def test_an_utilisateur_has_a_codification_once(portal: Portal) -> None:
    person = await portal.person()
    first, second = await codification(portal), await codification(portal)
    await setting(portal, person.id, first)
    kept = await setting(portal, person.id, second)
    asked = {"id_utilisateur": person.id, "id_codification": first}
    for answer in (
        await portal.admin.client.post("/api/settings", json=asked),
        await portal.admin.client.put(f"/api/settings/{kept['id_set']}", json={"id_codification": first}),
    ):
        assert answer.status_code == 409
        assert answer.json()["details"] == {"id_codification": ["Cet utilisateur a déjà ce paramètre"]}
    fresh = {"id_utilisateur": person.id, "id_codification": await codification(portal)}
    answers = await asyncio.gather(*(portal.admin.client.post("/api/settings", json=fresh) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_unknown_things_are_named_all_at_once(portal: Portal) -> None:
    kept = await setting(portal, portal.admin.id, await codification(portal))
    unknown = {"id_utilisateur": 2**62, "id_codification": 2**62}
    path = f"/api/settings/{kept['id_set']}"
    for fields in (unknown, {"id_codification": 2**62}, {"id_utilisateur": 2**62}):
        answer = await portal.admin.client.put(path, json=fields)
        assert (answer.status_code, set(answer.json()["details"])) == (400, set(fields))
    both = await portal.admin.client.post("/api/settings", json=unknown)
    assert both.json()["details"] == {field: ["Objet inconnu."] for field in unknown}
    assert (await portal.admin.client.get(path)).json()["data"] == kept


async def test_the_settings_of_an_utilisateur(portal: Portal) -> None:
    person = await portal.person()
    expected = [await setting(portal, person.id, await codification(portal)) for _ in range(2)]
    await setting(portal, (await portal.person()).id, await codification(portal))
    page = (await portal.admin.client.get(f"/api/settings/utilisateur/{person.id}")).json()
    assert page["data"] == expected
    assert page["message"] == {
        "en": "User settings retrieved successfully",
        "fr": "Paramètres de l'utilisateur récupérés avec succès",
    }
    assert (await portal.admin.client.get("/api/settings/utilisateur/x")).status_code == 404
    assert (await portal.admin.client.get(f"/api/settings/utilisateur/{2**63}")).status_code == 404


async def test_a_codification_deleted_meanwhile_is_an_unknown_one(portal: Portal) -> None:
    key = await codification(portal)
    async with portal.owner.transaction():
        await portal.owner.execute("delete from driven_codification where id = $1", key)
        making = asyncio.create_task(
            portal.admin.client.post("/api/settings", json={"id_utilisateur": portal.admin.id, "id_codification": key})
        )
        while not await portal.owner.fetchval(SOMEBODY_WAITS):
            assert not making.done()
            await asyncio.sleep(0.01)
    refused = await making
    assert (refused.status_code, refused.json()["details"]) == (400, {"id_codification": ["Objet inconnu."]})
