"""What the notifications area tells of."""

from typing import ClassVar

from core.primitives.events import Event


class RecipientGone(Event, frozen=True, kw_only=True):
    """A channel's far end says for certain that a recipient will never take a message again: a device that was given
    up, for instance. Whoever keeps the address forgets it."""

    name: ClassVar[str] = "notifications.recipient_gone"

    channel: str
    recipient: str
