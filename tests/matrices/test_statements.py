"""How many statements a request costs (docs: DESIGN.md section 10): on domain tables, authentication included.

Transaction control and the tenant setting are not counted; every other statement is, whatever table it touches.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cluster import DatabaseUrls
from tests.installation import Company, Installed, installation
from tests.matrices.route_table import Operation, operation_named, route_table
from tests.matrices.samples import sample, vente_body
from tests.statements import Counter, telling

LISTS = [operation for operation in route_table() if operation.name.startswith("list_")]
DETAILS = [operation for operation in route_table() if operation.keyed and operation.method == "GET"]


@pytest.fixture(scope="module")
async def counted(
    counter: Counter, database_urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installed]:
    """An installation whose every connection tells what it runs."""
    with telling(counter):
        async with installation(database_urls, tmp_path_factory.mktemp("statements")) as running:
            yield running


@pytest.fixture(scope="module")
async def house(counted: Installed) -> Company:
    """A company in the counted installation."""
    return await counted.company()


async def cost(counter: Counter, company: Company, operation: Operation, key: str = "", **options: Any) -> list[str]:
    """Send a request whose caller nobody remembers, and return the statements it ran."""
    company.installed.composition.access.forget()
    await counter.begin()
    answer = await company.owner.request(operation.method, operation.at(key), **options)
    assert answer.status_code == operation.status, answer.text
    return await counter.heard()


@pytest.mark.parametrize("query", ["", "search=o&ordering=-id&page_size=100"])
@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.name)
async def test_a_list_costs_three_statements(
    operation: Operation, query: str, counter: Counter, house: Company
) -> None:
    for _ in range(3):
        await house.vente()
    ran = await cost(counter, house, operation, params=query)
    assert 1 < len(ran) <= 3, ran


@pytest.mark.parametrize("operation", DETAILS, ids=lambda operation: operation.name)
async def test_a_detail_costs_two_statements(operation: Operation, counter: Counter, house: Company) -> None:
    key = (await sample(operation, house)).key
    ran = await cost(counter, house, operation, key)
    assert 1 < len(ran) <= 2, ran


async def test_the_length_of_a_page_costs_nothing(counter: Counter, house: Company) -> None:
    for _ in range(5):
        await house.vente()
    operation = operation_named("list_ventes")
    short = await cost(counter, house, operation, params={"page_size": 1})
    long = await cost(counter, house, operation, params={"page_size": 100})
    assert short == long


@pytest.mark.parametrize("items", [1, 3, 30])
async def test_a_sale_costs_eight_statements(items: int, counter: Counter, house: Company) -> None:
    body = await vente_body(house)
    products = [await house.produit() for _ in range(items)]
    body["items"] = [{"produit": product["id"], "quantite": 2} for product in products]
    ran = await cost(counter, house, operation_named("create_vente"), json=body)
    assert 1 < len(ran) <= 8, ran


async def test_authentication_is_counted(counter: Counter, house: Company) -> None:
    ran = await cost(counter, house, operation_named("list_produits"))
    assert any("session_access" in statement for statement in ran)


async def test_a_remembered_caller_costs_no_statement(counter: Counter, house: Company) -> None:
    operation = operation_named("list_produits")
    await cost(counter, house, operation)
    await counter.begin()
    await house.owner.get(operation.at())
    assert len(await counter.heard()) == 1
