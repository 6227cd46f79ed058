"""HTTP to an operator: one call, one answer of bounded size in bounded time, one log line."""

import asyncio
import functools
import logging
import time
import zlib
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import msgspec
import structlog

from adapters.gateways.settings import tls_context
from adapters.gateways.trouble import Trouble

MAX_ANSWER = 256 * 1024
"""Bytes of an answer, packed and unpacked, beyond which it is not read."""
MAX_CONNECTIONS = 32
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ANY_ZLIB = 32 + zlib.MAX_WBITS

_trust = functools.cache(tls_context)
"""Reading the system's authorities takes long, and they are the same for all."""
_log = structlog.get_logger("socle.gateways")


class Answer(msgspec.Struct, frozen=True):
    """What an operator answered: HTTP status, media type without parameters in lower case, body."""

    status: int
    media_type: str
    body: bytes


class Wire:
    """Connections to one operator.

    The client is made by the first call in its event loop: gateways are composed in one process and run in another.
    Certificates are always checked, redirects never followed, cookies not kept. A proxy of the environment is used
    for all hosts but this machine.
    """

    def __init__(
        self,
        operator: str,
        *,
        base_url: str,
        deadline: float,
        ca_file: str = "",
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._operator = operator
        self._base_url = base_url.rstrip("/")
        self._deadline = deadline
        self._ca_file = ca_file
        self._transport = transport
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def call(
        self,
        name: str,
        method: str,
        path: str,
        *,
        operation: UUID | None,
        headers: Mapping[str, str],
        content: bytes = b"",
    ) -> Answer:
        """Ask and return the answer, whatever its status. `name` and `operation` are for the log. Raises `Trouble`
        where there is no answer within the deadline, or one that is too long or packed in an unknown way."""
        started = time.perf_counter()
        status: int | None = None
        trouble: str | None = "cancelled"
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._open().stream(method, self._base_url + path, headers=headers, content=content) as response,
            ):
                status = response.status_code
                body = await _body(response)
            trouble = None
            return Answer(status, _media_type(response), body)
        except Trouble as error:
            trouble = error.code
            raise
        except (TimeoutError, httpx2.TimeoutException):
            trouble = "timeout"
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, OSError, ValueError) as error:
            # the text of these errors may hold addresses and headers
            trouble = type(error).__name__
        finally:
            _log.info(
                "operator_call",
                operator=self._operator,
                operation=str(operation) if operation else None,
                call=name,
                status=status,
                ms=round((time.perf_counter() - started) * 1000),
                **({"trouble": trouble} if trouble else {}),
            )
        raise Trouble(trouble)

    async def close(self) -> None:
        """Let connections go. A later call opens them again."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _open(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            # their lines show addresses, which hold what operators gave out
            for name in ("httpx2", "httpcore2"):
                logging.getLogger(name).setLevel(logging.WARNING)
            self._loop = loop
            self._client = httpx2.AsyncClient(
                verify=_trust(self._ca_file),
                transport=self._transport,
                timeout=httpx2.Timeout(self._deadline, connect=min(10.0, self._deadline)),
                limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=8),
                headers={"User-Agent": "socle", "Accept-Encoding": "identity"},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                trust_env=urlsplit(self._base_url).hostname not in _LOOPBACK,
            )
        return self._client


def _media_type(response: httpx2.Response) -> str:
    declared: str = response.headers.get("content-type", "")
    return declared.partition(";")[0].strip().lower()


async def _body(response: httpx2.Response) -> bytes:
    """Read a body of at most `MAX_ANSWER` bytes."""
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > MAX_ANSWER:
            raise Trouble("answer too long")
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    return bytes(body) if coding == "identity" else _unpack(bytes(body), coding)


def _unpack(body: bytes, coding: str) -> bytes:
    """Unpack what we asked nobody to pack; httpx2 itself would unpack without a bound."""
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise Trouble("answer packed in an unknown way")
    unpacker = zlib.decompressobj(wbits=_ANY_ZLIB)
    try:
        plain = unpacker.decompress(body, MAX_ANSWER + 1)
    except zlib.error:
        raise Trouble("answer packed wrongly") from None
    if len(plain) > MAX_ANSWER:
        raise Trouble("answer too long")
    if not unpacker.eof:
        raise Trouble("answer cut off")
    return plain
