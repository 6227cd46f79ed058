"""Parallel sales through two web processes, over HTTP, on a real PostgreSQL.

That these tests bite was seen once: with `_TAKE` of `plugins/ekigega/produits/store.py` replaced by a read of
`quantite` and a write of what was read less the sale's, 163 sales of one unit were made out of a stock of 10.
"""

import asyncio
from typing import Any
from uuid import UUID

import httpx

from tests.concurrency.conftest import Pair
from tests.installation import PASSWORD, unique


class Shop:
    """A tenant with a client and products, and the signed header of its owner."""

    def __init__(self, pair: Pair, token: str) -> None:
        self.pair = pair
        self.headers = {"authorization": f"Bearer {token}"}
        self.client = ""

    async def made(self, path: str, **body: Any) -> str:
        """Create something; return its id."""
        answer = await self.pair.client(0).post(path, json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        key: str = answer.json()["id"]
        return key

    async def produit(self, quantite: int) -> str:
        """Create a product."""
        return await self.made(
            "/api/produits/", nom=unique("Produit"), categorie="Divers", prix="10.00", quantite=quantite
        )

    async def stock(self, produit: str) -> int:
        """The stock of a product."""
        answer = await self.pair.client(1).get(f"/api/produits/{produit}/", headers=self.headers)
        quantite: int = answer.json()["quantite"]
        return quantite

    async def sell(self, number: int, items: list[tuple[str, int]]) -> httpx.Response:
        """Make a sale through one of the processes."""
        body = {
            "client": self.client,
            "statut": "en_attente",
            "items": [{"produit": produit, "quantite": quantite} for produit, quantite in items],
        }
        return await self.pair.client(number).post("/api/ventes/", json=body, headers=self.headers)


def registration(tenant: str, role: str = "ADMIN") -> dict[str, str]:
    """The body of a registration."""
    return {
        "email": f"{unique('membre')}@example.com",
        "password": PASSWORD,
        "password2": PASSWORD,
        "role": role,
        "entreprise": tenant,
    }


async def shop_of(pair: Pair) -> Shop:
    """A new tenant with its owner and a client."""
    answer = await pair.client(0).post("/api/auth/register/", json=registration(await pair.tenant()))
    assert answer.status_code == 201, answer.text
    shop = Shop(pair, answer.json()["access"])
    shop.client = await shop.made("/api/partners/", type="client", nom="Client")
    return shop


async def test_two_hundred_sales_of_ten_units_sell_ten(pair: Pair, pair_owner: Any) -> None:
    shop = await shop_of(pair)
    produit = await shop.produit(10)
    answers = await asyncio.gather(*(shop.sell(number, [(produit, 1)]) for number in range(200)))

    made = [answer for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code == 400]
    assert (len(made), len(refused)) == (10, 190)
    assert all(list(answer.json()) == ["items"] for answer in refused)
    assert await shop.stock(produit) == 0
    sold = "select sum(quantite), count(distinct vente) from vente_item where produit = $1"
    assert tuple(await pair_owner.fetchrow(sold, UUID(produit))) == (10, 10)


async def test_mixed_sales_in_opposite_orders_neither_deadlock_nor_oversell(pair: Pair, pair_owner: Any) -> None:
    shop = await shop_of(pair)
    stocks = {await shop.produit(quantite): quantite for quantite in (40, 25, 60)}
    first, second, third = stocks
    orders = [
        [(first, 1), (second, 2), (third, 3)],
        [(third, 1), (second, 1), (first, 2)],
        [(second, 1), (first, 1)],
        [(first, 3), (third, 2)],
    ]
    answers = await asyncio.gather(*(shop.sell(number // 2, orders[number % 4]) for number in range(200)))
    assert {answer.status_code for answer in answers} == {201, 400}

    sold = dict.fromkeys(stocks, 0)
    for number, answer in enumerate(answers):
        if answer.status_code == 201:
            for produit, quantite in orders[number % 4]:
                sold[produit] += quantite
    for produit, quantite in stocks.items():
        assert await shop.stock(produit) == quantite - sold[produit] >= 0
        lines = "select coalesce(sum(quantite), 0) from vente_item where produit = $1"
        assert await pair_owner.fetchval(lines, UUID(produit)) == sold[produit]


async def test_sales_that_are_cancelled_twice_at_once_give_back_once(pair: Pair) -> None:
    shop = await shop_of(pair)
    produit = await shop.produit(20)
    ventes = [(await shop.sell(0, [(produit, 2)])).json()["id"] for _ in range(5)]

    async def cancel(number: int, vente: str) -> int:
        path, body = f"/api/ventes/{vente}/", {"statut": "annulee"}
        return (await pair.client(number).patch(path, json=body, headers=shop.headers)).status_code

    codes = await asyncio.gather(*(cancel(number, vente) for vente in ventes for number in range(6)))
    assert sorted(codes) == [200] * 5 + [400] * 25
    assert await shop.stock(produit) == 20


async def test_parallel_first_registrations_make_one_owner(pair: Pair, pair_owner: Any) -> None:
    for _ in range(3):
        tenant = await pair.tenant()
        answers = await asyncio.gather(
            *(pair.client(number).post("/api/auth/register/", json=registration(tenant)) for number in range(12))
        )
        assert sorted(answer.status_code for answer in answers) == [201] + [400] * 11
        assert all(list(answer.json()) == ["role"] for answer in answers if answer.status_code == 400)
        owners = "select count(*) from membership where organisation_id = $1 and owner"
        assert await pair_owner.fetchval(owners, UUID(tenant)) == 1
