"""Notifications: recorded in a unit of work, sent by the job, logged."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.db.database import Database
from adapters.db.work import PgWorks
from adapters.notify.log import PgMessageLog
from adapters.notify.mailbox import MailboxChannel, read_mailbox
from adapters.queue.outbox import Outbox
from core.access.principal import SYSTEM
from core.jobs.policy import JobPolicy
from core.notifications.channel import ChannelError
from core.notifications.events import RecipientGone
from core.notifications.service import SEND_MESSAGE, Notifications
from core.notifications.templates import template
from core.numbers import Numbers
from core.primitives.ids import new_id
from core.primitives.locale import Locale
from core.testkit.channels import FakeChannel
from core.testkit.numbers import FakeNumberGuard
from core.work import AlreadyDelivered, Delivery

RESET = template(
    "test.reset",
    subject_fr="Réinitialisation",
    subject_en="Reset",
    body_fr="Bonjour {name}, voici {link}",
    body_en="Hello {name}, here is {link}",
)
RESERVED = timedelta(hours=1)
PARAMS = {"name": "Awa", "link": "https://exemple.bj/r/s3cret"}


class Desk:
    """Notifications with a fake channel, and the delivery that they asked for last."""

    def __init__(self, works: PgWorks, owner: Any) -> None:
        self.works = works
        self.owner = owner
        self.channel = FakeChannel()
        self.notifications = Notifications(
            works, PgMessageLog(), [self.channel], templates=[RESET], policy=JobPolicy(max_attempts=3)
        )
        self.recipient = f"{new_id().hex}@exemple.bj"

    async def ask(self, locale: Locale = Locale.FR) -> Delivery:
        """Ask for an email and return its delivery, as the worker begins it."""
        async with self.works.everywhere(SYSTEM) as work:
            self.notifications.ask_email(work, RESET, self.recipient, locale, {**PARAMS, "unused": "x"})
            await work.commit()
        return await self.delivery()

    async def delivery(self, attempt: int = 1) -> Delivery:
        """The delivery to this desk's recipient."""
        id_ = await self.owner.fetchval("select id from outbox where payload->>'recipient' = $1", self.recipient)
        await self.owner.execute("update outbox set attempts = $2 where id = $1", id_, attempt - 1)
        begun = await Outbox(self.works).begin(id_, attempt - 1, RESERVED)
        assert begun is not None
        return begun

    async def log(self, delivery: Delivery) -> dict[str, Any]:
        """What the log says of a delivery."""
        row = await self.owner.fetchrow(
            "select channel, template, recipient, status, attempts, error from message_delivery where id = $1",
            delivery.id,
        )
        return dict(row) if row else {}

    async def outbox(self, delivery: Delivery) -> tuple[bool, str]:
        """Whether the delivery is closed, and its payload."""
        row = await self.owner.fetchrow("select done_at, payload from outbox where id = $1", delivery.id)
        return row["done_at"] is not None, row["payload"]


@pytest.fixture
def desk(works: PgWorks, owner: Any) -> Desk:
    """A desk of the test's own."""
    return Desk(works, owner)


@pytest.mark.parametrize(("locale", "subject"), [(Locale.FR, "Réinitialisation"), (Locale.EN, "Reset")])
async def test_message_is_rendered_sent_logged_and_wiped(desk: Desk, locale: Locale, subject: str) -> None:
    delivery = await desk.ask(locale)
    assert delivery.subscriber == SEND_MESSAGE
    assert "unused" not in delivery.payload["params"]
    await desk.notifications.send(delivery)
    (message,) = desk.channel.sent
    assert (message.id, message.recipient, message.subject) == (delivery.id, desk.recipient, subject)
    assert "s3cret" in message.body
    assert await desk.log(delivery) == {
        "channel": "email",
        "template": "test.reset",
        "recipient": desk.recipient,
        "status": "sent",
        "attempts": 1,
        "error": None,
    }
    assert await desk.outbox(delivery) == (True, "{}"), "no secret stays behind"


