"""The books: what the database refuses, and that every fault is found where it is planted."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner

from adapters.db.stores.payments.ledger import CHECKS, PgLedger
from core.access.principal import SYSTEM
from core.payments.entities import PaymentState
from core.payments.ledger import Line, collection
from socle.command import commands
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import unique
from tests.payments.arrange import Till
from tests.server import database_environment

ROLES = ("owner", "app")
TRANSACTION = (
    "insert into ledger_transaction (id, key, movement, currency, payment_id, attempt_id)"
    " select $1, gen_random_uuid()::text, 'collection', 'XOF', payment_id, id from payment_attempt where id = $2"
)
ENTRY = "insert into ledger_entry (transaction_id, account, amount) values ($1, $2, $3)"
OF_PAYMENT = "select id from ledger_transaction where payment_id = '{payment}'"
REMOVE = (
    f"delete from ledger_entry where transaction_id in ({OF_PAYMENT} and movement = '{{movement}}');"
    "delete from ledger_transaction where payment_id = '{payment}' and movement = '{movement}'"
)
NOT_PAID = "update payment set honoured = null, state = 'failed' where id = '{payment}'"
PLANTED = {
    "transaction_not_balanced": "insert into ledger_entry (transaction_id, account, amount)"
    " select id, 'held', 1 from ledger_transaction where key = 'collection:{attempt}'",
    "captured_without_collection": REMOVE.replace("{movement}", "collection"),
    "collection_without_captured": "update payment_attempt set state = 'failed', captured = false, refund_held = 0"
    " where id = '{attempt}'",
    "refunded_without_transaction": REMOVE.replace("{movement}", "refund"),
    "transaction_without_refund": "update refund set state = 'failed', done_at = null where id = '{refund}'",
    "succeeded_without_settlement": REMOVE.replace("{movement}", "settlement"),
    "settlement_without_success": NOT_PAID,
    "honoured_without_money": "update payment set amount = amount + 1 where id = '{payment}'",
    "money_without_purpose": NOT_PAID,
    "held_is_not_what_waits": "update ledger_entry set account = 'held' where account = 'commission'"
    f" and transaction_id in ({OF_PAYMENT})",
    "refund_held_is_not_what_is_asked": "update payment_attempt set refund_held = refund_held + 1"
    " where id = '{attempt}'",
    "refunded_is_not_what_went": "update payment set refunded = refunded + 1 where id = '{payment}'",
}
"""A fault for every check, in the rows of a payment that was paid and given back in part."""


class Paid(msgspec.Struct, frozen=True):
    """A payment that was paid and given back in part, with its attempt and refund."""

    payment: UUID
    attempt: UUID
    refund: UUID


@pytest.fixture
async def paid(till: Till) -> Paid:
    """Such a payment: 500, of which 10 are commission and 100 went back."""
    payment = await till.buy(commission="10", payee="organiser:1")
    await till.run()
    attempt = await till.attempt(payment)
    await till.operator.settle(attempt.id)
    await till.settle()
    refund = await till.give_back(payment, 100)
    await till.settle()
    assert await till.state(payment) is PaymentState.PARTIALLY_REFUNDED
    return Paid(payment, attempt.id, refund)


@pytest.fixture(params=ROLES)
async def connection(request: Any, shop_urls: DatabaseUrls) -> AsyncIterator[Any]:
    """A connection as the owner of the tables, and as the application."""
    made = await asyncpg.connect(getattr(shop_urls, request.param))
    yield made
    await made.close()


@pytest.mark.parametrize("amounts", [(), (500,), (500, -499), (500, 500), (1, 1, 1)])
async def test_what_is_not_balanced_is_not_committed(connection: Any, paid: Paid, amounts: tuple[int, ...]) -> None:
    key = uuid4()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(TRANSACTION, key, paid.attempt)
    for number, amount in enumerate(amounts):
        await connection.execute(ENTRY, key, f"test:{number}", Decimal(amount))
    with pytest.raises(asyncpg.CheckViolationError, match="not balanced"):
        await transaction.commit()
    assert await connection.fetchval("select count(*) from ledger_transaction where id = $1", key) == 0
    assert await connection.fetchval("select count(*) from ledger_entry where transaction_id = $1", key) == 0


async def test_a_line_of_nothing_is_refused(connection: Any, paid: Paid) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="ck_ledger_entry_amount"):
        await connection.execute(ENTRY, paid.attempt, "held", Decimal(0))


async def test_a_line_beside_a_posted_transaction_is_refused(connection: Any, paid: Paid) -> None:
    posted = await connection.fetchval("select id from ledger_transaction where attempt_id = $1 limit 1", paid.attempt)
    for amounts in ((1,), (1, -1)):
        transaction = connection.transaction()
        await transaction.start()
        for amount in amounts:
            await connection.execute(ENTRY, posted, "held", Decimal(amount))
        with pytest.raises(asyncpg.RestrictViolationError, match="posted before"):
            await transaction.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "update ledger_entry set amount = amount + 1",
        "update ledger_entry set account = 'mine' where false",
        "delete from ledger_entry",
        "truncate ledger_entry",
        "update ledger_transaction set currency = 'XAF'",
        "delete from ledger_transaction where false",
        "truncate ledger_transaction cascade",
        "truncate ledger_transaction, ledger_entry",
    ],
)
async def test_nothing_posted_is_changed(connection: Any, paid: Paid, statement: str) -> None:
    before = await connection.fetch("select * from ledger_entry order by id")
    assert before, paid
    with pytest.raises((asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)):
        await connection.execute(statement)
    assert await connection.fetch("select * from ledger_entry order by id") == before


async def test_under_a_key_there_is_one_transaction(till: Till, paid: Paid) -> None:
    """The same again is written once; other lines under the same key are a fault of ours, which is raised."""
    ledger = PgLedger()
    posting = collection(await till.attempt(paid.payment))
    async with till.works.everywhere(SYSTEM) as work:
        await ledger.post(work, posting)
        await work.commit()
    lines = "select count(*) from ledger_entry e join ledger_transaction t on t.id = e.transaction_id where t.key = $1"
    more = msgspec.structs.replace(posting, lines=(Line("operator:fake", Decimal(501)), Line("held", Decimal(-501))))
    elsewhere = msgspec.structs.replace(posting, lines=(Line("operator:other", Decimal(500)), posting.lines[1]))
    for other in (more, elsewhere):
        async with till.works.everywhere(SYSTEM) as work:
            with pytest.raises(ValueError, match="another ledger transaction"):
                await ledger.post(work, other)
    async with till.works.everywhere(SYSTEM) as work:
        assert await work.connection.fetchval(lines, posting.key) == 2


@pytest.mark.parametrize("lines", [(), (Line("held", Decimal(0)),), (Line("held", Decimal(1)), Line("x", Decimal(1)))])
async def test_a_posting_that_is_not_balanced_cannot_be_made(till: Till, paid: Paid, lines: tuple[Line, ...]) -> None:
    posting = collection(await till.attempt(paid.payment))
    with pytest.raises(ValueError, match="not balanced"):
        msgspec.structs.replace(posting, lines=lines)


def superuser_of(cluster: TestCluster, urls: DatabaseUrls) -> str:
    """The URL of a database for the cluster's superuser, who alone can switch triggers off."""
    return cluster.cluster.url(urls.app.partition("@/")[2].partition("?")[0], "postgres")


