"""A channel for tests, and the conformance suites that every channel passes.

To check a channel of your own, subclass a suite in a test module and return the channel's far end from `peer`:

    class TestMyChannel(ChannelConformance):
        async def peer(self):
            return MyPeer()
"""

from abc import ABC, abstractmethod
from typing import Protocol

import msgspec

from core.notifications.channel import Channel, ChannelError, OutgoingMessage
from core.primitives.ids import new_id


class FakeChannel:
    """Keeps what it is given. `refuse` makes it answer like a far end that does not take a recipient's messages,
    `go_down` like one that is not there."""

    def __init__(self, name: str = "email") -> None:
        self._name = name
        self._refused: dict[str, bool] = {}
        self._gone: set[str] = set()
        self._down = False
        self.sent: list[OutgoingMessage] = []

    @property
    def name(self) -> str:
        """The channel's name."""
        return self._name

    async def send(self, message: OutgoingMessage) -> None:
        """Keep a message, or raise `ChannelError` as told."""
        if self._down:
            raise ChannelError("the far end does not answer", temporary=True)
        temporary = self._refused.get(message.recipient)
        if temporary is not None:
            raise ChannelError("the recipient is refused", temporary=temporary, gone=message.recipient in self._gone)
        self.sent.append(message)

    def refuse(self, recipient: str, *, temporary: bool, gone: bool = False) -> None:
        """Refuse a recipient's messages from now on; `gone` says that it will never take one again."""
        self._refused[recipient] = temporary
        if gone:
            self._gone.add(recipient)

    def accept(self, recipient: str) -> None:
        """Take a recipient's messages again."""
        self._refused.pop(recipient, None)
        self._gone.discard(recipient)

    def go_down(self) -> None:
        """Stop answering."""
        self._down = True

    def come_back(self) -> None:
        """Answer again."""
        self._down = False


class Received(msgspec.Struct, frozen=True):
    """A message as the far end has it."""

    recipient: str
    subject: str
    body: str


class Peer(Protocol):
    """A channel and its far end."""

    channel: Channel

    async def received(self) -> list[Received]:
        """What the far end has received, oldest first."""
        ...


class RefusingPeer(Peer, Protocol):
    """A far end that can be told to refuse and to be away."""

    async def refuse(self, recipient: str, *, temporary: bool) -> None:
        """Refuse a recipient's messages from now on."""
        ...

    async def go_down(self) -> None:
        """Stop answering."""
        ...


def outgoing(
    recipient: str = "awa@exemple.bj", subject: str = "Reçu", body: str = "Bonjour Awa,\nmerci.\n"
) -> OutgoingMessage:
    """A message to send in a test."""
    return OutgoingMessage(new_id(), recipient, subject, body)


class ChannelConformance(ABC):
    """What every channel does. A channel for short messages carries no subject (`subjects`), and lines that are not
    as long (`line`, in characters)."""

    subjects = True
    line = 2000

    @abstractmethod
    async def peer(self) -> Peer:
        """Return a fresh channel with its far end."""

    async def test_has_a_name(self) -> None:
        """A channel is found by its name."""
        assert (await self.peer()).channel.name

    async def test_delivers_text_unchanged(self) -> None:
        """Accents, other scripts, long lines and lines that begin with a dot arrive as they were sent."""
        peer = await self.peer()
        body = "Votre code est 123456.\n.\n..deux points\n" + "é" * self.line + "\n日本語 🎟\n"
        await peer.channel.send(outgoing(subject="Réinitialisation de votre mot de passe", body=body))
        received = await peer.received()
        assert [(each.recipient, each.subject) for each in received] == [
            ("awa@exemple.bj", self._shown("Réinitialisation de votre mot de passe"))
        ]
        assert received[0].body.replace("\r\n", "\n") == body

    async def test_keeps_messages_apart(self) -> None:
        """Each message arrives once, at its own recipient, in order."""
        peer = await self.peer()
        for number in range(3):
            await peer.channel.send(outgoing(f"client{number}@exemple.bj", f"Message {number}"))
        assert [(each.recipient, each.subject) for each in await peer.received()] == [
            (f"client{number}@exemple.bj", self._shown(f"Message {number}")) for number in range(3)
        ]

    def _shown(self, subject: str) -> str:
        return subject if self.subjects else ""


class RefusingChannelConformance(ChannelConformance):
    """What every channel does whose far end can refuse."""

    @abstractmethod
    async def peer(self) -> RefusingPeer:
        """Return a fresh channel with its far end."""

    async def test_permanent_refusal(self) -> None:
        """A recipient that the far end does not know is a permanent error; nothing arrives."""
        await self._refused(temporary=False)

    async def test_temporary_refusal(self) -> None:
        """A recipient that cannot take messages now is a temporary error; nothing arrives."""
        await self._refused(temporary=True)

    async def test_far_end_down(self) -> None:
        """A far end that is not there is a temporary error."""
        peer = await self.peer()
        await peer.go_down()
        assert await _error_of(peer.channel, outgoing()) is True

    async def _refused(self, *, temporary: bool) -> None:
        peer = await self.peer()
        await peer.refuse("awa@exemple.bj", temporary=temporary)
        assert await _error_of(peer.channel, outgoing()) is temporary
        await peer.channel.send(outgoing("jean@exemple.bj"))
        assert [each.recipient for each in await peer.received()] == ["jean@exemple.bj"]


async def _error_of(channel: Channel, message: OutgoingMessage) -> bool | None:
    try:
        await channel.send(message)
    except ChannelError as error:
        return error.temporary
    return None
