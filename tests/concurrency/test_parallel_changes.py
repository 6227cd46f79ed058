"""Changes of one object at the same time: each sees what the one before it has left."""

import asyncio
from typing import Any

import pytest

from tests.installation import Company

ROUNDS = 5


async def both(company: Company, produit: str, vente: str) -> tuple[int, int]:
    """The stock of a product, and how many of it a sale holds."""
    left = (await company.owner.get(f"/api/produits/{produit}/")).json()["quantite"]
    shown = (await company.owner.get(f"/api/ventes/{vente}/")).json()
    held = 0 if shown["statut"] == "annulee" else sum(item["quantite"] for item in shown["items"])
    return left, held


@pytest.mark.parametrize("cancelled", [False, True])
async def test_parallel_changes_of_a_sale_lose_no_stock(cancelled: bool, company: Company) -> None:
    for _ in range(ROUNDS):
        produit: Any = (await company.produit(quantite=100))["id"]
        vente = (await company.vente({"produit": produit, "quantite": 4}))["id"]
        changes: list[dict[str, Any]] = [{"items": [{"produit": produit, "quantite": n}]} for n in (1, 6, 9, 3, 12)]
        if cancelled:
            changes.insert(2, {"statut": "annulee"})
        answers = await asyncio.gather(
            *(company.owner.patch(f"/api/ventes/{vente}/", json=change) for change in changes)
        )
        assert {answer.status_code for answer in answers} <= {200, 400}
        left, held = await both(company, produit, vente)
        assert left + held == 100


async def test_a_sale_changed_and_deleted_at_once_gives_all_back(company: Company) -> None:
    for _ in range(ROUNDS):
        produit: Any = (await company.produit(quantite=100))["id"]
        vente = (await company.vente({"produit": produit, "quantite": 4}))["id"]
        path = f"/api/ventes/{vente}/"
        changes = [company.owner.patch(path, json={"items": [{"produit": produit, "quantite": n}]}) for n in (1, 6, 9)]
        await asyncio.gather(*changes, company.owner.delete(path), company.owner.delete(path))
        assert (await company.owner.get(path)).status_code == 404
        assert (await company.owner.get(f"/api/produits/{produit}/")).json()["quantite"] == 100


async def test_parallel_changes_of_a_members_role_are_all_answered(company: Company) -> None:
    member: Any = await company.join("LECTURE")
    key = (await member.get("/api/auth/me/")).json()["id"]
    for _ in range(ROUNDS):
        answers = await asyncio.gather(
            *(
                company.owner.patch(f"/api/membres/{key}/", json={"role": role})
                for role in ("VENTES", "FINANCE", "LECTURE", "ADMIN")
            )
        )
        assert [answer.status_code for answer in answers] == [200] * 4
