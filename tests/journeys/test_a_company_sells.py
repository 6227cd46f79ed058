"""A company from its registration to its first sale, and the audit trail of it."""

from typing import Any

from tests.installation import PASSWORD, Api, Installed, unique


async def test_a_company_sells_and_its_trail_tells_every_write_in_order(installed: Installed) -> None:
    api = installed.api()
    company = (await api.post("/api/tenants/", json={"nom": unique("Ferme"), "secteur": "Agriculture"})).json()["id"]
    owner, owner_id = await register(installed, company, "ADMIN")
    seller, seller_id = await register(installed, company, "VENTES")
    reader, reader_id = await register(installed, company, "LECTURE")

    riz = await made(seller, "/api/produits/", nom="Riz", categorie="Vivres", prix="600", quantite=10)
    huile = await made(seller, "/api/produits/", nom="Huile", categorie="Vivres", prix="1500.50", quantite=4)
    client = await made(seller, "/api/partners/", type="client", nom="Maquis Chez Tantie", telephone="97000000")
    vente = await made(
        seller,
        "/api/ventes/",
        client=client["id"],
        items=[{"produit": riz["id"], "quantite": 3}, {"produit": huile["id"], "quantite": 4}],
    )
    assert vente["total"] == "7802.00"
    assert await stocks(reader) == {"Riz": 7, "Huile": 0}

    refused = await seller.post(
        "/api/ventes/",
        json={"client": client["id"], "items": [{"produit": huile["id"], "quantite": 1}]},
    )
    assert refused.status_code == 400
    paid = await seller.patch(f"/api/ventes/{vente['id']}/", json={"statut": "payee"})
    assert paid.status_code == 200
    refunded = await seller.patch(f"/api/ventes/{vente['id']}/", json={"statut": "rembourse"})
    assert refunded.status_code == 200
    assert await stocks(reader) == {"Riz": 10, "Huile": 4}
    changed = await seller.put(
        f"/api/produits/{riz['id']}/", json={"nom": "Riz", "categorie": "Vivres", "prix": "650", "quantite": 12}
    )
    assert changed.status_code == 200
    assert (await reader.delete(f"/api/ventes/{vente['id']}/")).status_code == 403
    assert (await seller.delete(f"/api/ventes/{vente['id']}/")).status_code == 204
    assert (await seller.delete(f"/api/partners/{client['id']}/")).status_code == 204
    demoted = await owner.patch(f"/api/membres/{reader_id}/", json={"role": "FINANCE"})
    assert demoted.status_code == 200
    assert (await owner.patch(f"/api/tenants/{company}/", json={"taille": 3})).status_code == 200
    assert (await seller.post("/api/auth/logout/", json={})).status_code == 200

    trail = (await owner.get("/api/logs/", params={"ordering": "id", "page_size": 100})).json()["results"]
    assert all(entry["entreprise"] == company for entry in trail)
    assert all(entry["ip_address"] == "127.0.0.1" and "httpx" in entry["user_agent"] for entry in trail)
    told = [
        (entry["action"], entry["method"], entry["path"], entry["object_type"], entry["object_id"], entry["user"])
        for entry in trail
    ]
    sale, product = f"/api/ventes/{vente['id']}/", f"/api/produits/{riz['id']}/"
    joined = [
        entry
        for who in (owner_id, seller_id, reader_id)
        for entry in (
            ("CREATE", "POST", "/api/auth/register/", "Membre", who, who),
            ("LOGIN", "POST", "/api/auth/register/", "Utilisateur", who, who),
        )
    ]
    assert told == [
        *joined,
        ("CREATE", "POST", "/api/produits/", "Produit", riz["id"], seller_id),
        ("CREATE", "POST", "/api/produits/", "Produit", huile["id"], seller_id),
        ("CREATE", "POST", "/api/partners/", "Partner", client["id"], seller_id),
        ("CREATE", "POST", "/api/ventes/", "Vente", vente["id"], seller_id),
        ("UPDATE", "PATCH", sale, "Vente", vente["id"], seller_id),
        ("UPDATE", "PATCH", sale, "Vente", vente["id"], seller_id),
        ("UPDATE", "PUT", product, "Produit", riz["id"], seller_id),
        ("DELETE", "DELETE", sale, "Vente", vente["id"], seller_id),
        ("DELETE", "DELETE", f"/api/partners/{client['id']}/", "Partner", client["id"], seller_id),
        ("UPDATE", "PATCH", f"/api/membres/{reader_id}/", "Membre", reader_id, owner_id),
        ("UPDATE", "PATCH", f"/api/tenants/{company}/", "Entreprise", company, owner_id),
        ("LOGOUT", "POST", "/api/auth/logout/", "Utilisateur", seller_id, seller_id),
    ]
    statuses = {"POST": {200, 201}, "PUT": {200}, "PATCH": {200}, "DELETE": {204}}
    for entry in trail:
        assert entry["status_code"] in statuses[entry["method"]]
        if entry["action"] == "CREATE":
            assert entry["status_code"] == 201
    times = [entry["created_at"] for entry in trail]
    assert times == sorted(times)


