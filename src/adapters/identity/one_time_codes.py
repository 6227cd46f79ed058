"""Time-based one-time passwords (RFC 6238): SHA-1, six digits, steps of 30 seconds, as every application knows them."""

import hmac
from datetime import datetime
from typing import Final

import pyotp

STEP_SECONDS: Final = 30
TOLERANCE: Final = 1
"""Steps before and after the present one that are accepted (RFC 6238 section 5.2)."""


class TotpAuthenticator:
    """One-time passwords of authenticator applications. `issuer` is the name that the application shows."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def new_secret(self) -> str:
        """Return 160 random bits in base 32 (RFC 4226 section 4, R6)."""
        return pyotp.random_base32(32)

    def matching_step(self, secret: str, code: str, at: datetime) -> int | None:
        """Return the time step that a code belongs to, None for a wrong code."""
        if len(code) != 6 or not (code.isascii() and code.isdigit()):
            return None
        totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
        present = int(at.timestamp()) // STEP_SECONDS
        matches = [
            step
            for step in range(present - TOLERANCE, present + TOLERANCE + 1)
            if hmac.compare_digest(totp.generate_otp(step), code)
        ]
        return matches[-1] if matches else None

    def qr_code(self, secret: str, account: str) -> str:
        """Return a data URI of a PNG that holds the key's `otpauth` URI."""
        import segno

        uri = pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=account, issuer_name=self._issuer)
        return segno.make(uri, micro=False, error="m").png_data_uri(scale=6)
