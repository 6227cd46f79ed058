"""A simulated provider of identities, for development and tests: a token says itself whom it was issued to."""

import re

from core.accounts.social import VerifiedIdentity

_TOKEN = re.compile(r"simulated:([A-Za-z0-9_.-]{1,64}):([^:\s]{0,254}):(true|false)\Z")


class SimulatedTokens:
    """Verifies tokens of the form `simulated:<social id>:<email>:<true or false>`, where the last part tells whether
    the address is verified; the address may be empty. Never wired in production."""

    async def verify(self, token: str) -> VerifiedIdentity | None:
        """Return whom a token names; None for any other text."""
        found = _TOKEN.match(token)
        if found is None:
            return None
        subject, email, verified = found.groups()
        return VerifiedIdentity(
            subject=subject,
            email=email or None,
            email_verified=bool(email) and verified == "true",
            name=f"Essai {subject}",
            first_name="Essai",
            last_name=subject,
            picture=f"https://photo.example.com/{subject}.jpg",
        )