async def test_selling_at_another_price_is_allowed_and_told(installed: Installed) -> None:
    company = await installed.company()
    produit = await company.produit(prix="100")
    vente = await company.vente({"produit": produit["id"], "quantite": 1, "prix_unitaire": "80"})
    assert vente["total"] == "80.00"
    trail = await company.owner.get("/api/logs/", params={"object_type": "Vente"})
    assert trail.json()["results"][0]["details"] == {
        "prix_modifies": [{"produit": produit["id"], "prix": "100.00", "prix_unitaire": "80.00"}]
    }


async def test_a_deleted_product_stays_in_the_sales_that_refer_to_it(installed: Installed) -> None:
    company = await installed.company()
    produit = await company.produit()
    vente = await company.vente({"produit": produit["id"], "quantite": 2})
    assert (await company.owner.delete(f"/api/produits/{produit['id']}/")).status_code == 204
    assert (await company.owner.get(f"/api/produits/{produit['id']}/")).status_code == 404
    kept = (await company.owner.get(f"/api/ventes/{vente['id']}/")).json()
    assert kept["items"] == [{"produit": produit["id"], "quantite": 2, "prix_unitaire": "100.00"}]
    again = await company.owner.post(
        "/api/ventes/", json={"client": kept["client"], "items": [{"produit": produit["id"], "quantite": 1}]}
    )
    assert again.status_code == 400
    assert again.json() == {"items": [{"produit": ["Aucun produit n'a cet identifiant."]}]}
    cancelled = await company.owner.patch(f"/api/ventes/{vente['id']}/", json={"statut": "annulee"})
    assert cancelled.status_code == 200


async def test_a_repeated_request_with_its_key_makes_one_sale(installed: Installed) -> None:
    company = await installed.company()
    produit = await company.produit(quantite=10)
    client = await company.client()
    body = {"client": client["id"], "items": [{"produit": produit["id"], "quantite": 4}]}
    key = {"idempotency-key": unique("cle")}
    first = await company.owner.post("/api/ventes/", json=body, headers=key)
    again = await company.owner.post("/api/ventes/", json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (await company.owner.get(f"/api/produits/{produit['id']}/")).json()["quantite"] == 6
    other = await company.owner.post("/api/ventes/", json={**body, "statut": "payee"}, headers=key)
    assert other.status_code == 409
    assert set(other.json()) == {"detail", "code"}


async def register(installed: Installed, company: str, role: str) -> tuple[Api, str]:
    """Register a member; its client and its account's id."""
    email = f"{unique('membre')}@example.com"
    body = {"email": email, "password": PASSWORD, "password2": PASSWORD, "role": role, "entreprise": company}
    answer = await installed.api().post("/api/auth/register/", json=body)
    assert answer.status_code == 201, answer.text
    return installed.api(answer.json()["access"]), answer.json()["user"]["id"]


async def made(api: Api, path: str, **body: Any) -> dict[str, Any]:
    """Create a resource."""
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


async def stocks(api: Api) -> dict[str, int]:
    """The stock of every product by name."""
    return {row["nom"]: row["quantite"] for row in (await api.get("/api/produits/")).json()["results"]}