async def test_rolled_back_work_asks_for_nothing(desk: Desk) -> None:
    async with desk.works.everywhere(SYSTEM) as work:
        desk.notifications.ask_email(work, RESET, desk.recipient, Locale.FR, PARAMS)
    assert not await desk.owner.fetchval(
        "select exists (select from outbox where payload->>'recipient' = $1)", desk.recipient
    )


async def test_temporary_failure_is_raised_for_another_attempt(desk: Desk) -> None:
    delivery = await desk.ask()
    desk.channel.go_down()
    with pytest.raises(ChannelError, match="does not answer"):
        await desk.notifications.send(delivery)
    log = await desk.log(delivery)
    assert (log["status"], log["attempts"], log["error"]) == ("pending", 1, "the far end does not answer")
    assert (await desk.outbox(delivery))[0] is False
    desk.channel.come_back()
    await desk.notifications.send(await desk.delivery(attempt=2))
    log = await desk.log(delivery)
    assert (log["status"], log["attempts"], log["error"]) == ("sent", 2, None)


async def test_last_temporary_failure_is_logged_as_failed(desk: Desk) -> None:
    await desk.ask()
    delivery = await desk.delivery(attempt=3)
    desk.channel.go_down()
    with pytest.raises(ChannelError):
        await desk.notifications.send(delivery)
    assert (await desk.log(delivery))["status"] == "failed"


async def test_permanent_failure_is_logged_and_closed(desk: Desk) -> None:
    delivery = await desk.ask()
    desk.channel.refuse(desk.recipient, temporary=False)
    await desk.notifications.send(delivery)
    log = await desk.log(delivery)
    assert (log["status"], log["error"]) == ("failed", "the recipient is refused")
    assert await desk.outbox(delivery) == (True, "{}")


async def test_a_recipient_that_is_gone_is_reported_with_the_log_entry(
    database: Database, works: PgWorks, owner: Any
) -> None:
    told = PgWorks(database, {RecipientGone.name: ("test.forget",)})
    desk = Desk(told, owner)
    delivery = await desk.ask()
    desk.channel.refuse(desk.recipient, temporary=False)
    await desk.notifications.send(delivery)
    reported = "select count(*) from outbox where subscriber = 'test.forget' and payload->>'recipient' = $1"
    assert await owner.fetchval(reported, desk.recipient) == 0, "a refusal alone says nothing of the recipient"
    desk.recipient = f"{new_id().hex}@exemple.bj"
    delivery = await desk.ask()
    desk.channel.refuse(desk.recipient, temporary=False, gone=True)
    await desk.notifications.send(delivery)
    assert (await desk.log(delivery))["status"] == "failed"
    assert await owner.fetchval(reported, desk.recipient) == 1
    assert await desk.outbox(delivery) == (True, "{}"), "it is not tried again"


async def test_data_reaches_the_channel(desk: Desk) -> None:
    async with desk.works.everywhere(SYSTEM) as work:
        desk.notifications.ask_text(work, "email", "x", desk.recipient, "T", "B", data={"event_id": "7"})
        await work.commit()
    await desk.notifications.send(await desk.delivery())
    assert desk.channel.sent[0].data == {"event_id": "7"}


async def test_delivery_handled_before_changes_nothing(desk: Desk) -> None:
    delivery = await desk.ask()
    await desk.notifications.send(delivery)
    desk.channel.refuse(desk.recipient, temporary=False)
    with pytest.raises(AlreadyDelivered):
        await desk.notifications.send(delivery)
    assert (await desk.log(delivery))["status"] == "sent"


