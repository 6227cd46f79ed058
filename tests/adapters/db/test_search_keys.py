"""A tenant's search: keys of its own find its rows and no others, and lose none (docs/adr/0020)."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.db.base import search_keys_name
from adapters.db.statement import Statement
from adapters.db.work import PgWork
from core.primitives.ids import new_id
from tests.cluster import DatabaseUrls
from tests.installation import Api, Company, Installed, unique

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
ROWS = 4_000


@pytest.fixture(scope="module")
async def asking(database_urls: DatabaseUrls) -> Any:
    """A connection of the application."""
    connection = await asyncpg.connect(database_urls.app)
    yield connection
    await connection.close()


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, ends=st.tuples(st.integers(0, 60), st.integers(0, 60)))
async def test_a_row_has_every_key_of_what_it_holds(asking: Any, text: str, ends: tuple[int, int]) -> None:
    tenant, other = new_id(), new_id()
    held = text[min(ends) : max(ends)]
    found = "select socle_search_keys($1, $2) @> socle_query_keys($3, $4)"
    assert await asking.fetchval(found, tenant, text, tenant, held) is True
    assert await asking.fetchval(found, tenant, text, other, held) is False


async def names(api: Api, search: str) -> set[str]:
    """The names that a search of products finds."""
    answer = await api.get("/api/produits/", params={"search": search, "page_size": 100})
    assert answer.status_code == 200
    found = answer.json()
    assert found["count"] == len(found["results"])
    return {each["nom"] for each in found["results"]}


async def test_a_search_finds_what_holds_the_text_and_nothing_of_another_tenant(installed: Installed) -> None:
    first, second = await installed.company(), await installed.company()
    for company in (first, second):
        for name in ("Étoffe bogolan", "BOGOLAN 100 %", "Gant", "Thé_vert", r"C:\riz"):
            await company.produit(nom=name, categorie="x")
    found = {
        "bogolan": {"Étoffe bogolan", "BOGOLAN 100 %"},
        "etoffe": {"Étoffe bogolan"},
        "ETOFFE BOGO": {"Étoffe bogolan"},
        "bogolam": set(),
        "ga": {"Gant"},
        "é": {"Étoffe bogolan", "Thé_vert"},
        "0 %": {"BOGOLAN 100 %"},
        "%": {"BOGOLAN 100 %"},
        "é_v": {"Thé_vert"},
        r":\r": {r"C:\riz"},
    }
    assert {search: await names(first.owner, search) for search in found} == found


async def test_a_superuser_searches_through_all_tenants(installed: Installed) -> None:
    name = unique("Pagne")
    for _ in range(2):
        await (await installed.company()).produit(nom=name)
    answer = await (await installed.superuser()).get("/api/produits/", params={"search": name})
    assert [each["nom"] for each in answer.json()["results"]] == [name, name]


async def test_a_search_reads_the_rows_that_hold_its_text_alone(
    installed: Installed, company: Company, owner: Any, asking: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many rows the tenant has: the list of them all is not read."""
    await owner.execute(
        "insert into produit (id, entreprise, nom, categorie, prix, quantite)"
        " select gen_random_uuid(), $1, case number % 100 when 0 then 'Bogolan ' else 'Savon ' end || number, 'x', 1, 1"
        " from generate_series(1, $2::int) number",
        UUID(company.id),
        ROWS,
    )
    await owner.execute("vacuum analyze produit")
    ran: list[tuple[str, list[Any]]] = []
    run = PgWork.all

    async def noted(self: PgWork, statement: Statement, **parameters: Any) -> list[Any]:
        ran.append((statement.sql, statement.arguments(parameters)))
        return await run(self, statement, **parameters)

    monkeypatch.setattr(PgWork, "all", noted)
    answer = await company.owner.get("/api/produits/", params={"search": "bogolan"})
    assert answer.json()["count"] == ROWS // 100
    ((sql, arguments),) = ran
    plan = "\n".join(
        row[0] for row in await asking.fetch(f"explain (analyze, costs off, timing off) {sql}", *arguments)
    )
    assert plan.count(f"Index Scan on {search_keys_name('produit')} (actual rows={ROWS // 100}.00") == 2, plan
    assert "ix_produit_search_text" not in plan
    assert "ix_produit_entreprise" not in plan
