"""Every channel passes the suites that ship in the testkit, the fake among them."""

from collections.abc import AsyncIterator

import pytest

from adapters.db.work import PgWorks
from adapters.notify.mailbox import MailboxChannel, read_mailbox
from core.notifications.channel import Channel
from core.primitives.ids import new_id
from core.testkit.channels import (
    ChannelConformance,
    FakeChannel,
    Received,
    RefusingChannelConformance,
)
from tests.adapters.notify.fcm_peer import FcmPeer
from tests.adapters.notify.sms_peer import SmsPeer
from tests.adapters.notify.smtp_peer import SmtpPeer


class FakePeer:
    """The fake is its own far end."""

    def __init__(self) -> None:
        self.fake = FakeChannel()
        self.channel: Channel = self.fake

    async def received(self) -> list[Received]:
        """What the fake was given."""
        return [Received(each.recipient, each.subject, each.body) for each in self.fake.sent]

    async def refuse(self, recipient: str, *, temporary: bool) -> None:
        """Refuse a recipient's messages."""
        self.fake.refuse(recipient, temporary=temporary)

    async def go_down(self) -> None:
        """Stop answering."""
        self.fake.go_down()


class TestFakeChannel(RefusingChannelConformance):
    """The fake behaves like a channel."""

    async def peer(self) -> FakePeer:
        return FakePeer()


class TestSmtpChannel(RefusingChannelConformance):
    """Email over SMTP."""

    @pytest.fixture(autouse=True)
    async def server(self) -> AsyncIterator[None]:
        """An SMTP server for each test."""
        self._peer = await SmtpPeer(security="starttls").start()
        yield
        await self._peer.go_down()

    async def peer(self) -> SmtpPeer:
        return self._peer


class TestSmsChannel(RefusingChannelConformance):
    """SMS by a provider's HTTP API: no subject."""

    subjects = False

    @pytest.fixture(autouse=True)
    async def server(self) -> AsyncIterator[None]:
        """A provider for each test."""
        async with SmsPeer() as self._peer:
            yield

    async def peer(self) -> SmsPeer:
        return self._peer


class TestPushChannel(RefusingChannelConformance):
    """Push by Firebase, whose messages have at most 4096 bytes."""

    line = 1000

    @pytest.fixture(autouse=True)
    async def server(self) -> AsyncIterator[None]:
        """Google's end for each test."""
        async with FcmPeer() as self._peer:
            yield

    async def peer(self) -> FcmPeer:
        return self._peer


class MailboxPeer:
    """The mailbox, read as `GET /_dev/outbox` reads it. It is shared, so each peer plays a channel of its own."""

    def __init__(self, works: PgWorks) -> None:
        self._works = works
        self._name = f"email-{new_id()}"
        self.channel: Channel = MailboxChannel(works, self._name)

    async def received(self) -> list[Received]:
        """What the mailbox holds of this channel, oldest first."""
        messages = [each for each in await read_mailbox(self._works, limit=500) if each.channel == self._name]
        return [Received(each.to, each.subject, each.body) for each in reversed(messages)]


class TestMailboxChannel(ChannelConformance):
    """The development mailbox."""

    @pytest.fixture(autouse=True)
    def open_mailbox(self, works: PgWorks) -> None:
        """A mailbox on the test's database."""
        self._works = works

    async def peer(self) -> MailboxPeer:
        return MailboxPeer(self._works)
