"""Roles of utilisateurs (contracts/driven.md, "Obtenir les rôles d'un utilisateur" and after)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.driven.people import application, make
from tests.portal import Person, Portal, portal_on


async def test_a_role_is_assigned_shown_and_taken_away(portal: Portal) -> None:
    admin = portal.admin.client
    app_id, (role, _) = await application(portal)
    other_app, (other, _) = await application(portal)
    shown = await make(portal)
    number = shown["id_utilisateur"]
    path = f"/api/utilisateurs/{number}/roles"
    made = await admin.post(path, json={"role_id": role, "app_id": app_id, "creer_par": 9})
    assert made.status_code == 201, made.text
    assert made.json()["message"] == {"en": "Role assigned successfully", "fr": "Rôle assigné avec succès"}
    (first,) = made.json()["data"]
    assert {name: first[name] for name in ("id_utilisateur", "role_id", "app_id")} == {
        "id_utilisateur": number,
        "role_id": role,
        "app_id": app_id,
    }
    assert set(first) == {"ur_id", "id_utilisateur", "role_id", "app_id", "role", "application"}
    assert first["role"]["role_id"] == role
    assert first["role"]["description"] == "Éditeur de contenu"
    assert first["application"]["app_id"] == app_id
    second = await admin.post(path, json={"role_id": other, "app_id": other_app})
    assert [each["role_id"] for each in second.json()["data"]] == [role, other]
    listed = await admin.get(path)
    assert listed.json() == {
        "error": False,
        "message": {
            "en": "User roles retrieved successfully",
            "fr": "Rôles de l'utilisateur récupérés avec succès",
        },
        "data": second.json()["data"],
    }
    assert (await admin.get(f"/api/utilisateurs/{number}")).json()["data"]["utilisateur_roles"] == listed.json()["data"]
    by = "select creer_par from driven_utilisateur_role where id_utilisateur = $1 and role_id = $2"
    assert await portal.owner.fetchval(by, number, role) == portal.admin.id
    gone = await admin.delete(f"{path}/{role}/application/{app_id}")
    assert gone.status_code == 200
    assert gone.json() == {
        "error": False,
        "message": {"en": "Role removed successfully", "fr": "Rôle retiré avec succès"},
    }
    assert [each["role_id"] for each in (await admin.get(path)).json()["data"]] == [other]


async def test_one_role_for_each_application(portal: Portal) -> None:
    app_id, (role, other) = await application(portal)
    shown = await make(portal)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}/roles"
    await portal.admin.client.post(path, json={"role_id": role, "app_id": app_id})
    for again in (role, other):
        refused = await portal.admin.client.post(path, json={"role_id": again, "app_id": app_id})
        assert refused.status_code == 409
        assert refused.json()["details"] == {"app_id": ["L'utilisateur a déjà un rôle dans cette application"]}


async def test_of_parallel_assignments_one_holds(portal: Portal) -> None:
    app_id, roles = await application(portal, 4)
    shown = await make(portal)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}/roles"
    answers = await asyncio.gather(
        *(portal.admin.client.post(path, json={"role_id": role, "app_id": app_id}) for _ in range(3) for role in roles)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert len((await portal.admin.client.get(path)).json()["data"]) == 1


async def test_what_cannot_be_assigned(portal: Portal) -> None:
    app_id, (role, _) = await application(portal)
    other_app, _ = await application(portal)
    shown = await make(portal)
    path = f"/api/utilisateurs/{shown['id_utilisateur']}/roles"
    for body, fields in (
        ({"role_id": role, "app_id": other_app}, {"role_id"}),
        ({"role_id": 2**62, "app_id": app_id}, {"role_id"}),
        ({"role_id": role, "app_id": 2**62}, {"role_id", "app_id"}),
        ({"role_id": 2**62, "app_id": 2**62}, {"role_id", "app_id"}),
        ({"role_id": 2**63, "app_id": "x"}, {"role_id", "app_id"}),
        ({}, {"role_id", "app_id"}),
    ):
        refused = await portal.admin.client.post(path, json=body)
        assert (refused.status_code, set(refused.json()["details"])) == (400, fields), body
    assert (await portal.admin.client.get(path)).json()["data"] == []
    unknown = "/api/utilisateurs/0/roles"
    for answer in (
        await portal.admin.client.get(unknown),
        await portal.admin.client.post(unknown, json={"role_id": role, "app_id": app_id}),
        await portal.admin.client.delete(f"{unknown}/{role}/application/{app_id}"),
        await portal.admin.client.delete(f"{path}/{role}/application/{app_id}"),
        await portal.admin.client.delete(f"{path}/x/application/{app_id}"),
    ):
        assert answer.status_code == 404


async def test_nobody_gives_a_role_of_the_portal_that_allows_more_than_his_own(portal: Portal) -> None:
    await portal.tie("assign_role", "UPDATE")
    person = await portal.person("UPDATE", "READ")
    portal_app, admin_role = await portal.owner.fetchrow("select app_id, role_id from driven_role where protege")
    less, more = await portal.role("READ"), await portal.role("READ", "DELETE")
    elsewhere, (role, _) = await application(portal)
    await portal.owner.execute(
        "insert into driven_role_permission select $1, permission_id from driven_permission where nom = 'DELETE'", role
    )
    await asyncio.sleep(0.6)  # the gate remembers for half a second what functions are tied to
    for role_id, app_id, status in (
        (admin_role, portal_app, 403),
        (more, portal_app, 403),
        (less, portal_app, 201),
        (role, elsewhere, 201),
    ):
        shown = await make(portal)
        path = f"/api/utilisateurs/{shown['id_utilisateur']}/roles"
        answer = await person.client.post(path, json={"role_id": role_id, "app_id": app_id})
        assert answer.status_code == status, answer.text
        assert status == 201 or answer.json()["code"] == "driven_role_beyond_own_rights"
        assert len((await portal.admin.client.get(path)).json()["data"]) == (1 if status == 201 else 0)
    await portal.owner.execute("delete from driven_fonction_api where nom_fonction = 'assign_role'")


class Lonely:
    """A portal of one administrator, and the role that makes one."""

    def __init__(self, portal: Portal, role: int, app_id: int) -> None:
        self.portal = portal
        self.role = role
        self.app_id = app_id

    @property
    def path(self) -> str:
        """The path of the administrator."""
        return f"/api/utilisateurs/{self.portal.admin.id}"

    async def admins(self) -> int:
        """How many active administrators there are."""
        counted: int = await self.portal.owner.fetchval(
            "select count(*) from driven_utilisateur u join driven_utilisateur_role using (id_utilisateur)"
            " where role_id = $1 and statut = 'Actif' and (date_expiration is null or date_expiration > now())",
            self.role,
        )
        return counted


@pytest.fixture
async def lonely(cluster: TestCluster, tmp_path: Path) -> AsyncIterator[Lonely]:
    """A portal of its own."""
    async with portal_on(cluster.clone(unique("lonely")), tmp_path) as portal:
        role, app_id = await portal.owner.fetchrow("select role_id, app_id from driven_role where protege")
        yield Lonely(portal, role, app_id)


async def test_the_last_administrator_stays(lonely: Lonely) -> None:
    portal, client = lonely.portal, lonely.portal.admin.client
    # none of these is an active administrator beside him
    for fields in ({"statut": "Suspendu"}, {"statut": "En attente"}):
        await portal.person(admin=True, **fields)
    expired = await portal.person(admin=True)
    unaccepted = await portal.person(admin=True)
    switched_off = await portal.person(admin=True)
    await portal.owner.execute(
        "update driven_utilisateur set date_expiration = now() - interval '1 day' where id_utilisateur = $1", expired.id
    )
    await portal.owner.execute(
        "update driven_utilisateur set accepte_a = null where id_utilisateur = $1", unaccepted.id
    )
    await portal.owner.execute("update account set is_active = false where number = $1", switched_off.id)
    before = (await client.get(lonely.path)).json()["data"]
    for refused in (
        await client.delete(lonely.path),
        await client.put(f"{lonely.path}/statut", json={"statut": "Inactif"}),
        await client.put(lonely.path, json={"statut": "Suspendu", "nom": "Autre"}),
        await client.put(lonely.path, json={"date_expiration": "2020-01-01T00:00:00"}),
        await client.delete(f"{lonely.path}/roles/{lonely.role}/application/{lonely.app_id}"),
    ):
        assert refused.status_code == 409, refused.text
        assert "dernier administrateur actif" in refused.json()["message"]["fr"]
    assert (await client.get(lonely.path)).json()["data"] == before
    # what does not close the door to him is free
    assert (await client.put(lonely.path, json={"statut": "Actif", "login": unique("chef")})).status_code == 200
    assert (await client.put(f"{lonely.path}/prolonger")).status_code == 200
    second = await portal.person(admin=True)
    assert (await second.client.delete(lonely.path)).status_code == 200


async def _close(person: Person, other: Person, how: str, lonely: Lonely) -> int:
    path = f"/api/utilisateurs/{other.id}"
    if how == "delete":
        answer = await person.client.delete(path)
    elif how == "statut":
        answer = await person.client.put(f"{path}/statut", json={"statut": "Inactif"})
    elif how == "expire":
        answer = await person.client.put(path, json={"date_expiration": "2020-01-01T00:00:00"})
    else:
        answer = await person.client.delete(f"{path}/roles/{lonely.role}/application/{lonely.app_id}")
    return answer.status_code


async def test_of_parallel_removals_one_administrator_stays(lonely: Lonely) -> None:
    portal = lonely.portal
    hows = ("delete", "statut", "expire", "role")
    for round_ in range(8):
        others = [await portal.person(admin=True) for _ in range(3)]
        everyone = [portal.admin, *others]
        closings = [
            _close(everyone[(index + 1) % 4], each, hows[(index + round_) % 4], lonely)
            for index, each in enumerate(everyone)
        ]
        statuses = await asyncio.gather(*closings)
        assert set(statuses) <= {200, 401, 403, 409}
        assert await lonely.admins() >= 1
        survivor = await portal.owner.fetchval(
            "select id_utilisateur from driven_utilisateur u join driven_utilisateur_role using (id_utilisateur)"
            " where role_id = $1 and statut = 'Actif' and (date_expiration is null or date_expiration > now()) limit 1",
            lonely.role,
        )
        portal.admin = next(each for each in everyone if each.id == survivor)
        await asyncio.sleep(0.6)