async def test_channel_that_is_not_installed_is_logged(desk: Desk) -> None:
    async with desk.works.everywhere(SYSTEM) as work:
        desk.notifications.ask_text(work, "sms", "spotvibe.rappel", desk.recipient, "Rappel", "Bonjour {name}")
        await work.commit()
    delivery = await desk.delivery()
    await desk.notifications.send(delivery)
    log = await desk.log(delivery)
    assert (log["channel"], log["status"]) == ("sms", "failed")
    assert "no channel" in log["error"]
    assert desk.notifications.channels == {"email"}


async def test_no_text_message_goes_to_a_blocked_number(desk: Desk) -> None:
    texts, letters = FakeChannel("sms"), FakeChannel("email")
    numbers = Numbers(desk.works, "BJ")
    guard = FakeNumberGuard()
    numbers.add_guards(guard)
    notifications = Notifications(desk.works, PgMessageLog(), [texts, letters], numbers=numbers)

    async def send(channel: str) -> dict[str, Any]:
        desk.recipient = f"+22901{new_id().int % 10**8:08}"
        if channel != "free":
            guard.block(desk.recipient.removeprefix("+229"))
        async with desk.works.everywhere(SYSTEM) as work:
            how = "email" if channel == "email" else "sms"
            notifications.ask_text(work, how, "spotvibe.rappel", desk.recipient, "Rappel", "Bonjour")
            await work.commit()
        delivery = await desk.delivery()
        await notifications.send(delivery)
        assert await desk.outbox(delivery) == (True, "{}"), "it is not tried again"
        return await desk.log(delivery)

    blocked = await send("sms")
    assert (blocked["status"], blocked["error"], blocked["recipient"]) == (
        "failed",
        "the number is blocked",
        desk.recipient,
    )
    assert texts.sent == []
    assert (await send("free"))["status"] == "sent"
    assert [message.recipient for message in texts.sent] == [desk.recipient]
    assert (await send("email"))["status"] == "sent", "guards speak of phone numbers alone"


async def test_written_text_is_sent_as_it_is(desk: Desk) -> None:
    async with desk.works.everywhere(SYSTEM) as work:
        desk.notifications.ask_text(work, "email", "spotvibe.rappel", desk.recipient, "Rappel\nBcc: x@y.z", "{a} {0}")
        await work.commit()
    await desk.notifications.send(await desk.delivery())
    assert [(each.subject, each.body) for each in desk.channel.sent] == [("Rappel Bcc: x@y.z", "{a} {0}")]


async def test_recipient_with_control_characters_fails_for_good(desk: Desk) -> None:
    desk.recipient += "\r\nBcc: x@y.z"
    delivery = await desk.ask()
    await desk.notifications.send(delivery)
    assert (await desk.log(delivery))["status"] == "failed"
    assert desk.channel.sent == []


async def test_asking_is_checked_at_once(desk: Desk) -> None:
    stranger = template("test.other", subject_fr="a", subject_en="a", body_fr="b", body_en="b")
    async with desk.works.everywhere(SYSTEM) as work:
        with pytest.raises(ValueError, match="needs \\['link'\\]"):
            desk.notifications.ask_email(work, RESET, desk.recipient, Locale.FR, {"name": "Awa"})
        with pytest.raises(ValueError, match="not registered"):
            desk.notifications.ask_email(work, stranger, desk.recipient, Locale.FR, {})


def test_two_templates_under_one_code_are_refused(desk: Desk) -> None:
    desk.notifications.register(RESET)
    other = template("test.reset", subject_fr="a", subject_en="a", body_fr="b", body_en="b")
    with pytest.raises(ValueError, match="two templates"):
        desk.notifications.register(other)
    assert dict(desk.notifications.templates) == {"test.reset": RESET}


async def test_into_the_mailbox(desk: Desk) -> None:
    notifications = Notifications(desk.works, PgMessageLog(), [MailboxChannel(desk.works)], templates=[RESET])
    await notifications.send(await desk.ask())
    (message,) = await read_mailbox(desk.works, desk.recipient)
    assert message.body == "Bonjour Awa, voici https://exemple.bj/r/s3cret"
