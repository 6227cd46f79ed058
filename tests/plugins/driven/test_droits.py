"""Who can do what, and why (`GET /api/utilisateurs/{id}/droits`): what it says is what the gate does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from plugins.driven.gate import REMEMBERED_SECONDS
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.driven.functions import REFUSED, WRITING, ask, functions
from tests.portal import Person, Portal, portal_on

TIED = {
    "create_role": ("CREATE",),
    "update_role": ("UPDATE", "DELETE"),
    "get_entites": ("READ",),
    "delete_permission": ("DELETE",),
    "logout": ("DELETE",),
}


@pytest.fixture(scope="module")
async def governed(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Portal]:
    """A portal of its own, some of whose functions have permissions."""
    async with portal_on(cluster.clone(unique("governed")), tmp_path_factory.mktemp("governed")) as running:
        for function, permissions in TIED.items():
            await running.tie(function, *permissions)
        await running.owner.execute(
            "insert into driven_fonction_api (nom_fonction, description, app_id)"
            " select 'delete_role', '', app_id from driven_application where protege"
        )
        await asyncio.sleep(REMEMBERED_SECONDS)
        yield running


async def droits(portal: Portal, person: Person) -> dict[str, dict[str, Any]]:
    """What somebody may call, by function, as an administrator reads it."""
    answer = await portal.admin.client.get(f"/api/utilisateurs/{person.id}/droits")
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"]["fr"] == "Droits de l'utilisateur récupérés avec succès"
    return {each["fonction"]: each for each in answer.json()["data"]}


async def _elsewhere(portal: Portal) -> Person:
    """Somebody who holds everything, in another application."""
    person = await portal.person()
    app = await portal.owner.fetchval(
        "insert into driven_application (nom, description) values ('Autre', '') returning app_id"
    )
    role = await portal.owner.fetchval(
        "insert into driven_role (nom, description, app_id) values ('Admin', '', $1) returning role_id", app
    )
    await portal.owner.execute(
        "insert into driven_role_permission (role_id, permission_id) select $1, permission_id from driven_permission",
        role,
    )
    await portal.owner.execute(
        "insert into driven_utilisateur_role (id_utilisateur, role_id, app_id) values ($1, $2, $3)",
        person.id,
        role,
        app,
    )
    return person


async def _changed(portal: Portal, person: Person, change: str) -> Person:
    await portal.owner.execute(change, person.id)
    return person


async def _someone(portal: Portal, kind: str) -> Person:
    account = "update account set {} where number = $1"
    utilisateur = "update driven_utilisateur set {} where id_utilisateur = $1"
    if kind == "elsewhere":
        return await _elsewhere(portal)
    if kind == "administrator":
        return await portal.person(admin=True)
    if kind == "superuser":
        return await _changed(portal, await portal.person(), account.format("is_superuser = true"))
    if kind == "suspended administrator":
        return await portal.person(admin=True, statut="Suspendu")
    if kind == "suspended superuser":
        suspended = await portal.person(statut="Suspendu")
        return await _changed(portal, suspended, account.format("is_superuser = true"))
    if kind == "expired":
        expired = utilisateur.format("date_expiration = now() - interval '1 second'")
        return await _changed(portal, await portal.person("CREATE"), expired)
    if kind == "not accepted":
        return await _changed(portal, await portal.person("CREATE"), utilisateur.format("accepte_a = null"))
    if kind == "switched off":
        return await _changed(portal, await portal.person("CREATE"), account.format("is_active = false"))
    return await portal.person(*kind.split())


@pytest.mark.parametrize(
    ("kind", "raisons"),
    [
        ("", {"lecture", "permission_manquante", "reservee", "ouverte"}),
        ("CREATE", {"lecture", "permission", "permission_manquante", "reservee", "ouverte"}),
        ("READ UPDATE", {"lecture", "permission", "permission_manquante", "reservee", "ouverte"}),
        ("CREATE READ UPDATE DELETE", {"lecture", "permission", "reservee", "ouverte"}),
        ("elsewhere", {"lecture", "permission_manquante", "reservee", "ouverte"}),
        ("administrator", {"administrateur", "ouverte"}),
        ("superuser", {"superutilisateur", "ouverte"}),
        ("suspended administrator", {"inactif", "ouverte"}),
        ("suspended superuser", {"superutilisateur", "ouverte"}),
        ("expired", {"expire", "ouverte"}),
        ("not accepted", {"non_accepte", "ouverte"}),
        ("switched off", {"inactif", "ouverte"}),
    ],
)
async def test_what_it_says_is_what_the_gate_does(governed: Portal, kind: str, raisons: set[str]) -> None:
    person = await _someone(governed, kind)
    said = await droits(governed, person)
    assert list(said) == [function.name for function in functions()]
    assert {each["raison"] for each in said.values()} | {"ouverte"} == raisons
    for function in functions():
        status = await ask(person.client, function)
        told = said[function.name]
        assert told["autorise"] == (status not in REFUSED), f"{function.name}: {told}, and the answer is {status}"
        if status < 300 and function.method in WRITING:
            person.client = governed.api(await governed.token(person.email))


async def test_it_names_role_and_permissions(governed: Portal) -> None:
    person = await governed.person("UPDATE", "READ")
    said = await droits(governed, person)
    role = await governed.owner.fetchrow(
        "select role_id, nom from driven_role join driven_utilisateur_role using (role_id) where id_utilisateur = $1",
        person.id,
    )
    ids = dict(await governed.owner.fetch("select nom, permission_id from driven_permission"))
    update, delete = ({"permission_id": ids[name], "nom": name} for name in ("UPDATE", "DELETE"))
    assert said["update_role"] == {
        "fonction": "update_role",
        "autorise": True,
        "raison": "permission",
        "roles": [dict(role)],
        "permissions": [update],
        "permissions_requises": [update, delete],
    }
    assert said["delete_permission"] == {
        "fonction": "delete_permission",
        "autorise": False,
        "raison": "permission_manquante",
        "roles": [],
        "permissions": [],
        "permissions_requises": [delete],
    }
    # a function without permissions counts as none
    assert said["delete_role"] == {
        "fonction": "delete_role",
        "autorise": False,
        "raison": "reservee",
        "roles": [],
        "permissions": [],
        "permissions_requises": [],
    }
    assert said["get_roles"]["raison"] == "lecture"


async def test_an_administrator_is_shown_as_one(governed: Portal) -> None:
    said = await droits(governed, governed.admin)
    key = await governed.owner.fetchval("select role_id from driven_role where protege")
    assert said["create_role"]["roles"] == [{"role_id": key, "nom": "Admin"}]
    assert (said["create_role"]["raison"], said["create_role"]["permissions"]) == ("administrateur", [])


async def test_a_change_shows_at_once(governed: Portal) -> None:
    person = await governed.person("CREATE")
    assert (await droits(governed, person))["create_role"]["autorise"]
    role = await governed.owner.fetchval(
        "select role_id from driven_utilisateur_role where id_utilisateur = $1", person.id
    )
    create = await governed.owner.fetchval("select permission_id from driven_permission where nom = 'CREATE'")
    removed = await governed.admin.client.request(
        "DELETE", f"/api/roles/{role}/permissions", json={"permission_ids": [create]}
    )
    assert removed.status_code == 200
    assert (await droits(governed, person))["create_role"]["raison"] == "permission_manquante"


async def test_of_nobody(governed: Portal) -> None:
    for unknown in (2**62, 2**63, "x"):
        absent = await governed.admin.client.get(f"/api/utilisateurs/{unknown}/droits")
        assert (absent.status_code, absent.json()["error"]) == (404, True)
    assert (await governed.api().get("/api/utilisateurs/1/droits")).status_code == 401
