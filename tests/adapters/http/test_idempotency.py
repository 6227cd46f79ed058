"""`Idempotency-Key` on every operation that creates (DECISIONS.md section 0), found by what the operation declares."""

import asyncio
from typing import Any

import asyncpg
import pytest

from tests.cluster import DatabaseUrls
from tests.installation import Api, Company, unique
from tests.matrices.footprint import row_counts
from tests.matrices.route_table import Operation, operation_named, route_table
from tests.matrices.samples import sample

CREATES = [operation for operation in route_table() if operation.creates]
EVERY = pytest.mark.parametrize("operation", CREATES, ids=lambda operation: operation.name)


async def create(api: Api, operation: Operation, body: Any, key: str) -> Any:
    """Create something under a key."""
    return await api.post(operation.at(), json=body, headers={"idempotency-key": key})


async def rows(owner: Any) -> dict[str, int]:
    """How many rows there are, the stored answers aside."""
    counts = await row_counts(owner)
    counts.pop("idempotent_answer")
    return counts


def test_every_creation_of_a_resource_takes_a_key() -> None:
    assert {operation.name for operation in CREATES} == {
        operation.name for operation in route_table() if operation.name.startswith("create_")
    }


@EVERY
async def test_the_same_request_gives_the_first_answer_again(
    operation: Operation, company: Company, owner: Any
) -> None:
    body, key = (await sample(operation, company)).body, unique("clé".encode().hex())
    first = await create(company.owner, operation, body, key)
    assert first.status_code == 201, first.text
    assert "idempotent-replayed" not in first.headers
    before = await rows(owner)
    for _ in range(2):
        again = await create(company.owner, operation, body, key)
        assert again.status_code == 201
        assert again.content == first.content
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["content-type"] == first.headers["content-type"]
        assert again.headers["idempotent-replayed"] == "true"
    assert await rows(owner) == before


@EVERY
async def test_another_body_is_a_conflict(operation: Operation, company: Company, owner: Any) -> None:
    first, other = [(await sample(operation, company)).body for _ in range(2)]
    other = {**other, "ignored": 1}
    key = unique("key")
    assert (await create(company.owner, operation, first, key)).status_code == 201
    before = await rows(owner)
    answer = await create(company.owner, operation, other, key)
    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_reused"
    assert "retry-after" not in answer.headers
    assert await rows(owner) == before


@EVERY
async def test_parallel_requests_make_one_row(operation: Operation, company: Company, owner: Any) -> None:
    body, key = (await sample(operation, company)).body, unique("key")
    before = await rows(owner)
    answers = await asyncio.gather(*(create(company.owner, operation, body, key) for _ in range(10)))
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in made) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert answer.status_code == 409, answer.text
            assert answer.json()["code"] == "idempotency_key_in_use"
            assert int(answer.headers["retry-after"]) >= 1
    after = await rows(owner)
    name = operation.name.removeprefix("create_")
    table = {"tenant": "organisation", "organisation_role": "role"}.get(name, name)
    assert after[table] == before[table] + 1
    assert (await create(company.owner, operation, body, key)).headers["idempotent-replayed"] == "true"


@EVERY
async def test_another_accounts_key_is_another_key(operation: Operation, company: Company) -> None:
    colleague = await company.join("ADMIN")
    first, second = [(await sample(operation, company)).body for _ in range(2)]
    key = unique("key")
    made = await create(company.owner, operation, first, key)
    other = await create(colleague, operation, second, key)
    assert (made.status_code, other.status_code) == (201, 201)
    assert made.json()["id"] != other.json()["id"]
    assert "idempotent-replayed" not in other.headers


async def test_a_key_belongs_to_one_route(company: Company) -> None:
    key = unique("key")
    for name in ("create_produit", "create_partner"):
        operation = operation_named(name)
        body = (await sample(operation, company)).body
        assert "idempotent-replayed" not in (await create(company.owner, operation, body, key)).headers
    operation = operation_named("create_partner")
    body = (await sample(operation, company)).body
    without_slash = await company.owner.post("/api/partners", json=body, headers={"idempotency-key": key})
    assert without_slash.headers["idempotent-replayed"] == "true"


async def test_an_anonymous_creation_ignores_the_key(company: Company) -> None:
    operation = operation_named("create_tenant")
    body = (await sample(operation, company)).body
    anonymous, key = company.installed.api(), unique("key")
    answers = [await create(anonymous, operation, body, key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


async def test_a_refused_request_leaves_the_key_free(company: Company) -> None:
    operation = operation_named("create_vente")
    body, key = (await sample(operation, company)).body, unique("key")
    refused = {**body, "items": [{**body["items"][0], "quantite": 999}]}
    assert (await create(company.owner, operation, refused, key)).status_code == 400
    assert (await create(company.owner, operation, body, key)).status_code == 201


async def test_a_key_is_not_asked_of_other_methods(company: Company) -> None:
    produit = await company.produit()
    path, key = f"/api/produits/{produit['id']}/", unique("key")
    for price in ("1.00", "2.00"):
        answer = await company.owner.patch(path, json={"prix": price}, headers={"idempotency-key": key})
        assert answer.json()["prix"] == price


async def test_a_key_is_forgotten_after_a_day(company: Company, owner: Any) -> None:
    operation = operation_named("create_produit")
    body, key = (await sample(operation, company)).body, unique("key")
    first = await create(company.owner, operation, body, key)
    await owner.execute("update idempotent_answer set created_at = now() - interval '25 hours' where key = $1", key)
    second = await create(company.owner, operation, {**body, "nom": "Autre"}, key)
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]
    assert (await create(company.owner, operation, {**body, "nom": "Autre"}, key)).content == second.content


@EVERY
async def test_a_crash_before_the_commit_keeps_neither_row_nor_answer(
    operation: Operation, company: Company, owner: Any, administrator: Any, database_urls: DatabaseUrls
) -> None:
    body, key = (await sample(operation, company)).body, unique("key")
    before = await row_counts(owner)
    blocker = await asyncpg.connect(database_urls.owner)
    try:
        # the answer is written last, with the audit entry: a request that waits for this lock has written its rows
        await blocker.execute("begin; lock table idempotent_answer in exclusive mode")
        running = asyncio.create_task(create(company.owner, operation, body, key))
        killed = None
        while killed is None:
            assert not running.done(), "the request did not wait for the lock"
            await asyncio.sleep(0.01)
            killed = await administrator.fetchval(
                "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'"
                " and query like '%insert into idempotent_answer%' and datname = $1",
                await owner.fetchval("select current_database()"),
            )
        answer = await running
    finally:
        await blocker.execute("rollback")
        await blocker.close()
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) >= 1
    assert await row_counts(owner) == before
    retried = await create(company.owner, operation, body, key)
    assert retried.status_code == 201
    assert "idempotent-replayed" not in retried.headers
