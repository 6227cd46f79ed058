"""The requests that are measured, and what Socle is to reach."""

import json
import secrets
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from benchmarks import data
from benchmarks.installation import EMAIL, PASSWORD, Loaded, sale_body
from benchmarks.load import Request, request_bytes

PEERS = ("drf", "fastapi", "floor")
SALES_AHEAD = 4_096
"""Bodies of sales made before the clock starts; later ones repeat them under new keys."""


class Case(NamedTuple):
    """A request by name: `request` makes it for a server's port, `targets` are Socle's requests a second over those
    of each of `PEERS`; without targets Socle alone is measured."""

    name: str
    request: Callable[[int], Request]
    targets: tuple[float, float, float] | None = None
    writes: bool = False


def reading(loaded: Loaded, path: str, **query: str | int) -> Callable[[int], Request]:
    """A GET with the owner's token."""
    asked = f"{path}?{urlencode(query)}" if query else path

    def made(port: int) -> Request:
        raw = request_bytes("GET", port, asked, loaded.token)
        return Request(lambda _: raw)

    return made


def selling(loaded: Loaded) -> Callable[[int], Request]:
    """A sale of three products, each under an `Idempotency-Key` of its own."""
    bodies = [sale_body(loaded, number) for number in range(SALES_AHEAD)]

    def made(port: int) -> Request:
        run = secrets.token_hex(8)

        def make(number: int) -> bytes:
            body = bodies[number % SALES_AHEAD]
            return request_bytes("POST", port, "/api/ventes/", loaded.token, body, Idempotency_Key=f"{run}-{number}")

        return Request(make, 201)

    return made


def signing_in() -> Callable[[int], Request]:
    """A sign-in with the right password."""
    body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    return lambda port: Request(lambda _: request_bytes("POST", port, "/api/auth/login/", "", body))


def comparison_cases(loaded: Loaded, *, cashflow: bool) -> list[Case]:
    """The requests of the comparison; `cashflow` where the installation serves it. Writes come last, so that a round's
    reads all see the same rows."""
    search = reading(
        loaded, "/api/produits/", search=data.SEARCH, categorie=data.CATEGORY, ordering="prix", page_size=25
    )
    cases = [
        Case("product list", reading(loaded, "/api/produits/", page_size=25), (10, 5, 0.5)),
        Case("product detail", reading(loaded, f"/api/produits/{loaded.products[0]}/"), (9, 4.5, 0.5)),
        Case("search + category + ordering", search, (4, 2.5, 0.7)),
        Case("sales list with items", reading(loaded, "/api/ventes/", page_size=25), (12, 7, 0.6)),
    ]
    if cashflow:
        cases.append(Case("cashflow", reading(loaded, "/api/analytics/cashflow/"), (200, 200, 0.4)))
    return [
        *cases,
        Case("create a sale of 3 items", selling(loaded), (6, 3.5, 0.6), writes=True),
        Case("login", signing_in(), writes=True),
    ]


def growth_cases(loaded: Loaded, *, cashflow: bool) -> list[Case]:
    """The requests whose cost must not grow with the tenant, and (last) one whose count may."""
    products, sales = "/api/produits/", "/api/ventes/"
    cases = [
        Case("product list, page 1", reading(loaded, products, page_size=25)),
        Case("product list, page 400", reading(loaded, products, page_size=25, page=400)),
        Case("product list, last page", reading(loaded, products, page_size=25, page=loaded.products_count // 25)),
        Case("unfiltered count (page of 1)", reading(loaded, products, page_size=1)),
        Case("search of 400 rows", reading(loaded, products, page_size=25, search=data.SEARCH)),
        Case(
            "search + category + ordering",
            reading(loaded, products, search=data.SEARCH, categorie=data.CATEGORY, ordering="prix", page_size=25),
        ),
        Case("filter of 240 rows", reading(loaded, products, page_size=25, categorie=data.CATEGORY)),
        Case("product detail", reading(loaded, f"{products}{loaded.products[0]}/")),
        Case("sales list, page 1", reading(loaded, sales, page_size=25)),
        Case("sales list, last page", reading(loaded, sales, page_size=25, page=loaded.sales_count // 25)),
    ]
    if cashflow:
        cases.append(Case("cashflow", reading(loaded, "/api/analytics/cashflow/")))
    return [*cases, Case(BROAD, reading(loaded, products, page_size=25, categorie=data.BROAD_CATEGORY))]


BROAD = "broad filter (may grow)"
