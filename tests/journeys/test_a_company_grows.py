"""One company in two products: made in megahub, at work in ekigega, at its limit, upgraded, at work again (issue 7)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import DatabaseUrls
from tests.hub import a_user, opening
from tests.installation import PASSWORD, Api, Installed, installation, unique


@pytest.fixture(scope="module")
async def installed(database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installed]:
    """The full edition, with the slots that companies have by default."""
    async with installation(database_urls, tmp_path_factory.mktemp("growing"), edition="full") as running:
        yield running


async def sign_in(installed: Installed, email: str) -> Api:
    """The client of an account."""
    answer = await installed.api().post("/api/auth/login/", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return installed.api(answer.json()["access"])


async def tenant_of(client: Api, name: str) -> str:
    """The id that ekigega gives a company."""
    (found,) = (await client.get("/api/tenants/", params={"search": name})).json()["results"]
    assert found["nom"] == name
    key: str = found["id"]
    return key


async def register(installed: Installed, company: str, role: str = "VENTES") -> Any:
    """Register into a company, as ekigega has it."""
    body = {
        "email": f"{unique('vendeur')}@example.com",
        "password": PASSWORD,
        "password2": PASSWORD,
        "role": role,
        "entreprise": company,
    }
    return await installed.api().post("/api/auth/register/", json=body)


async def test_a_company_is_made_works_reaches_its_limit_and_grows(installed: Installed) -> None:
    root = await installed.superuser()
    body = opening()
    company = (await root.post("/companies/", json=body)).json()
    boss = await sign_in(installed, body["admin_email"])
    slots_path = f"/companies/slots/{company['id']}/"

    # at work in ekigega: the company is a tenant, its administrator the owner
    key = await tenant_of(boss, body["name"])
    produit = await boss.post(
        "/api/produits/", json={"nom": "Pagne", "categorie": "Tissu", "prix": "4500.00", "quantite": 10}
    )
    assert produit.status_code == 201, produit.text

    # a user made in megahub sells in ekigega; a brand_member only reads
    seller_body, reader_body = a_user(user_type="brand_admin"), a_user(user_type="brand_member")
    for each in (seller_body, reader_body):
        assert (await boss.post(f"/companies/{company['id']}/users/", json=each)).status_code == 201
    seller, reader = await sign_in(installed, seller_body["email"]), await sign_in(installed, reader_body["email"])
    client = (await seller.post("/api/partners/", json={"type": "client", "nom": "Mme Dossou"})).json()
    sale = {
        "client": client["id"],
        "statut": "payee",
        "items": [{"produit": produit.json()["id"], "quantite": 2}],
    }
    assert (await seller.post("/api/ventes/", json=sale)).status_code == 201
    assert (await reader.get("/api/produits/")).json()["count"] == 1
    assert (await reader.post("/api/ventes/", json=sale)).status_code == 403

    # who registers in ekigega takes a user slot of megahub, until they are full
    limits = {"brands_slots": 5, "users_slots": 3}
    assert (await boss.put(slots_path, json=limits)).status_code == 200
    joined = await register(installed, key)
    assert joined.status_code == 201, joined.text
    assert (await boss.get(slots_path)).json()["is_users_limit_reached"] is True
    refused = await register(installed, key)
    assert refused.status_code == 400
    assert refused.json() == {"entreprise": ["Limite d'utilisateurs atteinte (3/3)"]}
    also = await boss.post(f"/companies/{company['id']}/users/", json=a_user())
    assert also.json()["error"] == "Limite d'utilisateurs atteinte (3/3)"
    mails = await installed.mail_to(body["admin_email"])
    assert f"{body['name']} : Limite d'utilisateurs atteinte (3/3)" in [mail["subject"] for mail in mails]
    checked = (await boss.post(f"/companies/{company['id']}/check_limits/", json={})).json()
    assert [alert["type"] for alert in checked["alerts"]] == ["users_limit"]

    # a member who leaves in ekigega gives his slot back
    member = joined.json()["user"]["id"]
    assert (await boss.delete(f"/api/membres/{member}/")).status_code == 204
    assert (await boss.get(slots_path)).json()["current_users_count"] == 2
    assert (await register(installed, key)).status_code == 201

    # upgraded, work goes on
    upgrade = await boss.post(f"/companies/{company['id']}/upgrade_slots/", json={"users_slots": 20})
    assert upgrade.json() == {
        "message": "Slots mis à jour avec succès",
        "brands_slots": 5,
        "users_slots": 20,
        "brands_available": 5,
        "users_available": 17,
    }
    assert (await boss.get(f"{slots_path}usage-alerts/")).json()["alerts"] == []
    late = await register(installed, key)
    assert late.status_code == 201
    newcomer = installed.api(late.json()["access"])
    assert (await newcomer.post("/api/ventes/", json=sale)).status_code == 201
    stats = (await boss.get(f"/companies/{company['id']}/usage_stats/")).json()
    assert stats["slots"]["users"] == {"total": 20, "used": 4, "percentage": 20.0, "available": 16}
    assert stats["activity"]["recent_logins"] == 4


async def test_a_tenant_of_ekigega_is_a_company_and_gets_its_administrator(installed: Installed) -> None:
    root = await installed.superuser()
    made = await installed.api().post(
        "/api/tenants/", json={"nom": unique("Atelier"), "secteur": "Bois", "type": "SARL", "adresse": "", "taille": 2}
    )
    tenant = made.json()
    found = (await root.get("/companies/", params={"search": tenant["nom"]})).json()["results"]
    assert [(each["name"], each["admin"], each["billing_email"]) for each in found] == [(tenant["nom"], None, None)]
    slots = (await root.get(f"/companies/slots/{found[0]['id']}/")).json()
    assert (slots["brands_slots"], slots["users_slots"], slots["current_users_count"]) == (5, 10, 0)

    owner = (await register(installed, tenant["id"], "ADMIN")).json()
    shown = (await root.get(f"/companies/{found[0]['id']}/")).json()
    boss = installed.api(owner["access"])
    assert shown["admin"] == (await boss.get("/api/auth/user/")).json()["id"]
    assert shown["billing_email"] == owner["user"]["email"]
    brand = await boss.post(f"/companies/{found[0]['id']}/brands/", json={"name": "Iroko"})
    assert brand.status_code == 201
    renamed = await boss.patch(f"/companies/{found[0]['id']}/", json={"name": unique("Atelier")})
    assert (await boss.get(f"/api/tenants/{tenant['id']}/")).json()["nom"] == renamed.json()["name"]

    # a name that megahub keeps unique stays so, whichever product changes it
    body = opening()
    assert (await root.post("/companies/", json=body)).status_code == 201
    other = opening()
    second = (await root.post("/companies/", json=other)).json()
    chief = await sign_in(installed, other["admin_email"])
    key = await tenant_of(chief, other["name"])
    taken = await chief.patch(f"/api/tenants/{key}/", json={"nom": body["name"]})
    assert (taken.status_code, set(taken.json())) == (400, {"nom"})
    assert (await root.get(f"/companies/{second['id']}/")).json()["name"] == other["name"]
