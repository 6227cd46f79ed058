"""Codifications (contracts/driven.md, "Codifications")."""

import asyncio
from typing import Any

from tests.installation import unique
from tests.portal import Portal
from tests.waits import SOMEBODY_WAITS


async def codification(portal: Portal, **fields: Any) -> dict[str, Any]:
    """A new codification."""
    asked = {"libelle": "Type de demande", "param": unique("TYPE"), "description": "Types possibles", **fields}
    made = await portal.admin.client.post("/api/codifications", json=asked)
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()["data"]
    return shown


async def test_a_codification_lives(portal: Portal) -> None:
    admin = portal.admin.client
    shown = await codification(portal, creer_par=99)
    assert (shown["creer_par"], shown["modifier_par"]) == (portal.admin.id, portal.admin.id)
    path = f"/api/codifications/{shown['id']}"
    found = await admin.get(f"/api/codifications/param/{shown['param']}")
    assert found.json()["data"] == (await admin.get(path)).json()["data"] == shown
    changed = await admin.put(path, json={"libelle": "Type modifié", "description": None})
    assert changed.json()["message"]["fr"] == "Codification mise à jour avec succès"
    kept = changed.json()["data"]
    assert kept == {**shown, "libelle": "Type modifié", "description": None, "modifier_a": kept["modifier_a"]}
    assert (await admin.put(path, json={})).json()["data"]["param"] == shown["param"]
    assert (await admin.delete(path)).json()["message"]["en"] == "Codification deleted successfully"
    for gone in (path, f"/api/codifications/param/{shown['param']}"):
        absent = await admin.get(gone)
        assert (absent.status_code, absent.json()["message"]["fr"]) == (404, "Codification non trouvée")


async def test_params_are_unique(portal: Portal) -> None:
    first, second = await codification(portal), await codification(portal)
    taken = {"libelle": "Autre", "param": first["param"]}
    for answer in (
        await portal.admin.client.post("/api/codifications", json=taken),
        await portal.admin.client.put(f"/api/codifications/{second['id']}", json=taken),
    ):
        assert answer.status_code == 409
        assert answer.json()["details"] == {"param": ["Une codification avec ce paramètre existe déjà"]}
    fresh = unique("TYPE")
    answers = await asyncio.gather(
        *(
            portal.admin.client.post("/api/codifications", json={"libelle": "Une fois", "param": fresh})
            for _ in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_search_ignores_case_and_accents(portal: Portal) -> None:
    mark = unique("m")
    one = await codification(portal, libelle=f"Réglée à l'été {mark}")
    other = await codification(portal, description=f"REGLEE A L'ETE {mark}", libelle="Autre")
    await codification(portal, libelle=f"Rien {mark}")
    page = (await portal.admin.client.get("/api/codifications/search", params={"q": f"RÉGLÉE à l'ete {mark}"})).json()
    assert page["data"] == [one, other]
    assert page["message"] == {
        "en": "Search results retrieved successfully",
        "fr": "Résultats de recherche récupérés avec succès",
    }
    assert page["pagination"]["total_items"] == 2
    for wild in ("%", "_", "\\", "％"):
        assert (await portal.admin.client.get("/api/codifications/search", params={"q": wild + mark})).json()[
            "data"
        ] == []
    for query in ({}, {"q": "  "}, {"q": "x" * 201}):
        refused = await portal.admin.client.get("/api/codifications/search", params=query)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"q"})


async def test_a_codification_in_settings_stays(portal: Portal) -> None:
    shown = await codification(portal)
    for _ in range(2):
        person = await portal.person()
        made = await portal.admin.client.post(
            "/api/settings", json={"id_utilisateur": person.id, "id_codification": shown["id"]}
        )
        assert made.status_code == 201
    refused = await portal.admin.client.delete(f"/api/codifications/{shown['id']}")
    assert refused.status_code == 409
    assert refused.json()["message"] == {
        "fr": "La codification est utilisée par 2 paramètre(s) d'utilisateur : elle ne peut être supprimée",
        "en": "The codification is used by 2 user setting(s): it cannot be deleted",
    }
    assert (await portal.admin.client.get(f"/api/codifications/{shown['id']}")).status_code == 200


async def test_a_setting_made_while_its_codification_is_deleted(portal: Portal) -> None:
    shown = await codification(portal)
    setting = "insert into driven_setting (id_utilisateur, id_codification) values ($1, $2)"
    async with portal.owner.transaction():
        await portal.owner.execute(setting, portal.admin.id, shown["id"])
        deleting = asyncio.create_task(portal.admin.client.delete(f"/api/codifications/{shown['id']}"))
        # it waits for the setting's lock on the codification
        while not await portal.owner.fetchval(SOMEBODY_WAITS):
            assert not deleting.done()
            await asyncio.sleep(0.01)
    refused = await deleting
    assert refused.status_code == 409, refused.text
    assert "1 user setting" in refused.json()["message"]["en"]
