"""Sales move stock: made, changed, cancelled, deleted (DECISIONS.md section 1, "Sales")."""

from decimal import Decimal
from typing import Any

import pytest

from core.primitives.ids import new_id
from tests.installation import Company
from tests.matrices.footprint import tenant_footprint

MAX_STOCK = 2**31 - 1


def line(produit: dict[str, Any], quantite: int = 1, **fields: Any) -> dict[str, Any]:
    """A line of a sale."""
    return {"produit": produit["id"], "quantite": quantite, **fields}


async def stock(company: Company, produit: dict[str, Any]) -> int:
    """The stock of a product, as the API shows it."""
    answer = await company.owner.get(f"/api/produits/{produit['id']}/")
    quantite: int = answer.json()["quantite"]
    return quantite


async def change(company: Company, vente: dict[str, Any], **fields: Any) -> Any:
    """Change a sale."""
    return await company.owner.patch(f"/api/ventes/{vente['id']}/", json=fields)


async def refused(company: Company, owner: Any, vente: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Try to change a sale; assert that it is refused and that nothing is changed. Returns the problems."""
    before = await tenant_footprint(owner, company.id)
    answer = await change(company, vente, **fields)
    assert answer.status_code == 400, answer.text
    assert await tenant_footprint(owner, company.id) == before
    problems: dict[str, Any] = answer.json()
    return problems


async def test_a_sale_takes_stock_and_a_cancelled_one_gives_it_back(company: Company) -> None:
    produit = await company.produit(quantite=10, prix="99.99")
    vente = await company.vente(line(produit, 3))
    assert vente["items"] == [{"produit": produit["id"], "quantite": 3, "prix_unitaire": "99.99"}]
    assert Decimal(vente["total"]) == Decimal("299.97")
    assert await stock(company, produit) == 7

    cancelled = await change(company, vente, statut="annulee")
    assert cancelled.status_code == 200
    assert await stock(company, produit) == 10

    again = await change(company, vente, statut="payee")
    assert again.status_code == 400
    assert list(again.json()) == ["statut"]
    assert await stock(company, produit) == 10

    assert (await company.owner.delete(f"/api/ventes/{vente['id']}/")).status_code == 204
    assert await stock(company, produit) == 10


async def test_too_little_stock_changes_nothing(company: Company, owner: Any) -> None:
    much, little = await company.produit(quantite=10), await company.produit(quantite=2)
    client = await company.client()
    before = await tenant_footprint(owner, company.id)
    answer = await company.owner.post(
        "/api/ventes/", json={"client": client["id"], "items": [line(much, 5), line(little, 3)]}
    )
    assert answer.status_code == 400
    (said,) = answer.json()["items"]
    assert little["id"] in said
    assert "2" in said
    assert await tenant_footprint(owner, company.id) == before


async def test_the_last_piece_can_be_sold(company: Company) -> None:
    produit = await company.produit(quantite=2)
    await company.vente(line(produit, 2))
    assert await stock(company, produit) == 0


async def test_the_same_product_twice_counts_together(company: Company, owner: Any) -> None:
    produit = await company.produit(quantite=5, prix="10.00")
    vente = await company.vente(line(produit, 2), line(produit, 3, prix_unitaire="8.50"))
    assert [item["prix_unitaire"] for item in vente["items"]] == ["10.00", "8.50"]
    assert vente["total"] == "45.50"
    assert await stock(company, produit) == 0
    problems = await refused(company, owner, vente, items=[line(produit, 3), line(produit, 3)])
    assert set(problems) == {"items"}


async def test_changed_items_move_the_difference(company: Company) -> None:
    kept, left, come = [await company.produit(quantite=10) for _ in range(3)]
    vente = await company.vente(line(kept, 4), line(left, 4))
    answer = await change(company, vente, items=[line(kept, 6), line(come, 1)])
    assert answer.status_code == 200
    assert [await stock(company, produit) for produit in (kept, left, come)] == [4, 10, 9]
    assert [item["produit"] for item in answer.json()["items"]] == [kept["id"], come["id"]]
    assert answer.json()["total"] == "700.00"
    assert answer.json()["updated_at"] > vente["updated_at"]


async def test_changed_items_beyond_the_stock_change_nothing(company: Company, owner: Any) -> None:
    produit = await company.produit(quantite=10)
    vente = await company.vente(line(produit, 4))
    assert set(await refused(company, owner, vente, items=[line(produit, 11)])) == {"items"}
    assert (await change(company, vente, items=[line(produit, 10)])).status_code == 200
    assert await stock(company, produit) == 0


async def test_items_and_cancellation_at_once_give_all_back(company: Company) -> None:
    produit, other = await company.produit(quantite=10), await company.produit(quantite=1)
    vente = await company.vente(line(produit, 4))
    answer = await change(company, vente, statut="annulee", items=[line(other, 1)])
    assert answer.status_code == 200
    assert (await stock(company, produit), await stock(company, other)) == (10, 1)


@pytest.mark.parametrize("statut", ["annulee", "rembourse"])
async def test_a_final_sale_is_never_changed(statut: str, company: Company, owner: Any) -> None:
    produit = await company.produit(quantite=10)
    vente = await company.vente(line(produit, 4))
    assert (await change(company, vente, statut=statut)).status_code == 200
    client = await company.client()
    for fields in ({"statut": statut}, {"client": client["id"]}, {"items": [line(produit, 1)]}, {}):
        await refused(company, owner, vente, **fields)
    before = await tenant_footprint(owner, company.id)
    put = await company.owner.put(
        f"/api/ventes/{vente['id']}/", json={"client": client["id"], "statut": "payee", "items": [line(produit, 1)]}
    )
    assert put.status_code == 400
    assert await tenant_footprint(owner, company.id) == before
    assert await stock(company, produit) == 10


@pytest.mark.parametrize("statut", ["annulee", "rembourse"])
async def test_a_sale_made_final_takes_no_stock(statut: str, company: Company) -> None:
    produit = await company.produit(quantite=3)
    vente = await company.vente(line(produit, 3), statut=statut)
    assert vente["statut"] == statut
    assert await stock(company, produit) == 3
    assert (await company.owner.delete(f"/api/ventes/{vente['id']}/")).status_code == 204
    assert await stock(company, produit) == 3


async def test_open_states_follow_each_other_freely(company: Company) -> None:
    produit = await company.produit(quantite=3)
    vente = await company.vente(line(produit, 2))
    for statut in ("payee", "paiement_partiel", "en_attente", "payee", "payee"):
        answer = await change(company, vente, statut=statut)
        assert answer.json()["statut"] == statut
        assert await stock(company, produit) == 1


async def test_deleting_gives_back(company: Company) -> None:
    produit = await company.produit(quantite=9)
    vente = await company.vente(line(produit, 4), statut="payee")
    assert (await company.owner.delete(f"/api/ventes/{vente['id']}/")).status_code == 204
    assert await stock(company, produit) == 9
    assert (await company.owner.get(f"/api/ventes/{vente['id']}/")).status_code == 404
    assert (await company.owner.delete(f"/api/ventes/{vente['id']}/")).status_code == 404
    assert await stock(company, produit) == 9


async def test_another_client_of_the_tenant(company: Company, owner: Any) -> None:
    vente = await company.vente()
    client = await company.client()
    answer = await change(company, vente, client=client["id"])
    assert answer.json()["client"] == client["id"]
    supplier = await company.client(type="fournisseur")
    for wrong in (supplier["id"], str(new_id())):
        assert set(await refused(company, owner, vente, client=wrong)) == {"client"}


async def test_every_problem_is_told_at_once(company: Company, owner: Any) -> None:
    produit = await company.produit(quantite=1)
    before = await tenant_footprint(owner, company.id)
    answer = await company.owner.post(
        "/api/ventes/",
        json={"client": str(new_id()), "items": [line(produit), {"produit": str(new_id()), "quantite": 1}]},
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {"client", "items"}
    first, second = answer.json()["items"]
    assert first == {}
    assert set(second) == {"produit"}
    assert await tenant_footprint(owner, company.id) == before


async def test_shape_problems_are_told_at_once(company: Company) -> None:
    answer = await company.owner.post(
        "/api/ventes/", json={"statut": "soldee", "items": [{"quantite": 0}, {"produit": "x", "quantite": "1"}]}
    )
    assert answer.status_code == 400
    problems = answer.json()
    assert set(problems) == {"client", "statut", "items"}
    assert [set(item) for item in problems["items"]] == [{"produit", "quantite"}, {"produit", "quantite"}]
    assert (await company.owner.post("/api/ventes/", json={"client": str(new_id()), "items": []})).json().keys() == {
        "items"
    }


async def test_another_price_is_allowed_and_audited(company: Company) -> None:
    produit = await company.produit(prix="100.00", quantite=5)
    vente = await company.vente(line(produit, 2, prix_unitaire="80.555"))
    assert vente["items"][0]["prix_unitaire"] == "80.56"
    assert vente["total"] == "161.12"
    await change(company, vente, items=[line(produit, 1, prix_unitaire=0)])
    logs = (await company.owner.get("/api/logs/", params={"object_type": "Vente"})).json()["results"]
    kept = {entry["action"]: entry["details"] for entry in logs if entry["object_id"] == vente["id"]}
    changed = [{"produit": produit["id"], "prix": "100.00", "prix_unitaire": price} for price in ("80.56", "0.00")]
    assert kept == {"CREATE": {"prix_modifies": [changed[0]]}, "UPDATE": {"prix_modifies": [changed[1]]}}


async def test_the_usual_price_is_no_news(company: Company) -> None:
    produit = await company.produit(prix="100.00")
    vente = await company.vente(line(produit, 1, prix_unitaire="100"))
    logs = (await company.owner.get("/api/logs/", params={"object_type": "Vente"})).json()["results"]
    assert [entry["details"] for entry in logs if entry["object_id"] == vente["id"]] == [None]


async def test_a_sale_keeps_its_price(company: Company) -> None:
    produit = await company.produit(prix="100.00")
    vente = await company.vente(line(produit, 1))
    await company.owner.patch(f"/api/produits/{produit['id']}/", json={"prix": "150.00"})
    shown = (await company.owner.get(f"/api/ventes/{vente['id']}/")).json()
    assert shown["items"][0]["prix_unitaire"] == "100.00"
    assert (await change(company, vente, statut="payee")).json()["total"] == "100.00"


async def test_an_archived_product_is_not_sold_again(company: Company, owner: Any) -> None:
    produit, other = await company.produit(quantite=10), await company.produit(quantite=10)
    vente = await company.vente(line(produit, 2), line(other, 1))
    assert (await company.owner.delete(f"/api/produits/{produit['id']}/")).status_code == 204
    assert (await company.owner.get(f"/api/produits/{produit['id']}/")).status_code == 404
    shown = (await company.owner.get(f"/api/ventes/{vente['id']}/")).json()
    assert shown["items"][0]["produit"] == produit["id"]
    assert set(await refused(company, owner, vente, items=[line(produit, 3)])) == {"items"}
    left = "select quantite from produit where id = $1"
    assert await owner.fetchval(left, produit["id"]) == 8
    # a line that stays as it is keeps its product
    assert (await change(company, vente, items=[line(produit, 2), line(other, 2)])).status_code == 200
    assert await owner.fetchval(left, produit["id"]) == 8
    assert (await change(company, vente, items=[line(produit, 1)])).status_code == 200
    assert await owner.fetchval(left, produit["id"]) == 9
    assert (await change(company, vente, statut="annulee")).status_code == 200
    assert await owner.fetchval(left, produit["id"]) == 10


async def test_stock_that_overflows_on_the_way_back_changes_nothing(company: Company, owner: Any) -> None:
    produit = await company.produit(quantite=10)
    vente = await company.vente(line(produit, 10))
    filled = await company.owner.patch(f"/api/produits/{produit['id']}/", json={"quantite": MAX_STOCK})
    assert filled.status_code == 200
    assert await refused(company, owner, vente, statut="annulee") == {
        "items": ["Le stock d'un produit dépasserait la quantité maximale."]
    }
    before = await tenant_footprint(owner, company.id)
    assert (await company.owner.delete(f"/api/ventes/{vente['id']}/")).status_code == 400
    assert await tenant_footprint(owner, company.id) == before


async def test_quantities_beyond_any_stock_are_refused(company: Company, owner: Any) -> None:
    produit = await company.produit(quantite=MAX_STOCK, prix="999999999999.99")
    client = await company.client()
    before = await tenant_footprint(owner, company.id)
    answer = await company.owner.post(
        "/api/ventes/", json={"client": client["id"], "items": [line(produit, MAX_STOCK)] * 500}
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {"items"}
    assert await tenant_footprint(owner, company.id) == before
    vente = await company.vente(line(produit, MAX_STOCK), client=client["id"])
    assert vente["total"] == f"{MAX_STOCK * Decimal('999999999999.99'):.2f}"
    too_many = await company.owner.post("/api/ventes/", json={"client": client["id"], "items": [line(produit)] * 501})
    assert set(too_many.json()) == {"items"}


async def test_a_superuser_sells_across_tenants(company: Company) -> None:
    root = await company.installed.superuser()
    produit, client = await company.produit(quantite=5), await company.client()
    body = {"client": client["id"], "items": [line(produit, 2)]}
    assert (await root.post("/api/ventes/", json=body)).status_code == 400
    made = await root.post("/api/ventes/", json=body, headers={"x-organisation": company.id})
    assert made.status_code == 201
    assert await stock(company, produit) == 3
    changed = await root.patch(f"/api/ventes/{made.json()['id']}/", json={"items": [line(produit, 1)]})
    assert changed.status_code == 200, changed.text
    assert await stock(company, produit) == 4
    assert (await root.delete(f"/api/ventes/{made.json()['id']}/")).status_code == 204
    assert await stock(company, produit) == 5
    logs = (await company.owner.get("/api/logs/", params={"object_type": "Vente"})).json()["results"]
    assert [entry["action"] for entry in logs] == ["DELETE", "UPDATE", "CREATE"]


async def test_a_seller_does_all_four_and_sees_no_log(company: Company) -> None:
    seller = await company.join("VENTES")
    body = {"client": (await company.client())["id"], "items": [line(await company.produit())]}
    made = await seller.post("/api/ventes/", json=body)
    path = f"/api/ventes/{made.json()['id']}/"
    assert (await seller.get(path)).status_code == 200
    assert (await seller.patch(path, json={"statut": "payee"})).status_code == 200
    assert (await seller.delete(path)).status_code == 204
    assert (await seller.get("/api/logs/")).status_code == 403


async def test_sales_are_found_by_state_and_by_client(company: Company) -> None:
    client = await company.client(nom="Adjovi", prenom="Éléonore", email="eleonore@example.com")
    mine = await company.vente(client=client["id"], statut="payee")
    await company.vente()
    for query in ({"statut": "payee"}, {"search": "ELEONORE"}, {"search": "adjov"}, {"search": "eleonore@"}):
        found = (await company.owner.get("/api/ventes/", params=query)).json()
        assert [vente["id"] for vente in found["results"]] == [mine["id"]], query
        assert found["count"] == 1
    assert (await company.owner.get("/api/ventes/", params={"statut": "soldee"})).status_code == 400
