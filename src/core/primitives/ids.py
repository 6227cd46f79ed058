"""Identifiers: UUIDs of version 7 (RFC 9562 section 5.7) and strict parsing of ids that clients send."""

import os
import re
import threading
import time
from uuid import UUID, uuid4

_CANONICAL_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
_CANONICAL_INTEGER = re.compile(r"(0|[1-9][0-9]{0,18})\Z")
MAX_INTEGER_ID = 2**63 - 1

_lock = threading.Lock()
_last_tick = 0


def new_id() -> UUID:
    """Return a UUIDv7 that sorts after every earlier one of this process.

    48 bits of milliseconds, 12 bits of sub-millisecond time used as a monotonic counter (RFC 9562 section 6.2,
    method 3), 62 random bits.
    """
    global _last_tick
    with _lock:
        tick = max(time.time_ns() * 4096 // 1_000_000, _last_tick + 1)
        _last_tick = tick
    milliseconds, fraction = divmod(tick, 4096)
    random = int.from_bytes(os.urandom(8), "big") & (2**62 - 1)
    return UUID(int=(milliseconds & (2**48 - 1)) << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random)


def new_operation() -> UUID:
    """Return a random UUID (version 4): the id of an operation with an operator, who asks for this version and must
    not be able to guess the next one (mobile-money.md section 2.4)."""
    return uuid4()


def parse_uuid(text: str) -> UUID | None:
    """Read a UUID in its canonical 8-4-4-4-12 form; None for anything else (braces, `urn:`, no dashes)."""
    return UUID(text) if _CANONICAL_UUID.match(text) else None


def parse_integer_id(text: str) -> int | None:
    """Read an integer id of 0 to 2^63-1 in plain ASCII digits; None for anything else."""
    if not _CANONICAL_INTEGER.match(text):
        return None
    value = int(text)
    return value if value <= MAX_INTEGER_ID else None
