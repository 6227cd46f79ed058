"""Deep pages of whole lists: read from the nearer end, the same as read from the first row on."""

import asyncio
from typing import Any

import pytest

from adapters.db import store
from tests.installation import Company

ORDERS = ("", "nom", "-nom", "-prix,quantite", "categorie,-id", "id")


async def pages(company: Company, size: int, **query: Any) -> list[dict[str, Any]]:
    """Every page of the list of products."""
    found = []
    number, count = 1, None
    while count is None or (number - 1) * size < count:
        answer = await company.owner.get("/api/produits/", params={"page": number, "page_size": size, **query})
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        number, count = number + 1, answer.json()["count"]
    return found


@pytest.mark.parametrize("ordering", ORDERS)
async def test_both_ends_show_the_same_pages(company: Company, monkeypatch: pytest.MonkeyPatch, ordering: str) -> None:
    for number in range(11):
        await company.produit(nom=f"Article {number % 4}", categorie="AB"[number % 2], prix=f"{number % 3}.50")
    forwards = await pages(company, 3, ordering=ordering)
    monkeypatch.setattr(store, "DEEP", 1)
    assert await pages(company, 3, ordering=ordering) == forwards
    past = await company.owner.get("/api/produits/", params={"page": 5, "page_size": 3, "ordering": ordering})
    assert past.status_code == 404


async def test_a_page_read_while_others_write_is_whole(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "DEEP", 1)
    for _ in range(8):
        await company.produit()

    async def write() -> None:
        for _ in range(15):
            await company.produit()

    writing = asyncio.ensure_future(write())
    while not writing.done():
        answer = (await company.owner.get("/api/produits/", params={"page": 3, "page_size": 3})).json()
        assert len(answer["results"]) == min(3, answer["count"] - 6)
        assert len({item["id"] for item in answer["results"]}) == len(answer["results"])
    await writing
