"""That nothing changed is seen by what was written: the footprints miss no row."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from adapters.db.base import Row
from tests.cluster import TestCluster
from tests.installation import Company, unique
from tests.matrices.footprint import (
    BOOKKEEPING,
    footprint,
    last_write,
    note_writes,
    row_counts,
    tenant_footprint,
    written_since,
)

WRITES = {
    "an update": "update produit set nom = nom || '!' where id = $1",
    "an update of nothing": "update produit set nom = nom where id = $1",
    "a row less": "delete from produit where id = $1",
}


@pytest.mark.parametrize("written", WRITES)
async def test_a_write_changes_the_footprints(written: str, company: Company, owner: Any) -> None:
    produit = UUID((await company.produit())["id"])
    everything, own = await footprint(owner), await tenant_footprint(owner, company.id)
    assert own["produit"][0] == 1
    assert await footprint(owner) == everything
    assert await tenant_footprint(owner, company.id) == own

    await owner.execute(WRITES[written], produit)

    changed = await footprint(owner)
    assert changed["produit"] != everything["produit"]
    assert (await tenant_footprint(owner, company.id))["produit"] != own["produit"]


async def test_a_row_in_the_place_of_another_changes_the_footprint(company: Company, owner: Any) -> None:
    produit = await company.produit()
    before = await tenant_footprint(owner, company.id)
    await owner.execute("delete from produit where id = $1", UUID(produit["id"]))
    await company.produit(nom=produit["nom"])
    after = await tenant_footprint(owner, company.id)
    assert before["produit"][0] == after["produit"][0] == 1
    assert before["produit"] != after["produit"]


async def test_every_table_is_counted(owner: Any) -> None:
    counts = await row_counts(owner)
    assert set(counts) == set(await footprint(owner))
    for name, count in counts.items():
        assert await owner.fetchval(f'select count(*) from "{name}"') == count, name
    stand = {name for (name,) in await owner.fetch("select tablename::text from pg_tables where schemaname = 'public'")}
    assert set(counts) == stand & set(Row.metadata.tables) - BOOKKEEPING


async def test_what_is_written_is_noted_and_what_is_rolled_back_is_not(cluster: TestCluster) -> None:
    owner = await asyncpg.connect(cluster.clone(unique("noted")).owner)
    try:
        await note_writes(owner)
        before = await last_write(owner)
        rolled_back = owner.transaction()
        await rolled_back.start()
        await owner.execute("update role set description = description")
        await rolled_back.rollback()
        await owner.fetch("select * from role")
        assert await written_since(owner, before) == frozenset()
        await owner.execute("update role set description = description where false")
        assert await written_since(owner, before) == {"role"}, "a statement that meets no row is one that writes"
    finally:
        await owner.close()
