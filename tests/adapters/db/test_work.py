"""The unit of work on a real PostgreSQL."""

import asyncio
from typing import Any, ClassVar

import asyncpg
import msgspec
import pytest
import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.idempotency import KEY_IN_USE, KEY_REUSED, AnsweredBefore
from adapters.db.organisations import RoleRow
from adapters.db.statement import Statement
from adapters.db.work import PgWorks
from core.access.principal import SYSTEM, Caller, Replay, RequestContext
from core.primitives.errors import DomainError, Kind
from core.primitives.events import Event
from core.primitives.ids import new_id
from core.work import AlreadyDelivered, Delivery
from tests.adapters.db.arrange import add_account
from tests.cluster import DatabaseUrls

ROLE = RoleRow.__table__


async def add_role(work: Any) -> str:
    name = str(new_id())
    await work.connection.execute(
        "insert into role (id, name, description, permissions) values ($1::text::uuid, $1, '', '{}')", name
    )
    return name


async def role_exists(owner: Any, name: str) -> bool:
    found: bool = await owner.fetchval("select exists (select from role where name = $1)", name)
    return found


async def test_without_commit_nothing_is_kept(works: PgWorks, owner: Any) -> None:
    async with works.within(SYSTEM) as work:
        left = await add_role(work)
    failed: list[str] = []

    async def fail() -> None:
        async with works.within(SYSTEM) as work:
            failed.append(await add_role(work))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert not await role_exists(owner, left)
    assert not await role_exists(owner, failed[0])


async def test_a_commit_keeps_rows_audit_and_messages_together(database: Database, owner: Any) -> None:
    class Happened(Event):
        name: ClassVar[str] = "tests.happened"
        what: str

    works = PgWorks(database, {"tests.happened": ("first", "second")})
    mark = str(new_id())

    async def use_case(commit: bool) -> str:
        request = RequestContext(method="POST", path="/roles", status=201, address="127.0.0.1", agent="tests")
        async with works.everywhere(Caller(request=request)) as work:
            name = await add_role(work)
            work.audit("CREATE", "Role", mark, details={"n": 1})
            work.publish(Happened(what=mark))
            work.ask("send", mark=mark)
            if commit:
                await work.commit()
        return name

    async def kept(name: str) -> tuple[Any, ...]:
        return (
            await role_exists(owner, name),
            await owner.fetchval("select count(*) from audit_entry where object_id = $1", mark),
            await owner.fetchval("select count(*) from outbox where payload::text like '%' || $1 || '%'", mark),
        )

    assert await kept(await use_case(commit=False)) == (False, 0, 0)
    assert await kept(await use_case(commit=True)) == (True, 1, 3)
    entry = await owner.fetchrow("select * from audit_entry where object_id = $1", mark)
    assert (entry["method"], entry["path"], entry["status_code"], entry["ip_address"]) == (
        "POST",
        "/roles",
        201,
        "127.0.0.1",
    )
    rows = await owner.fetch("select topic, subscriber, payload from outbox where payload::text like $1", f"%{mark}%")
    assert {(row["topic"], row["subscriber"]) for row in rows} == {
        ("tests.happened", "first"),
        ("tests.happened", "second"),
        ("job", "send"),
    }


async def test_the_relay_is_woken_at_the_commit(works: PgWorks, database_urls: DatabaseUrls) -> None:
    heard = asyncio.Event()
    listener = await asyncpg.connect(database_urls.app)
    try:
        await listener.add_listener("socle_outbox", lambda *_: heard.set())
        async with works.within(SYSTEM) as work:
            work.ask("wake")
            await work.commit()
        await asyncio.wait_for(heard.wait(), 5)
    finally:
        await listener.close()


async def test_a_delivery_is_closed_once(works: PgWorks, owner: Any) -> None:
    async with works.within(SYSTEM) as work:
        work.ask("once", secret=str(new_id()))
        await work.commit()
    row = await owner.fetchrow("select * from outbox where subscriber = 'once'")
    delivery = Delivery(row["id"], row["topic"], row["subscriber"], {})

    async def handle() -> str:
        async with works.delivering(delivery) as work:
            name = await add_role(work)
            await work.commit()
        return name

    assert await role_exists(owner, await handle())
    roles = await owner.fetchval("select count(*) from role")
    with pytest.raises(AlreadyDelivered):
        await handle()
    assert await owner.fetchval("select count(*) from role") == roles
    closed = await owner.fetchrow("select done_at, payload from outbox where id = $1", delivery.id)
    assert closed["done_at"] is not None
    assert closed["payload"] == "{}"


async def kill_backends(administrator: Any, name: str) -> int:
    killed: int = await administrator.fetchval(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = $1", name
    )
    return killed


async def test_connections_that_the_server_closed_are_replaced(database_urls: DatabaseUrls, administrator: Any) -> None:
    database = Database(database_urls.app, max_size=4, name="doomed")
    await database.open()
    try:
        works = PgWorks(database, {})
        barrier = asyncio.Barrier(4)

        async def hold() -> None:
            async with works.within(SYSTEM) as work:
                await barrier.wait()
                await work.connection.fetchval("select 1")

        await asyncio.gather(*(hold() for _ in range(4)))
        assert await kill_backends(administrator, "doomed") == 4
        # No pause: the loop has not read the news of the closed sockets when the first statement is sent.
        await asyncio.gather(*(hold() for _ in range(4)))
    finally:
        await database.close()


