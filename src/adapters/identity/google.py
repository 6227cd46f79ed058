"""Google as a provider of identities: access tokens, checked by `tokeninfo` (which tells for which client a token was
issued), their holder told by `userinfo` (OpenID Connect Core section 5.3)."""

from collections.abc import Collection
from typing import Any

from adapters.identity.provider_calls import ProviderCalls, text_of
from core.accounts.social import VerifiedIdentity

TOKENINFO = "https://oauth2.googleapis.com/tokeninfo"
USERINFO = "https://openidconnect.googleapis.com/v1/userinfo"


class GoogleTokens:
    """Verifies access tokens that were issued to our clients. `clients` are our OAuth 2 client ids."""

    def __init__(self, clients: Collection[str], calls: ProviderCalls | None = None) -> None:
        self._clients = frozenset(clients)
        self._calls = calls or ProviderCalls()

    async def verify(self, token: str) -> VerifiedIdentity | None:
        """Return the holder of a token; None where it is not good, or another client's. Raises `DomainError` of kind
        unavailable."""
        # in the body: addresses stand in logs
        issued = await self._calls.ask("POST", TOKENINFO, form={"access_token": token})
        if issued is None or text_of(issued, "aud") not in self._clients:
            return None
        subject = text_of(issued, "sub")
        shown = await self._calls.ask("GET", USERINFO, bearer=token)
        if shown is None or not subject or text_of(shown, "sub") != subject:
            return None
        email = text_of(shown, "email", 254)
        return VerifiedIdentity(
            subject=subject,
            email=email or None,
            email_verified=bool(email) and _is_true(shown.get("email_verified")),
            name=text_of(shown, "name"),
            first_name=text_of(shown, "given_name"),
            last_name=text_of(shown, "family_name"),
            picture=text_of(shown, "picture", 2_000) or None,
        )


def _is_true(value: Any) -> bool:
    # userinfo answers with a boolean, tokeninfo with its text
    return value is True or value == "true"
