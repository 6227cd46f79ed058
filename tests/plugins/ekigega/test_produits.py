"""Products (DECISIONS.md section 1, "Products")."""

from typing import Any

import pytest

from tests.installation import Company
from tests.matrices.footprint import tenant_footprint


@pytest.mark.parametrize(
    ("given", "shown"),
    [("149.99", "149.99"), (149.99, "149.99"), (0, "0.00"), ("0.005", "0.01"), ("999999999999.99", "999999999999.99")],
)
async def test_a_price_has_two_decimals(given: Any, shown: str, company: Company) -> None:
    made = await company.produit(prix=given)
    assert made["prix"] == shown
    assert (await company.owner.get(f"/api/produits/{made['id']}/")).json()["prix"] == shown


@pytest.mark.parametrize(
    ("field", "value"),
    [("prix", -1), ("prix", "NaN"), ("prix", 10**12), ("quantite", -1), ("quantite", 1.5), ("quantite", "3")],
)
async def test_what_cannot_be_is_refused(field: str, value: Any, company: Company, owner: Any) -> None:
    made = await company.produit()
    before = await tenant_footprint(owner, company.id)
    answer = await company.owner.patch(f"/api/produits/{made['id']}/", json={field: value})
    assert answer.status_code == 400
    assert set(answer.json()) == {field}
    assert await tenant_footprint(owner, company.id) == before


async def test_a_deleted_product_is_archived(company: Company, owner: Any) -> None:
    made = await company.produit(nom="Lampe", categorie="Maison")
    vente = await company.vente({"produit": made["id"], "quantite": 1})
    path = f"/api/produits/{made['id']}/"
    assert (await company.owner.delete(path)).status_code == 204
    for answer in (
        await company.owner.get(path),
        await company.owner.patch(path, json={"prix": 1}),
        await company.owner.put(path, json={"nom": "a", "categorie": "b", "prix": 1, "quantite": 1}),
        await company.owner.delete(path),
    ):
        assert answer.status_code == 404
    for query in ({}, {"search": "lampe"}, {"categorie": "maison"}):
        assert (await company.owner.get("/api/produits/", params=query)).json()["count"] == 0
    assert (await company.owner.get(f"/api/ventes/{vente['id']}/")).json()["items"][0]["produit"] == made["id"]
    assert await owner.fetchval("select archived_at is not null from produit where id = $1", made["id"])


async def test_the_category_is_compared_without_case(company: Company) -> None:
    made = await company.produit(categorie="Électronique")
    await company.produit(categorie="Électronique pro")
    for text in ("Électronique", "électronique", "ÉLECTRONIQUE"):
        found = (await company.owner.get("/api/produits/", params={"categorie": text})).json()
        assert [row["id"] for row in found["results"]] == [made["id"]]


async def test_put_needs_every_field_and_patch_none(company: Company) -> None:
    made = await company.produit()
    path = f"/api/produits/{made['id']}/"
    put = await company.owner.put(path, json={"nom": "Sac"})
    assert set(put.json()) == {"categorie", "prix", "quantite"}
    assert (await company.owner.patch(path, json={})).status_code == 200
    null = await company.owner.patch(path, json={"nom": None, "prix": None})
    assert set(null.json()) == {"nom", "prix"}


async def test_unknown_fields_are_never_assigned(company: Company) -> None:
    other = await company.installed.company()
    made = await company.produit(
        id=other.id, entreprise=other.id, version=9, created_at="2000-01-01T00:00:00Z", archived_at="2000-01-01"
    )
    assert made["id"] != other.id
    assert made["entreprise"] == company.id
    assert not made["created_at"].startswith("2000")
    changed = await company.owner.patch(f"/api/produits/{made['id']}/", json={"entreprise": other.id})
    assert changed.json()["entreprise"] == company.id


async def test_pages_neither_repeat_nor_skip(company: Company) -> None:
    made = {(await company.produit(nom="Pareil", prix="1.00"))["id"] for _ in range(7)}
    for ordering in ("nom", "-nom", "prix,-nom", "created_at", ""):
        seen: list[str] = []
        url: str | None = f"/api/produits/?page_size=3&ordering={ordering}"
        while url:
            page = (await company.owner.get(url)).json()
            assert page["count"] == 7
            seen += [row["id"] for row in page["results"]]
            url = page["next"]
        assert len(seen) == 7
        assert set(seen) == made
