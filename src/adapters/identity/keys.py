"""Keys: one for each use, derived from the installation's key."""

import hmac
from hashlib import sha256
from typing import Final

MIN_KEY_BYTES: Final = 32


def derive_key(installation_key: bytes, use: str) -> bytes:
    """Return the 32-byte key of a use: HKDF-Expand with one block (RFC 5869 section 2.3). Keys of different uses tell
    nothing about each other. Raises `ValueError` for an installation key under 32 bytes."""
    if len(installation_key) < MIN_KEY_BYTES:
        raise ValueError(f"the installation's key has {len(installation_key)} bytes; {MIN_KEY_BYTES} are needed")
    return hmac.new(installation_key, f"socle:{use}".encode() + b"\x01", sha256).digest()