def test_every_check_has_its_fault() -> None:
    assert set(PLANTED) == {check for check, _ in CHECKS}


@pytest.mark.parametrize("check", PLANTED)
async def test_a_planted_fault_is_found(cluster: TestCluster, shop_urls: DatabaseUrls, paid: Paid, check: str) -> None:
    sql = dict(CHECKS)[check]
    names = msgspec.structs.asdict(paid)
    connection = await asyncpg.connect(superuser_of(cluster, shop_urls))
    try:
        assert await connection.fetch(sql) == []
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(PLANTED[check].format(**names))
        found = [row[0] for row in await connection.fetch(sql)]
        await transaction.rollback()
    finally:
        await connection.close()
    if check == "held_is_not_what_waits":
        assert found == ["held XOF: 10.00 in the books, 0 waits"]
    else:
        assert len(found) == 1
        assert any(str(key) in found[0] for key in names.values())


async def test_the_commands_name_what_does_not_agree(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("books"))
    key = uuid4()
    connection = await asyncpg.connect(superuser_of(cluster, urls))
    await connection.execute("set session_replication_role = replica")
    await connection.execute(
        "insert into ledger_transaction (id, key, movement, currency, payment_id, attempt_id)"
        " values ($1, 'collection:planted', 'collection', 'XOF', $1, $1)",
        key,
    )
    await connection.execute(ENTRY, key, "operator:mtn", Decimal(500))
    await connection.close()
    environment = {**database_environment(urls), "SOCLE_DEMO": "false"}
    done = [
        await asyncio.to_thread(CliRunner().invoke, commands, [*command, "--home", str(tmp_path)], env=environment)
        for command in (("ledger", "check"), ("doctor",))
    ]
    sentence = "The books do not agree: transaction_not_balanced: collection:planted."
    for each in done:
        assert each.exit_code == 1, each.output
        assert sentence in each.output.splitlines()
