"""The channel port: how a message leaves the house."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable
from uuid import UUID

import msgspec


class ChannelError(Exception):
    """A message was not taken. `temporary` tells whether the same message may be taken later: the far end is down or
    busy, or our credentials are wrong; not: it does not know the recipient. `gone`: the far end says for certain that
    this recipient will never take a message again, so that its address should be forgotten."""

    def __init__(self, reason: str, *, temporary: bool, gone: bool = False) -> None:
        super().__init__(reason)
        self.temporary = temporary and not gone
        self.gone = gone


class OutgoingMessage(msgspec.Struct, frozen=True):
    """A message ready to be sent. `id` is the same for every attempt, so that a far end can tell a repetition. `data`
    goes along for an application that receives it (push); channels for people leave it out.

    Raises `ValueError` where recipient or subject hold control characters: they become headers.
    """

    id: UUID
    recipient: str
    subject: str
    body: str
    data: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        if not self.recipient or not self.recipient.isprintable() or not self.subject.isprintable():
            raise ValueError("recipient and subject are single lines of printable characters")


class Channel(Protocol):
    """A way to reach people. It does not retry: that is the job's part."""

    @property
    def name(self) -> str:
        """The channel's name: "email", "sms", "push", "in_app"."""
        ...

    async def send(self, message: OutgoingMessage) -> None:
        """Hand a message over. Raises `ChannelError` where it was not taken."""
        ...


@runtime_checkable
class Closing(Protocol):
    """A channel that holds connections."""

    async def close(self) -> None:
        """Let them go."""
        ...
