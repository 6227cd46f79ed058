"""Companies side by side: archived ones vanish, superusers see all and narrow."""

from tests.installation import Company, Installed
from tests.journeys.people import join, me, refreshed


async def test_an_archived_company_vanishes_with_its_accounts_and_data(company: Company, installed: Installed) -> None:
    person = await join(company)
    vente = await company.vente()
    superuser = await installed.superuser()
    assert (await superuser.get(f"/api/ventes/{vente['id']}/")).status_code == 200
    name = (await installed.api().get(f"/api/tenants/{company.id}/")).json()["nom"]

    assert (await company.owner.delete(f"/api/tenants/{company.id}/")).status_code == 204

    assert await me(installed, person.access) == 401
    assert await refreshed(installed, person.refresh) == 401
    refused = await person.sign_in()
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_wrong")
    assert (await company.owner.get("/api/produits/")).status_code == 401
    assert (await installed.api().get(f"/api/tenants/{company.id}/")).status_code == 404
    assert (await installed.api().get("/api/tenants/", params={"search": name})).json()["count"] == 0
    registration = {
        "email": f"tardif-{company.id}@example.com",
        "password": person.password,
        "password2": person.password,
        "role": "VENTES",
        "entreprise": company.id,
    }
    late = await installed.api().post("/api/auth/register/", json=registration)
    assert (late.status_code, list(late.json())) == (400, ["entreprise"])

    assert (await superuser.get(f"/api/tenants/{company.id}/")).status_code == 404
    path = f"/api/ventes/{vente['id']}/"
    for narrowed in ({}, {"x-organisation": company.id}):
        assert (await superuser.get(path, headers=narrowed)).status_code == 404
        assert (await superuser.patch(path, json={"statut": "payee"}, headers=narrowed)).status_code == 404
        assert (await superuser.delete(path, headers=narrowed)).status_code == 404
    items = vente["items"][0]
    assert (await superuser.get(f"/api/produits/{items['produit']}/")).status_code == 404
    assert (await superuser.get(f"/api/partners/{vente['client']}/")).status_code == 404
    for path in ("/api/produits/", "/api/partners/", "/api/logs/"):
        rows = (await superuser.get(path, params={"page_size": 100})).json()["results"]
        assert company.id not in {row["entreprise"] for row in rows}


async def test_an_archived_company_loses_nothing(company: Company, installed: Installed, owner: object) -> None:
    produit = await company.produit()
    await company.owner.delete(f"/api/tenants/{company.id}/")
    kept = await owner.fetchval(  # type: ignore[attr-defined]
        "select count(*) from produit where id = $1", produit["id"]
    )
    assert kept == 1


async def test_a_superuser_sees_all_companies_and_narrows_to_one(installed: Installed) -> None:
    one, two = await installed.company(), await installed.company()
    first, second = await one.produit(), await two.produit()
    superuser = await installed.superuser()
    for produit in (first, second):
        assert (await superuser.get(f"/api/produits/{produit['id']}/")).status_code == 200

    narrowed = {"x-organisation": one.id}
    found = (await superuser.get("/api/produits/", headers=narrowed)).json()
    assert [row["id"] for row in found["results"]] == [first["id"]]
    assert (await superuser.get(f"/api/produits/{second['id']}/", headers=narrowed)).status_code == 404
    body = {"nom": "Riz", "categorie": "Vivres", "prix": "1", "quantite": 1}
    made = await superuser.post("/api/produits/", json=body, headers=narrowed)
    assert (made.status_code, made.json()["entreprise"]) == (201, one.id)
    for nobody in ("abc", first["id"]):
        headers = {"x-organisation": nobody}
        assert (await superuser.get("/api/produits/", headers=headers)).status_code == 404
        assert (await superuser.post("/api/produits/", json=body, headers=headers)).status_code == 404


async def test_nobody_else_narrows(installed: Installed) -> None:
    one, two = await installed.company(), await installed.company()
    produit = await two.produit()
    headers = {"x-organisation": two.id}
    assert (await one.owner.get("/api/produits/", headers=headers)).json()["count"] == 0
    assert (await one.owner.get(f"/api/produits/{produit['id']}/", headers=headers)).status_code == 404


async def test_another_companys_objects_are_404_whatever_the_method(installed: Installed) -> None:
    one, two = await installed.company(), await installed.company()
    vente = await one.vente()
    produit, client = vente["items"][0]["produit"], vente["client"]
    bodies = {
        f"/api/produits/{produit}/": {"nom": "N", "categorie": "C", "prix": "1", "quantite": 1},
        f"/api/partners/{client}/": {"type": "client", "nom": "N"},
        f"/api/ventes/{vente['id']}/": {"client": client, "items": [{"produit": produit, "quantite": 1}]},
    }
    for path, body in bodies.items():
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            answer = await two.owner.request(method, path, json=None if method in ("GET", "DELETE") else body)
            assert (method, path, answer.status_code) == (method, path, 404)
    assert (await one.owner.get(f"/api/ventes/{vente['id']}/")).json() == vente
