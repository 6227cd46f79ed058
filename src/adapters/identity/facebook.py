"""Facebook as a provider of identities: user tokens, checked by `debug_token` (which tells for which application a
token was issued), their holder told by `me` (Graph API)."""

import hashlib
import hmac
from typing import Any

from adapters.identity.provider_calls import ProviderCalls, text_of
from core.accounts.social import VerifiedIdentity
from core.primitives.secret import Secret

GRAPH = "https://graph.facebook.com"
FIELDS = "id,name,first_name,last_name,email,picture.type(large)"


class FacebookTokens:
    """Verifies user tokens that were issued to our application. `version` is that of the Graph API ("v23.0").

    Facebook does not say whether it has verified an address: none of its addresses counts as verified.
    """

    def __init__(self, app_id: str, app_secret: Secret, version: str, calls: ProviderCalls | None = None) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._base = f"{GRAPH}/{version}"
        self._calls = calls or ProviderCalls()

    async def verify(self, token: str) -> VerifiedIdentity | None:
        """Return the holder of a token; None where it is not good, or another application's. Raises `DomainError` of
        kind unavailable."""
        secret = self._app_secret.reveal()
        debugged = await self._calls.ask(
            "GET", f"{self._base}/debug_token", query={"input_token": token}, bearer=f"{self._app_id}|{secret}"
        )
        data: Any = debugged.get("data") if debugged is not None else None
        if not isinstance(data, dict) or data.get("is_valid") is not True:
            return None
        subject = text_of(data, "user_id")
        if not subject or str(data.get("app_id")) != self._app_id:
            return None
        proof = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        shown = await self._calls.ask(
            "GET", f"{self._base}/me", query={"fields": FIELDS, "appsecret_proof": proof}, bearer=token
        )
        if shown is None or text_of(shown, "id") != subject:
            return None
        return VerifiedIdentity(
            subject=subject,
            email=text_of(shown, "email", 254) or None,
            email_verified=False,
            name=text_of(shown, "name"),
            first_name=text_of(shown, "first_name"),
            last_name=text_of(shown, "last_name"),
            picture=_picture(shown),
        )


def _picture(shown: dict[str, Any]) -> str | None:
    picture = shown.get("picture")
    data = picture.get("data") if isinstance(picture, dict) else None
    return (text_of(data, "url", 2_000) or None) if isinstance(data, dict) else None
