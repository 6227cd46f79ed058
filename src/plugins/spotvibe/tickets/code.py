"""The signed code of a ticket: what its QR says.

A code is `SV1.` and the base64url text, without padding, of 88 bytes:

| bytes | what |
| --- | --- |
| 0 to 15 | the ticket's UUID |
| 16 to 23 | the event's id, big endian |
| 24 to 87 | the Ed25519 signature (RFC 8032) of `spotvibe ticket 1` and a line feed, followed by bytes 0 to 23 |

A scanner that has the public key (`GET /api/events/tickets/public-key/`) thus tells a ticket of this event from a
forged one without the server: take `SV1.` off, decode, compare the event, check the signature. Whether the ticket was
used or refunded since, only the server knows (`POST /api/events/tickets/scan/`).

The key is derived from the installation's secret: as long as that stays, so do the codes.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, Protocol
from uuid import UUID

import msgspec

PREFIX: Final = "SV1."
CONTEXT: Final = b"spotvibe ticket 1\n"
KEY_USE: Final = "spotvibe_tickets codes"
_NAMED = 24
_SIGNED = 88
_TEXT = 118
"""88 bytes as base64url without padding."""


class Signer(Protocol):
    """Signs, and checks what was signed."""

    @property
    def public_key(self) -> bytes:
        """The public key."""
        ...

    @property
    def public_pem(self) -> str:
        """The public key as PEM."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some data."""
        ...

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether a signature is good."""
        ...


class Named(msgspec.Struct, frozen=True):
    """What a code names: a ticket, and its event."""

    billet: UUID
    evenement: int


class TicketCodes:
    """Writes and reads codes."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that a scanner checks codes with."""
        return self._signer.public_key

    @property
    def public_pem(self) -> str:
        """The same as PEM."""
        return self._signer.public_pem

    def write(self, billet: UUID, evenement: int) -> str:
        """Return the code of a ticket."""
        named = billet.bytes + evenement.to_bytes(8, "big")
        return PREFIX + urlsafe_b64encode(named + self._signer.sign(CONTEXT + named)).decode().rstrip("=")

    def read(self, code: str) -> Named | None:
        """Return what a code names; None for one that was not signed here, or was altered."""
        text = code.removeprefix(PREFIX)
        if text == code or len(text) != _TEXT or not text.isascii():
            return None
        try:
            signed = urlsafe_b64decode(text + "==")
        except ValueError:
            return None
        named = signed[:_NAMED]
        if len(signed) != _SIGNED or not self._signer.verify(CONTEXT + named, signed[_NAMED:]):
            return None
        return Named(UUID(bytes=named[:16]), int.from_bytes(named[16:], "big"))
