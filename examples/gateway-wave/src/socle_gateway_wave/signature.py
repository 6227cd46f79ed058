"""Wave's signatures of webhooks: `Wave-Signature: t=<unix time>,v1=<hex>`, HMAC-SHA256 of the time and the body."""

import hashlib
import hmac
from datetime import datetime

from core.primitives.secret import Secret

HEADER = "wave-signature"


def signature(secret: Secret, timestamp: str, body: bytes) -> str:
    """The signature of a body at a time, in hexadecimal."""
    return hmac.new(secret.reveal().encode(), timestamp.encode() + body, hashlib.sha256).hexdigest()


def signed(header: str, body: bytes, secret: Secret, *, received_at: datetime, age_seconds: int) -> bool:
    """Whether a header holds the signature of this body, made not longer ago than `age_seconds`. While a secret is
    being replaced the header holds several."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    timestamp = next((value for name, _, value in parts if name == "t"), "")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    if abs(received_at.timestamp() - int(timestamp)) > age_seconds:
        return False
    expected = signature(secret, timestamp, body).encode()
    given = [value.encode() for name, _, value in parts if name == "v1"]
    return any(hmac.compare_digest(expected, each) for each in given)
