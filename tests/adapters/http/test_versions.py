"""`ETag`, `If-Match` and `If-None-Match` on every versioned operation (DECISIONS.md section 0; RFC 9110 section 13)."""

import asyncio
from typing import Any

import pytest

from tests.installation import Company
from tests.matrices.footprint import tenant_footprint
from tests.matrices.route_table import Operation, operation_named, route_table
from tests.matrices.samples import sample

DETAILS = [operation for operation in route_table() if operation.versioned and operation.method == "GET"]
WRITES = [operation for operation in route_table() if operation.keyed and operation.method != "GET"]
CHANGES = [operation for operation in WRITES if operation.method != "DELETE"]
CREATES = [operation for operation in route_table() if operation.creates]
WRONG = ['"999"', 'W/"999"', '"998","999"', '"abc"', "garbage", '""', '"99999999999999"', '"-1"']


def named(operation: Operation) -> str:
    """The test id of an operation."""
    return operation.name


def detail_of(operation: Operation) -> Operation:
    """The detail that shows what an operation writes."""
    return operation_named(f"get_{operation.name.partition('_')[2]}")


async def present_tag(company: Company, operation: Operation, key: str) -> str:
    """The tag of what an operation writes."""
    answer = await company.owner.get(detail_of(operation).at(key))
    tag: str = answer.headers["etag"]
    return tag


def test_every_detail_and_change_is_versioned() -> None:
    assert {operation.name for operation in route_table() if operation.keyed and operation.method == "GET"} == {
        operation.name for operation in DETAILS
    }
    assert all(operation.versioned for operation in CHANGES)


EXPIRING = {"get_depense"}
"""Details that show what expires though their version stays (the signed address of a receipt): never 304."""


@pytest.mark.parametrize("operation", [each for each in DETAILS if each.name not in EXPIRING], ids=named)
async def test_a_detail_that_is_known_is_304(operation: Operation, company: Company) -> None:
    key = (await sample(operation, company)).key
    path = operation.at(key)
    first = await company.owner.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for header in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        known = await company.owner.get(path, headers={"if-none-match": header})
        assert known.status_code == 304, header
        assert known.content == b""
        assert known.headers["etag"] == tag
    for header in ('"999"', tag.strip('"'), "garbage", ""):
        changed = await company.owner.get(path, headers={"if-none-match": header})
        assert changed.status_code == 200, header
        assert changed.json() == first.json()


@pytest.mark.parametrize("operation", CREATES, ids=named)
async def test_what_is_created_tells_its_version(operation: Operation, company: Company) -> None:
    made = await company.owner.post(operation.at(), json=(await sample(operation, company)).body)
    detail = detail_of(operation)
    shown = await company.owner.get(detail.at(made.json()["id"]))
    assert made.headers["etag"] == shown.headers["etag"]
    assert made.json() == shown.json()


@pytest.mark.parametrize("operation", WRITES, ids=named)
async def test_another_version_is_412_and_changes_nothing(operation: Operation, company: Company, owner: Any) -> None:
    asked = await sample(operation, company)
    options = {} if asked.body is None else {"json": asked.body}
    before = await tenant_footprint(owner, company.id)
    for tag in WRONG:
        answer = await company.owner.request(
            operation.method, operation.at(asked.key), headers={"if-match": tag}, **options
        )
        assert answer.status_code == 412, f"{tag}: {answer.status_code}"
        assert answer.json()["code"] == "stale"
    assert await tenant_footprint(owner, company.id) == before


@pytest.mark.parametrize("form", ["{}", "W/{}", '{}, "999"', '"999", {}', "*"])
@pytest.mark.parametrize("operation", WRITES, ids=named)
async def test_the_present_version_is_written(operation: Operation, form: str, company: Company) -> None:
    asked = await sample(operation, company)
    tag = await present_tag(company, operation, asked.key)
    options = {} if asked.body is None else {"json": asked.body}
    answer = await company.owner.request(
        operation.method, operation.at(asked.key), headers={"if-match": form.replace("{}", tag)}, **options
    )
    assert answer.status_code == operation.status, answer.text
    if operation in CHANGES:
        assert answer.headers["etag"] != tag
        assert answer.headers["etag"] == await present_tag(company, operation, asked.key)
        again = await company.owner.request(
            operation.method, operation.at(asked.key), headers={"if-match": tag}, **options
        )
        assert again.status_code == 412


@pytest.mark.parametrize("operation", CHANGES, ids=named)
async def test_of_parallel_writers_of_one_version_one_wins(operation: Operation, company: Company) -> None:
    asked = await sample(operation, company)
    tag = await present_tag(company, operation, asked.key)
    answers = await asyncio.gather(
        *(
            company.owner.request(operation.method, operation.at(asked.key), json=asked.body, headers={"if-match": tag})
            for _ in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
