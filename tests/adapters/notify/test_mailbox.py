"""The development mailbox and the log of messages."""

from typing import Any

from adapters.db.work import PgWorks
from adapters.notify.log import PgMessageLog
from adapters.notify.mailbox import MailboxChannel, read_mailbox
from core.access.principal import SYSTEM
from core.notifications.service import DeliveryRecord
from core.primitives.ids import new_id
from core.testkit.channels import outgoing


async def test_newest_first_for_one_address(works: PgWorks) -> None:
    address, other = f"{new_id().hex}@exemple.bj", f"{new_id().hex}@exemple.bj"
    channel = MailboxChannel(works)
    for number in range(3):
        await channel.send(outgoing(address.upper(), f"Message {number}"))
    await channel.send(outgoing(other))
    messages = await read_mailbox(works, f" {address} ", 2)
    assert [(each.channel, each.to, each.subject) for each in messages] == [
        ("email", address, "Message 2"),
        ("email", address, "Message 1"),
    ]
    assert next(each.to for each in await read_mailbox(works, limit=4)) == other


async def test_number_whose_plus_became_a_space(works: PgWorks) -> None:
    number = f"+{new_id().int}"
    await MailboxChannel(works, "sms").send(outgoing(number))
    for asked in (number, number.replace("+", " "), number[1:]):
        assert [(each.channel, each.to) for each in await read_mailbox(works, asked)] == [("sms", number)]


async def test_log_keeps_one_row_for_each_message(works: PgWorks, owner: Any) -> None:
    log = PgMessageLog()
    account, message = new_id(), new_id()
    await owner.execute(
        "insert into account (id, email, username) values ($1, $2, $2)", account, f"{account.hex}@exemple.bj"
    )
    for attempts, status, error in ((1, "pending", "busy"), (2, "sent", None)):
        async with works.everywhere(SYSTEM) as work:
            await log.record(
                work,
                DeliveryRecord(
                    id=message,
                    channel="email",
                    template="accounts.reset",
                    recipient="awa@exemple.bj",
                    account=account,
                    status=status,
                    attempts=attempts,
                    error=error,
                ),
            )
            await work.commit()
    (row,) = await owner.fetch("select *, sent_at is not null as dated from message_delivery where id = $1", message)
    assert {name: row[name] for name in ("account_id", "status", "attempts", "error", "dated")} == {
        "account_id": account,
        "status": "sent",
        "attempts": 2,
        "error": None,
        "dated": True,
    }


async def test_log_outlives_a_deleted_account(works: PgWorks, owner: Any) -> None:
    message = new_id()
    async with works.everywhere(SYSTEM) as work:
        await PgMessageLog().record(
            work,
            DeliveryRecord(
                id=message, channel="email", template="t", recipient="r", account=new_id(), status="sent", attempts=1
            ),
        )
        await work.commit()
    row = await owner.fetchrow("select account_id from message_delivery where id = $1", message)
    assert row["account_id"] is None
