"""Receipts when things happen at once, or in between: none is lost that is needed, none stays that nothing needs."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.db.files import PgFiles
from core.access.principal import SYSTEM, Caller, Membership, Principal
from core.files.content import PDF as PDF_KIND
from core.files.service import StoredFile
from core.primitives.errors import DomainError, Kind
from core.primitives.ids import new_id
from tests.installation import Company, Installed
from tests.plugins.ekigega.receipts import PDF, objects, parts_of, stored, sweep

AGE = "update stored_file set created_at = now() - $2::interval where organisation_id = $1"


def caller_of(company: Company) -> Caller:
    """A member of a company."""
    place = Membership(new_id(), UUID(company.id), 1, "FINANCE", frozenset())
    return Caller(Principal(new_id(), 1, new_id(), "x@example.com", membership=place))


async def received(installed: Installed, company: Company) -> StoredFile:
    """A file that was received, and that nothing refers to yet."""
    files = installed.composition.kernel.files
    return await files.receive(caller_of(company), "justificatif", "facture.pdf", PDF, (PDF_KIND,), 1000)


async def keep(installed: Installed, company: Company, file: StoredFile) -> None:
    """Keep a file, as a member of a company."""
    kernel = installed.composition.kernel
    async with kernel.works.within(caller_of(company)) as work:
        await kernel.files.keep(work, file)
        await work.commit()


async def test_parallel_replacements_leave_one_receipt(installed: Installed, company: Company, owner: Any) -> None:
    made = await company.depense(PDF)
    path = f"/api/depenses/{made['id']}/"
    contents = [PDF.replace(b"endobj", f"{number}\nendobj".encode()) for number in range(8)]
    answers = await asyncio.gather(
        *(company.owner.patch(path, files={"justificatif": ("f.pdf", content)}) for content in contents)
    )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert await stored(owner, company) == {"kept": 1, "released": 8}
    left = (await company.owner.get(path)).json()["justificatif"]
    await sweep(installed)
    (kept,) = objects(installed, company)
    assert kept.name == parts_of(left)[0]
    assert (await installed.api().get(left)).content in contents


async def test_a_file_is_kept_once_by_its_own_company_and_not_after_it_was_swept(
    installed: Installed, company: Company, owner: Any
) -> None:
    other = await installed.company()
    file, swept = await received(installed, company), await received(installed, company)
    with pytest.raises(DomainError) as refused:
        await keep(installed, other, file)
    assert refused.value.kind is Kind.MISSING
    await keep(installed, company, file)
    await owner.execute(AGE, UUID(company.id), timedelta(days=2))
    await sweep(installed)
    for late in (file, swept):
        with pytest.raises(DomainError) as refused:
            await keep(installed, company, late)
        assert refused.value.kind is Kind.MISSING
    assert await stored(owner, company) == {"kept": 1}
    assert [path.name for path in objects(installed, company)] == [str(file.id)]


async def test_a_sweep_passes_over_what_a_transaction_is_keeping(
    installed: Installed, company: Company, owner: Any
) -> None:
    file, dead = await received(installed, company), await received(installed, company)
    await owner.execute(AGE, UUID(company.id), timedelta(days=2))
    async with owner.transaction():
        await owner.execute("update stored_file set state = 'kept' where id = $1", file.id)
        async with asyncio.timeout(10):
            await sweep(installed)
    assert await stored(owner, company) == {"kept": 1}
    assert [path.name for path in objects(installed, company)] == [str(file.id)]
    assert dead.id != file.id


async def test_a_kept_file_is_not_forgotten(installed: Installed, company: Company, owner: Any) -> None:
    file = await received(installed, company)
    await keep(installed, company, file)
    async with installed.composition.works.everywhere(SYSTEM) as work:
        await PgFiles().forget(work, [file])
        await work.commit()
    assert await stored(owner, company) == {"kept": 1}


async def test_a_sweep_goes_on_until_nothing_is_left(
    installed: Installed, company: Company, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.files.service.SWEEP_BATCH", 2)
    for _ in range(5):
        made = await company.depense(PDF)
        assert (await company.owner.delete(f"/api/depenses/{made['id']}/")).status_code == 204
    assert await stored(owner, company) == {"released": 5}
    await sweep(installed)
    assert (await stored(owner, company), objects(installed, company)) == ({}, [])


async def test_a_record_whose_object_is_gone_is_404(installed: Installed, company: Company) -> None:
    made = await company.depense(PDF)
    (path,) = objects(installed, company)
    path.unlink()
    answer = await installed.api().get(made["justificatif"])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await company.owner.get(f"/api/depenses/{made['id']}/")).status_code == 200
