"""Roles (DECISIONS.md section 1, "Roles")."""

from typing import Any

import pytest

from tests.installation import Api, Company, Installed, unique
from tests.matrices.footprint import footprint

RESOURCES = (
    *("accounts", "tenants", "products", "sales", "expenses"),
    *("partners", "subscriptions", "videos", "logs", "analytics"),
)
SEEDED = ("SUPER_ADMIN", "ADMIN", "VENTES", "FINANCE", "LECTURE")


@pytest.fixture
def api(installed: Installed) -> Api:
    """An anonymous client: writing is open in development."""
    return installed.api()


async def create(api: Api, **fields: Any) -> Any:
    """Create a role."""
    body = {"nom": unique("ROLE"), "permissions": {"products": ["read"]}, **fields}
    return await api.post("/api/roles/", json=body)


async def seeded(api: Api, name: str) -> dict[str, Any]:
    """A seeded role."""
    found = (await api.get("/api/roles/", params={"search": name, "page_size": 100})).json()["results"]
    role: dict[str, Any] = next(role for role in found if role["nom"] == name)
    return role


async def test_the_five_seeded_roles_say_what_is_decided(api: Api) -> None:
    everything, reading = ("create", "read", "update", "delete"), ("read",)
    expected = {
        "ADMIN": dict.fromkeys(RESOURCES, everything),
        "LECTURE": dict.fromkeys(RESOURCES, reading),
        "VENTES": {
            **dict.fromkeys(("products", "sales", "partners"), everything),
            **dict.fromkeys(("expenses", "subscriptions", "videos", "analytics"), reading),
        },
        "FINANCE": {
            **dict.fromkeys(("expenses", "subscriptions"), everything),
            **dict.fromkeys(("products", "sales", "partners", "analytics", "logs"), reading),
        },
    }
    expected["SUPER_ADMIN"] = expected["ADMIN"]
    for name in SEEDED:
        shown = (await seeded(api, name))["permissions"]
        assert {resource: tuple(actions) for resource, actions in shown.items()} == expected[name], name


@pytest.mark.parametrize("name", SEEDED)
async def test_a_seeded_role_is_neither_deleted_nor_renamed(name: str, api: Api, owner: Any) -> None:
    role = await seeded(api, name)
    path = f"/api/roles/{role['id']}/"
    before = await footprint(owner)
    for answer in (
        await api.delete(path),
        await api.patch(path, json={"nom": unique("AUTRE")}),
        await api.patch(path, json={"nom": name.lower()}),
        await api.put(path, json={"nom": unique("AUTRE"), "permissions": {}}),
    ):
        assert answer.status_code == 400, answer.text
    assert await footprint(owner) == before
    same = await api.patch(path, json={"nom": name, "permissions": role["permissions"]})
    assert same.status_code == 200


async def test_a_role_in_use_is_not_deleted(api: Api, company: Company, owner: Any) -> None:
    role = (await create(api)).json()
    member = await company.join(role["nom"])
    path = f"/api/roles/{role['id']}/"
    before = await footprint(owner)
    refused = await api.delete(path)
    assert refused.status_code == 400
    assert refused.json()["non_field_errors"]
    assert await footprint(owner) == before
    key = (await member.get("/api/auth/me/")).json()["id"]
    await company.owner.patch(f"/api/membres/{key}/", json={"role": "LECTURE"})
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404


async def test_names_are_unique_without_case(api: Api, owner: Any) -> None:
    role, other = (await create(api)).json(), (await create(api)).json()
    before = await footprint(owner)
    for taken in (role["nom"], role["nom"].lower(), f" {role['nom']} ", "ventes"):
        for answer in (
            await create(api, nom=taken),
            await api.patch(f"/api/roles/{other['id']}/", json={"nom": taken}),
        ):
            assert answer.status_code == 400, taken
            assert set(answer.json()) == {"nom"}
    assert await footprint(owner) == before
    same = await api.patch(f"/api/roles/{role['id']}/", json={"nom": role["nom"]})
    assert same.status_code == 200


@pytest.mark.parametrize(
    "permissions",
    [
        {"nothing": ["read"]},
        {"products": ["fly"]},
        {"products": "read"},
        {"products": [1]},
        {"products": [["read"]]},
        {"products": None},
        {"products": {"read": True}},
        {"": []},
        [],
        "all",
        None,
    ],
)
async def test_permissions_name_known_resources_and_actions(permissions: Any, api: Api, owner: Any) -> None:
    before = await footprint(owner)
    answer = await create(api, permissions=permissions)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"permissions"}
    assert await footprint(owner) == before


async def test_permissions_are_kept_in_one_order(api: Api) -> None:
    made = await create(api, permissions={"sales": ["delete", "read", "read"], "products": []})
    assert made.json()["permissions"] == {"sales": ["read", "delete"], "products": []}


async def test_every_problem_is_told_at_once(api: Api) -> None:
    answer = await create(api, nom="ventes", permissions={"nothing": [], "products": ["fly"]}, description="a" * 2001)
    assert set(answer.json()) == {"nom", "permissions", "description"}
    assert len(answer.json()["permissions"]) == 2


async def test_changed_permissions_count_at_once(api: Api, company: Company) -> None:
    role = (await create(api)).json()
    member = await company.join(role["nom"])
    assert (await member.get("/api/partners/")).status_code == 403
    await api.patch(f"/api/roles/{role['id']}/", json={"permissions": {"partners": ["read"]}})
    assert (await member.get("/api/partners/")).status_code == 200
    assert (await member.get("/api/produits/")).status_code == 403


@pytest.mark.parametrize(
    ("permissions", "status"),
    [({"products": ["read"]}, 201), ({"accounts": ["read"]}, 400), ({"tenants": ["delete"]}, 400)],
)
async def test_a_guarded_role_is_not_asked_for(
    permissions: dict[str, Any], status: int, api: Api, company: Company
) -> None:
    role = (await create(api, permissions=permissions)).json()
    body = {"password": "Grande-Saison-42", "password2": "Grande-Saison-42", "entreprise": company.id}
    for name in (role["nom"], role["id"]):
        body |= {"email": f"{unique('demande')}@example.com", "role": name}
        answer = await api.post("/api/auth/register/", json=body)
        api.cookies.clear()
        assert answer.status_code == status, answer.text
        assert status == 201 or set(answer.json()) == {"role"}