async def test_a_connection_lost_inside_is_unavailable_and_keeps_nothing(
    database_urls: DatabaseUrls, owner: Any, administrator: Any
) -> None:
    database = Database(database_urls.app, max_size=1, name="lost")
    await database.open()
    try:
        works = PgWorks(database, {})
        names: list[str] = []

        async def lose() -> None:
            async with works.within(SYSTEM) as work:
                names.append(await add_role(work))
                await kill_backends(administrator, "lost")
                await work.commit()

        with pytest.raises(DomainError) as refused:
            await lose()
        assert refused.value.kind is Kind.UNAVAILABLE
        assert not await role_exists(owner, names[0])
        async with works.within(SYSTEM) as work:
            name = await add_role(work)
            await work.commit()
        assert await role_exists(owner, name)
    finally:
        await database.close()


async def test_a_reading_whose_lost_connection_cannot_be_replaced_gives_it_back_once(
    database_urls: DatabaseUrls, administrator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_urls.app, max_size=1, name="read")
    await database.open()
    try:
        caller = Caller()
        statement = Statement(sa.text("select 1"))

        async def read() -> None:
            async with PgWorks(database, {}).reading(caller) as work:
                await kill_backends(administrator, "read")
                with monkeypatch.context() as patch:
                    patch.setattr(database.lending, "take", never)
                    await work.value(statement)

        async def never() -> None:
            raise TimeoutError

        with pytest.raises(DomainError) as refused:
            await read()
        assert refused.value.kind is Kind.UNAVAILABLE
        assert database.lending._out == 0
        async with PgWorks(database, {}).reading(caller) as work:
            assert await work.value(statement) == 1
    finally:
        await database.close()


async def test_a_database_that_is_away_is_unavailable(database_urls: DatabaseUrls) -> None:
    database = Database(database_urls.app, max_size=1)
    await database.open()
    pool = database.lending._pool
    await pool.expire_connections()
    pool._connect_args = ()
    pool._connect_kwargs = {**pool._connect_kwargs, "host": "/nowhere", "dsn": None}
    try:
        with pytest.raises(DomainError) as refused:
            async with PgWorks(database, {}).within(SYSTEM):
                pass
        assert refused.value.kind is Kind.UNAVAILABLE
    finally:
        await database.close()


@pytest.mark.parametrize("times", [1, 2])
async def test_a_cancelled_task_leaves_no_open_transaction(
    database_urls: DatabaseUrls, owner: Any, administrator: Any, times: int
) -> None:
    database = Database(database_urls.app, max_size=1, name=f"cancelled{times}")
    await database.open()
    try:
        works = PgWorks(database, {})
        begun = asyncio.Event()
        names = []

        async def slow() -> None:
            async with works.within(SYSTEM) as work:
                names.append(await add_role(work))
                begun.set()
                await work.connection.execute("select pg_sleep(30)")

        task = asyncio.create_task(slow())
        await begun.wait()
        await asyncio.sleep(0.05)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        async with works.within(SYSTEM) as work:
            assert await work.connection.fetchval("select count(*) from role where name = $1", names[0]) == 0
        states = await administrator.fetch(
            "select state from pg_stat_activity where application_name = $1", f"cancelled{times}"
        )
        assert {row["state"] for row in states} == {"idle"}
        assert not await role_exists(owner, names[0])
    finally:
        await database.close()


async def test_a_statement_gives_its_arguments_in_the_order_of_their_places(works: PgWorks) -> None:
    statement = Statement(
        sa.select(ROLE.c.name)
        .where(ROLE.c.description == sa.bindparam("z"), ROLE.c.name.like(sa.bindparam("a")), ROLE.c.seeded.is_(False))
        .where(ROLE.c.name != "constant")
        .limit(sa.bindparam("m", type_=sa.Integer()))
    )
    assert [statement.sql.index(f"${place}") for place in range(1, 5)] == sorted(
        statement.sql.index(f"${place}") for place in range(1, 5)
    )
    assert statement.arguments({"m": 1, "a": "A", "z": "Z"}) == ["Z", "A", "constant", 1]
    assert statement.arguments({"z": None, "a": "A", "m": 2}) == [None, "A", "constant", 2]
    with pytest.raises(KeyError):
        Statement(sa.select(sa.bindparam("x", type_=sa.Integer(), required=True))).arguments({"y": 1})
    async with works.within(SYSTEM) as work:
        name = await add_role(work)
        assert await work.value(statement, z="", a=f"{name}%", m=5) == name
        assert await work.one(statement, z="", a="nothing", m=5) is None
        assert len(await work.all(statement, z="", a=name, m=5)) == 1


