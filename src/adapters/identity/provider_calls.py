"""Asking identity providers over HTTPS: JSON answers of bounded size within bounded time."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import httpx2
import msgspec

from core.primitives.errors import DomainError, Kind, message

SECONDS = 8.0
MAX_ANSWER = 64 * 1024

PROVIDER_DOWN = message(
    "identity_provider_down",
    fr="Le fournisseur d'identité ne répond pas. Réessayez dans un instant.",
    en="The identity provider does not answer. Try again in a moment.",
)


class ProviderCalls:
    """Asks one provider. What it answers is believed in its fields alone, and only where the status is 200."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        # their lines show addresses, and those hold tokens
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)

    async def ask(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        bearer: str = "",
    ) -> dict[str, Any] | None:
        """Return the object that a provider answers with; None where it refuses what was asked (4xx).

        Raises `DomainError` of kind unavailable where it does not answer in time, fails, limits us, or answers with no
        object.
        """
        headers = {"accept": "application/json"} | ({"authorization": f"Bearer {bearer}"} if bearer else {})
        try:
            async with (
                asyncio.timeout(SECONDS),
                httpx2.AsyncClient(transport=self._transport, timeout=SECONDS) as client,
                client.stream(method, url, data=form, params=query, headers=headers) as answer,
            ):
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > MAX_ANSWER:
                        raise _down()
        except (TimeoutError, httpx2.HTTPError) as error:
            raise _down() from error
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
            return None
        try:
            written = msgspec.json.decode(body) if answer.status_code == 200 else None
        except (ValueError, RecursionError) as error:
            raise _down() from error
        if not isinstance(written, dict):
            raise _down()
        return written


def text_of(fields: Mapping[str, Any], name: str, longest: int = 256) -> str:
    """A text of an answer without the spaces around it, "" for anything else, for what is too long, and for what cannot
    be kept."""
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        return ""
    return value.strip()


def _down() -> DomainError:
    return DomainError(PROVIDER_DOWN, Kind.UNAVAILABLE, retry_after=5)
