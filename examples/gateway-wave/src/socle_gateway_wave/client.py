"""Requests to Wave's API: authenticated, bounded in time and size."""

import asyncio
from collections.abc import Mapping

import httpx2
import msgspec

from core.primitives.secret import Secret

MOST_BYTES = 1_000_000


class Unanswered(Exception):
    """No whole answer came: Wave may have carried the request out. The text says why, without secrets."""


class Reply(msgspec.Struct, frozen=True):
    """An answer of Wave, or of whatever stands before it."""

    status: int
    body: bytes


class WaveClient:
    """Speaks HTTP to Wave."""

    def __init__(self, url: str, *, api_key: Secret, deadline_seconds: float) -> None:
        self._api_key = api_key
        self._deadline = deadline_seconds
        self._http = httpx2.AsyncClient(base_url=url, timeout=deadline_seconds)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
        operation: str = "",
    ) -> Reply:
        """Send a request once. `operation` is our id of a command. Raises `Unanswered`."""
        headers = {"authorization": f"Bearer {self._api_key.reveal()}", "accept": "application/json"}
        if operation:
            headers["idempotency-key"] = operation
        if body is not None:
            headers["content-type"] = "application/json"
        content = None if body is None else msgspec.json.encode(body)
        # httpx2 bounds one read; the deadline is of the whole call.
        try:
            async with asyncio.timeout(self._deadline):
                return await self._read(method, path, query, headers, content)
        except TimeoutError as error:
            raise Unanswered("no answer in time") from error
        except httpx2.HTTPError as error:
            raise Unanswered(type(error).__name__) from error

    async def close(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    async def _read(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> Reply:
        body = bytearray()
        async with self._http.stream(method, path, params=query, headers=headers, content=content) as response:
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise Unanswered("the answer is too long")
            return Reply(response.status_code, bytes(body))