async def test_json_travels_as_plain_values(works: PgWorks) -> None:
    async with works.within(SYSTEM) as work:
        value = {"é": [1, None, {"a": True}]}
        for kind in ("jsonb", "json"):
            assert await work.connection.fetchval(f"select $1::{kind}", value) == value


# Idempotency-Key


def replay(account: Any, key: str, body: bytes = b"1", lifetime: int = 60) -> Caller:
    def encode(answer: Any) -> tuple[bytes, dict[str, str]]:
        return msgspec.json.encode(answer), {"location": "/here"}

    asked = Replay(
        account=account, key=key, route="POST /roles", fingerprint=body, status=201, encode=encode, lifetime=lifetime
    )
    return Caller(request=RequestContext(replay=asked))


async def create(works: PgWorks, caller: Caller) -> str:
    async with works.within(caller) as work:
        name = await add_role(work)
        await work.commit({"name": name})
    return name


async def test_a_repeated_request_gets_the_first_answer_again(works: PgWorks, owner: Any) -> None:
    account = await add_account(owner)
    name = await create(works, replay(account, "k1"))
    roles = await owner.fetchval("select count(*) from role")
    with pytest.raises(AnsweredBefore) as again:
        await create(works, replay(account, "k1"))
    assert (again.value.status, again.value.body, again.value.headers) == (
        201,
        msgspec.json.encode({"name": name}),
        {"location": "/here"},
    )
    with pytest.raises(DomainError) as reused:
        await create(works, replay(account, "k1", b"2"))
    assert (reused.value.kind, reused.value.message) == (Kind.CONFLICT, KEY_REUSED)
    assert await owner.fetchval("select count(*) from role") == roles
    await create(works, replay(account, "k2"))
    await create(works, replay(await add_account(owner), "k1"))
    assert await owner.fetchval("select count(*) from role") == roles + 2


@pytest.mark.parametrize("key", ["it's", "'); rollback; --", "\\' or true --", "$$;$1", '"'])
async def test_a_key_is_a_text_and_nothing_else(works: PgWorks, owner: Any, key: str) -> None:
    account = await add_account(owner)
    await create(works, replay(account, key))
    assert await owner.fetchval("select key from idempotent_answer where account_id = $1", account) == key
    with pytest.raises(AnsweredBefore):
        await create(works, replay(account, key))


async def test_a_key_with_a_nul_reaches_no_database(works: PgWorks, owner: Any) -> None:
    account = await add_account(owner)
    with pytest.raises(ValueError, match="NUL"):
        await create(works, replay(account, "a\0b"))
    assert await create(works, replay(account, "ab"))


async def test_a_rolled_back_request_is_not_remembered_and_an_old_answer_is_forgotten(
    works: PgWorks, owner: Any
) -> None:
    account = await add_account(owner)

    async def fail() -> None:
        async with works.within(replay(account, "k")) as work:
            await add_role(work)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    await create(works, replay(account, "k"))
    await owner.execute(
        "update idempotent_answer set created_at = now() - interval '2 minutes' where account_id = $1", account
    )
    await create(works, replay(account, "k", b"2"))
    with pytest.raises(AnsweredBefore):
        await create(works, replay(account, "k", b"2"))


async def test_a_request_beside_the_running_first_one_is_a_conflict(works: PgWorks, owner: Any) -> None:
    account = await add_account(owner)
    async with works.within(replay(account, "k")) as work:
        await add_role(work)
        with pytest.raises(DomainError) as running:
            await create(works, replay(account, "k"))
        assert (running.value.kind, running.value.message) == (Kind.CONFLICT, KEY_IN_USE)
        assert running.value.retry_after == 1
        await work.commit({})
    with pytest.raises(AnsweredBefore):
        await create(works, replay(account, "k"))


async def test_an_answer_stored_since_the_key_was_looked_for_stays(works: PgWorks, owner: Any) -> None:
    """The statement that takes the key's lock may have looked for the answer before it was stored."""
    account = await add_account(owner)
    kept = []

    async def late() -> None:
        async with works.within(replay(account, "k")) as work:
            kept.append(await add_role(work))
            await owner.execute(
                "insert into idempotent_answer (account_id, route, key, fingerprint, status, body, headers)"
                " values ($1, $2, 'k', '', 201, 'first', '{}')",
                account,
                work.caller.request.replay.route,
            )
            await work.commit({})

    with pytest.raises(DomainError) as refused:
        await late()
    assert (refused.value.kind, refused.value.message) == (Kind.CONFLICT, KEY_IN_USE)
    assert not await role_exists(owner, kept[0])
    assert await owner.fetchval("select body from idempotent_answer where account_id = $1", account) == b"first"


async def test_of_many_parallel_requests_one_creates(works: PgWorks, owner: Any) -> None:
    account = await add_account(owner)
    roles = await owner.fetchval("select count(*) from role")
    results = await asyncio.gather(*(create(works, replay(account, "k")) for _ in range(20)), return_exceptions=True)
    assert len([result for result in results if isinstance(result, str)]) == 1
    assert all(isinstance(result, str | AnsweredBefore | DomainError) for result in results)
    assert await owner.fetchval("select count(*) from role") == roles + 1
