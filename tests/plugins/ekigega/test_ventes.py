"""Sales move stock: made, changed, cancelled, deleted."""

from decimal import Decimal

from tests.installation import Company


async def stock(company: Company, produit: str) -> int:
    """The stock of a product, as the API shows it."""
    answer = await company.owner.get(f"/api/produits/{produit}/")
    quantite: int = answer.json()["quantite"]
    return quantite


async def test_a_sale_takes_stock_and_a_cancelled_one_gives_it_back(company: Company) -> None:
    produit = await company.produit(quantite=10, prix="99.99")
    vente = await company.vente({"produit": produit["id"], "quantite": 3})
    assert vente["items"] == [{"produit": produit["id"], "quantite": 3, "prix_unitaire": "99.99"}]
    assert Decimal(vente["total"]) == Decimal("299.97")
    assert await stock(company, produit["id"]) == 7

    cancelled = await company.owner.patch(f"/api/ventes/{vente['id']}/", json={"statut": "annulee"})
    assert cancelled.status_code == 200
    assert await stock(company, produit["id"]) == 10

    again = await company.owner.patch(f"/api/ventes/{vente['id']}/", json={"statut": "payee"})
    assert again.status_code == 400
    assert list(again.json()) == ["statut"]
    assert await stock(company, produit["id"]) == 10

    assert (await company.owner.delete(f"/api/ventes/{vente['id']}/")).status_code == 204
    assert await stock(company, produit["id"]) == 10
