"""Kept counts: exact after everything that changes rows, and nobody waits for anybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.db import migrate
from adapters.db.tallies import FOLD_TALLIES, Tallies, counted_tables
from adapters.db.work import PgWorks
from core.primitives.ids import new_id
from core.work import Delivery
from tests.adapters.db.arrange import add_organisation
from tests.cluster import DatabaseUrls
from tests.installation import Company

FOLD = Delivery(new_id(), "job", FOLD_TALLIES, {})
PRODUCT = "insert into produit (id, entreprise, nom, categorie, prix, quantite) values ($1, $2, 'n', 'c', 1, 1)"
EXPENSE = """
insert into depense (id, entreprise, categorie, description, montant, type)
select gen_random_uuid(), $1, 'c', '', 1, 't' from generate_series(1, $2)
"""
COLUMNS = ("id", "entreprise", "nom", "categorie", "prix", "quantite")


async def kept(owner: Any, table: str, organisation: UUID) -> int:
    """The kept count."""
    found: int = await owner.fetchval(
        "select coalesce(sum(amount), 0)::int from row_tally where name = $1 and organisation_id = $2",
        table,
        organisation,
    )
    return found


async def tally_rows(owner: Any, organisation: UUID) -> int:
    """How many rows the kept counts of an organisation take."""
    found: int = await owner.fetchval("select count(*) from row_tally where organisation_id = $1", organisation)
    return found


async def add_products(connection: Any, organisation: UUID, number: int) -> list[UUID]:
    """Insert products, one by one."""
    keys = [new_id() for _ in range(number)]
    await connection.executemany(PRODUCT, [(key, organisation) for key in keys])
    return keys


@asynccontextmanager
async def tenant(urls: DatabaseUrls, organisation: UUID) -> AsyncIterator[Any]:
    """A connection of the application inside of a tenant."""
    connection = await asyncpg.connect(urls.app)
    try:
        await connection.execute("select set_config('app.tenant', $1, false)", str(organisation))
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module", autouse=True)
def rows() -> None:
    """Which tables are counted is said by their rows."""
    migrate.load_rows(migrate.row_modules("plugins"))


@pytest.fixture
async def organisation(owner: Any) -> UUID:
    """A new organisation."""
    return await add_organisation(owner)


@pytest.fixture(autouse=True)
async def every_count_is_right(works: PgWorks) -> AsyncIterator[None]:
    """After each test no kept count differs from its rows."""
    yield
    assert await Tallies(works).check() == []


async def test_what_is_counted() -> None:
    assert counted_tables() == {
        "audit_entry": ("organisation_id", None),
        "crm_client": ("entreprise", None),
        "crm_devis": ("entreprise", None),
        "crm_opportunite": ("entreprise", None),
        "crm_projet": ("entreprise", None),
        "crm_tache": ("entreprise", None),
        "megahub_brand": ("organisation_id", None),
        "abonnement": ("entreprise", None),
        "depense": ("entreprise", None),
        "partner": ("entreprise", "archived_at"),
        "produit": ("entreprise", "archived_at"),
        "vente": ("entreprise", None),
    }


async def test_inserts_deletes_and_archives_are_counted(owner: Any, organisation: UUID) -> None:
    keys = await add_products(owner, organisation, 10)
    assert await kept(owner, "produit", organisation) == 10
    await owner.execute("delete from produit where id = any($1::uuid[])", keys[:3])
    assert await kept(owner, "produit", organisation) == 7
    archive = "update produit set archived_at = now() where id = any($1::uuid[])"
    await owner.execute(archive, keys[3:5])
    assert await kept(owner, "produit", organisation) == 5
    await owner.execute(archive, keys[3:6])
    assert await kept(owner, "produit", organisation) == 4, "what was archived before does not count twice"
    await owner.execute("update produit set archived_at = null where id = $1", keys[3])
    assert await kept(owner, "produit", organisation) == 5
    await owner.execute("update produit set quantite = 2 where entreprise = $1", organisation)
    await owner.execute("delete from produit where id = any($1::uuid[])", keys[4:6])
    assert await kept(owner, "produit", organisation) == 5, "deleting what was archived changes nothing"
    await owner.execute("delete from produit where entreprise = $1", organisation)
    assert await kept(owner, "produit", organisation) == 0


async def test_what_moves_to_another_tenant_is_counted_there(owner: Any, organisation: UUID) -> None:
    other = await add_organisation(owner)
    keys = await add_products(owner, organisation, 3)
    await owner.execute("update produit set archived_at = now() where id = $1", keys[0])
    await owner.execute("update produit set entreprise = $2 where id = any($1::uuid[])", keys[:2], other)
    assert (await kept(owner, "produit", organisation), await kept(owner, "produit", other)) == (1, 1)


async def test_updates_that_hide_nothing_call_no_function(owner: Any) -> None:
    conditions = await owner.fetch(
        "select tgname, tgqual is not null as asked from pg_trigger where tgname like '%\\_count\\_update'"
    )
    assert {each["tgname"] for each in conditions} >= {"produit_count_update", "partner_count_update"}
    assert all(each["asked"] for each in conditions)


async def test_one_statement_appends_one_row_however_many_it_changes(owner: Any, organisation: UUID) -> None:
    await owner.execute(EXPENSE, organisation, 500)
    assert (await kept(owner, "depense", organisation), await tally_rows(owner, organisation)) == (500, 1)
    await owner.execute("update depense set montant = 2 where entreprise = $1", organisation)
    await owner.execute("delete from depense where entreprise = $1 and montant = 1", organisation)
    assert await tally_rows(owner, organisation) == 1, "what changes no number appends nothing"


async def test_copied_rows_are_counted(owner: Any, organisation: UUID) -> None:
    other = await add_organisation(owner)
    rows = [(new_id(), (organisation, other)[number % 3 == 0], "n", "c", 1, 1) for number in range(300)]
    await owner.copy_records_to_table("produit", records=rows, columns=COLUMNS)
    assert [await kept(owner, "produit", each) for each in (organisation, other)] == [200, 100]


async def test_a_row_that_changes_its_tenant_between_counts(owner: Any, organisation: UUID) -> None:
    other = await add_organisation(owner)
    (key,) = await add_products(owner, organisation, 1)
    await owner.execute("update produit set entreprise = $2 where id = $1", key, other)
    assert [await kept(owner, "produit", each) for each in (organisation, other)] == [0, 1]


async def test_a_rolled_back_write_never_counted(owner: Any, organisation: UUID, database_urls: DatabaseUrls) -> None:
    async with tenant(database_urls, organisation) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await add_products(connection, organisation, 3)
        assert await kept(connection, "produit", organisation) == 3, "a transaction counts what it wrote"
        assert await kept(owner, "produit", organisation) == 0, "others do not, before it commits"
        await transaction.rollback()
        async with connection.transaction():
            await add_products(connection, organisation, 2)
            inner = connection.transaction()
            await inner.start()
            await add_products(connection, organisation, 4)
            await inner.rollback()
    assert await kept(owner, "produit", organisation) == 2
    with pytest.raises(asyncpg.UniqueViolationError):
        await owner.executemany(PRODUCT, [(key, organisation) for key in [new_id()] * 2])
    assert await kept(owner, "produit", organisation) == 2


async def test_entries_of_nobody_are_not_counted(owner: Any) -> None:
    before = await owner.fetchval("select count(*) from row_tally")
    await owner.execute(
        "insert into audit_entry (id, action, method, path, object_type, object_id, ip_address, user_agent,"
        " status_code) values ($1, 'LOGIN', '', '', '', '', '', '', 200)",
        new_id(),
    )
    assert await owner.fetchval("select count(*) from row_tally") == before


async def test_writers_of_one_tenant_do_not_wait_for_each_other(
    organisation: UUID, owner: Any, database_urls: DatabaseUrls
) -> None:
    async with tenant(database_urls, organisation) as first, tenant(database_urls, organisation) as second:
        await second.execute("set lock_timeout = '2s'")
        async with first.transaction():
            await add_products(first, organisation, 1)
            (key,) = await add_products(second, organisation, 1)
            await second.execute("update produit set archived_at = now() where id = $1", key)
            await add_products(second, organisation, 1)
            await second.execute("delete from produit where id = $1", key)
            assert await kept(owner, "produit", organisation) == 1
        assert await kept(owner, "produit", organisation) == 2


async def test_folding_keeps_every_sum(owner: Any, organisation: UUID, works: PgWorks) -> None:
    other = await add_organisation(owner)
    for each, number in ((organisation, 7), (other, 5)):
        await add_products(owner, each, number)
        await owner.execute(EXPENSE, each, number * 2)
        await owner.execute(EXPENSE, each, number)
    assert await tally_rows(owner, organisation) > 2
    for _ in range(2):
        await Tallies(works).fold(FOLD)
        assert await tally_rows(owner, organisation) == await tally_rows(owner, other) == 2
        for each, number in ((organisation, 7), (other, 5)):
            assert await kept(owner, "produit", each) == number
            assert await kept(owner, "depense", each) == number * 3


async def test_folds_at_once_and_writers_lose_nothing(
    owner: Any, organisation: UUID, works: PgWorks, database_urls: DatabaseUrls
) -> None:
    others = [await add_organisation(owner) for _ in range(20)]
    for each in others:
        await add_products(owner, each, 5)
    writing = True

    async def fold() -> int:
        folds = 0
        while writing:
            await Tallies(works).fold(FOLD)
            folds += 1
        return folds

    async def read() -> list[int]:
        seen = []
        while writing:
            seen.append(await kept(owner, "produit", organisation))
        return seen

    async def write() -> None:
        async with tenant(database_urls, organisation) as connection:
            for _ in range(60):
                async with connection.transaction():
                    keys = await add_products(connection, organisation, 3)
                    await connection.execute("delete from produit where id = $1", keys[0])

    first, second, reader = (
        asyncio.ensure_future(fold()),
        asyncio.ensure_future(fold()),
        asyncio.ensure_future(read()),
    )
    await asyncio.gather(write(), write(), write())
    writing = False
    seen = await reader
    assert min(await first, await second) > 1, "both folded while others wrote"
    assert seen == sorted(seen), "a reader saw a sum that was taken away and not yet put back"
    assert await kept(owner, "produit", organisation) == 360
    assert [await kept(owner, "produit", each) for each in others] == [5] * 20
    await Tallies(works).fold(FOLD)
    assert await tally_rows(owner, organisation) == 1


async def test_a_fold_does_not_wait_for_writers_nor_they_for_it(
    organisation: UUID, owner: Any, works: PgWorks, database_urls: DatabaseUrls
) -> None:
    await add_products(owner, organisation, 4)
    async with tenant(database_urls, organisation) as writer:
        await writer.execute("set lock_timeout = '2s'")
        async with writer.transaction():
            await add_products(writer, organisation, 1)
            async with asyncio.timeout(5):
                await Tallies(works).fold(FOLD)
            await add_products(writer, organisation, 1)
    assert await kept(owner, "produit", organisation) == 6


async def test_the_check_finds_what_was_planted(owner: Any, organisation: UUID, works: PgWorks) -> None:
    bare = await add_organisation(owner)
    await add_products(owner, organisation, 2)
    plant = "insert into row_tally (name, organisation_id, amount) values ($1, $2, $3)"
    await owner.execute(plant, "produit", organisation, 5)
    await owner.execute(plant, "depense", bare, -1)
    found = await Tallies(works).check()
    assert sorted(found) == sorted(
        [
            f"depense of {bare} has 0 rows and the kept count -1.",
            f"produit of {organisation} has 2 rows and the kept count 7.",
        ]
    )
    await owner.execute(
        "delete from row_tally where amount in (5, -1) and organisation_id in ($1, $2)", organisation, bare
    )
    await owner.execute("alter table produit disable trigger produit_count_insert")
    (key,) = await add_products(owner, organisation, 1)
    await owner.execute("alter table produit enable trigger produit_count_insert")
    assert await Tallies(works).check() == [f"produit of {organisation} has 3 rows and the kept count 2."]
    await owner.execute(plant, "produit", organisation, 1)
    assert key


async def test_a_tenant_reads_and_writes_its_own_counts_alone(
    owner: Any, organisation: UUID, database_urls: DatabaseUrls
) -> None:
    other = await add_organisation(owner)
    await add_products(owner, other, 3)
    async with tenant(database_urls, organisation) as connection:
        await add_products(connection, organisation, 1)
        assert await connection.fetchval("select array_agg(distinct organisation_id) from row_tally") == [organisation]
        await connection.execute("delete from row_tally where organisation_id = $1", other)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "insert into row_tally (name, organisation_id, amount) values ('produit', $1, 1)", other
            )
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("update row_tally set amount = 9")
    assert await kept(owner, "produit", other) == 3


async def test_lists_count_by_the_kept_count(company: Company, owner: Any) -> None:
    for _ in range(3):
        await company.depense(type="Taxi", description="Course")
    await owner.execute(
        "insert into row_tally (name, organisation_id, amount) values ('depense', $1, 40)", UUID(company.id)
    )
    try:
        for query, count in (
            ({}, 43),
            ({"page": "2", "page_size": "2"}, 43),
            ({"type": "taxi"}, 3),
            ({"search": "o"}, 3),
        ):
            found = await company.owner.get("/api/depenses/", params=query)
            assert found.status_code == 200, found.text
            assert found.json()["count"] == count, query
    finally:
        await owner.execute("delete from row_tally where amount = 40 and organisation_id = $1", UUID(company.id))


async def test_lists_stay_exact_under_parallel_writes(company: Company, works: PgWorks) -> None:
    made = [await company.depense() for _ in range(10)]
    done = False

    async def read() -> None:
        while not done:
            answer = await company.owner.get("/api/depenses/", params={"page_size": 100})
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert found["count"] == len(found["results"]), "rows and count are of one moment"
            await Tallies(works).fold(FOLD)

    reading = asyncio.ensure_future(read())
    removals = [company.owner.delete(f"/api/depenses/{each['id']}/") for each in made]
    await asyncio.gather(*(company.depense() for _ in range(20)), *removals)
    done = True
    await reading
    assert (await company.owner.get("/api/depenses/")).json()["count"] == 20
