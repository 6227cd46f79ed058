"""Members (DECISIONS.md section 1, "Members"; section 0, "Powers")."""

from typing import Any

import pytest

from tests.installation import PASSWORD, Api, Company, unique
from tests.matrices.footprint import tenant_footprint


async def own_id(client: Api) -> str:
    """The member's id, which is its account's."""
    key: str = (await client.get("/api/auth/me/")).json()["id"]
    return key


async def change(by: Api, key: str, **fields: Any) -> Any:
    """Change a member."""
    return await by.patch(f"/api/membres/{key}/", json=fields)


async def test_a_member_is_shown_as_decided(company: Company) -> None:
    seller: Any = await company.join("VENTES")
    shown = (await company.owner.get(f"/api/membres/{await own_id(seller)}/")).json()
    assert set(shown) == {
        *("id", "compte", "email", "nom", "prenom", "telephone", "role", "status", "proprietaire", "created_at")
    }
    assert isinstance(shown["compte"], int)
    assert (shown["email"], shown["role"], shown["status"], shown["proprietaire"]) == (
        seller.email,
        "VENTES",
        "actif",
        False,
    )
    page = (await company.owner.get("/api/membres/")).json()
    assert page["count"] == 2
    assert [member["proprietaire"] for member in page["results"]] == [False, True]


@pytest.mark.parametrize(
    "fields", [{"role": "VENTES"}, {"status": "inactif"}, {"role": "LECTURE", "status": "inactif"}]
)
async def test_the_owner_is_neither_demoted_nor_switched_off(
    fields: dict[str, str], company: Company, owner: Any
) -> None:
    administrator = await company.join("ADMIN")
    key = await own_id(company.owner)
    before = await tenant_footprint(owner, company.id)
    for by in (company.owner, administrator, await company.installed.superuser()):
        answer = await change(by, key, **fields)
        assert answer.status_code == 400, answer.text
        assert set(answer.json()) == set(fields)
        assert (await by.delete(f"/api/membres/{key}/")).status_code == 400
    assert await tenant_footprint(owner, company.id) == before


async def test_a_switched_off_member_is_out_at_once(company: Company) -> None:
    seller: Any = await company.join("VENTES")
    key = await own_id(seller)
    assert (await change(company.owner, key, status="inactif")).json()["status"] == "inactif"
    assert (await seller.get("/api/produits/")).status_code == 401
    credentials = {"email": seller.email, "password": PASSWORD}
    assert (await company.installed.api().post("/api/auth/login/", json=credentials)).status_code in (401, 403)
    assert (await change(company.owner, key, status="actif")).status_code == 200
    assert (await company.installed.api().post("/api/auth/login/", json=credentials)).status_code == 200


async def test_a_removed_member_is_out_at_once(company: Company) -> None:
    seller = await company.join("VENTES")
    key = await own_id(seller)
    assert (await company.owner.delete(f"/api/membres/{key}/")).status_code == 204
    assert (await seller.get("/api/produits/")).status_code == 401
    assert (await company.owner.get(f"/api/membres/{key}/")).status_code == 404
    assert (await company.owner.delete(f"/api/membres/{key}/")).status_code == 404


async def test_another_role_counts_at_once(company: Company) -> None:
    reader = await company.join("LECTURE")
    body = {"nom": "Sac", "categorie": "x", "prix": 1, "quantite": 1}
    assert (await reader.post("/api/produits/", json=body)).status_code == 403
    assert (await change(company.owner, await own_id(reader), role="VENTES")).json()["role"] == "VENTES"
    assert (await reader.post("/api/produits/", json=body)).status_code == 201


@pytest.mark.parametrize(
    ("fields", "failing"),
    [
        ({"role": "SUPER_ADMIN"}, {"role"}),
        ({"role": "super_admin"}, {"role"}),
        ({"role": "NOPE"}, {"role"}),
        ({"status": "en_attente"}, {"status"}),
        ({"status": "x", "role": "NOPE"}, {"status", "role"}),
        ({"role": None}, {"role"}),
    ],
)
async def test_what_is_never_given(fields: dict[str, Any], failing: set[str], company: Company, owner: Any) -> None:
    seller = await company.join("VENTES")
    key = await own_id(seller)
    before = await tenant_footprint(owner, company.id)
    for by in (company.owner, await company.installed.superuser()):
        answer = await change(by, key, **fields)
        assert answer.status_code == 400, answer.text
        assert set(answer.json()) == failing
    assert await tenant_footprint(owner, company.id) == before


async def test_nobody_grants_what_he_lacks(company: Company, owner: Any) -> None:
    root = await company.installed.superuser()
    wide = {"nom": unique("LARGE"), "permissions": {"tenants": ["read"], "accounts": ["delete"]}}
    role = (await root.post("/api/roles/", json=wide)).json()
    narrow = {"nom": unique("ETROIT"), "permissions": {"products": ["read"]}}
    small = (await root.post("/api/roles/", json=narrow)).json()
    administrator, reader = await company.join("ADMIN"), await company.join("LECTURE")
    key = await own_id(reader)
    assert (await change(administrator, key, role=role["id"])).status_code == 200
    assert (await change(administrator, key, role=small["nom"])).status_code == 200
    # an ADMIN whose role has been narrowed administers still, but cannot give what is gone
    seeded = (await root.get("/api/roles/", params={"search": "ADMIN"})).json()["results"]
    admin = next(found for found in seeded if found["nom"] == "ADMIN")
    path = f"/api/roles/{admin['id']}/"
    less = {name: actions for name, actions in admin["permissions"].items() if name != "accounts"}
    try:
        assert (await root.patch(path, json={"permissions": less})).status_code == 200
        before = await tenant_footprint(owner, company.id)
        refused = await change(administrator, key, role=role["id"])
        assert set(refused.json()) == {"role"}
        assert await tenant_footprint(owner, company.id) == before
        assert (await change(company.owner, key, role=role["id"])).status_code == 200
    finally:
        await root.patch(path, json={"permissions": admin["permissions"]})


async def test_the_account_itself_stays(company: Company, owner: Any) -> None:
    seller = await company.join("VENTES")
    key = await own_id(seller)
    before = await owner.fetchrow("select email, password_hash, is_active from account where id = $1", key)
    await change(company.owner, key, role="FINANCE", status="inactif", email="x@example.com", password="x")
    await company.owner.delete(f"/api/membres/{key}/")
    assert await owner.fetchrow("select email, password_hash, is_active from account where id = $1", key) == before
