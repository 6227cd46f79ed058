"""The sender of callbacks. What becomes of each is noted in the log; nothing is ever tried again by itself."""

import asyncio
import ipaddress
from urllib.parse import urlsplit

import httpx2
import msgspec

from adapters.operators.clock import SimulatedClock
from adapters.operators.log import Log, LogEntry


class OutgoingCallback(msgspec.Struct, frozen=True, kw_only=True):
    """A callback to be sent: JSON to a URL."""

    operator: str
    reference: str
    method: str
    url: str
    body: bytes


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine itself."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(url: str) -> bool:
    """Whether a URL is https on port 443 of a domain name, as the operators ask for (sections 2.8, 3A.5)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if parts.scheme != "https" or port not in (None, 443) or "." not in host or is_loopback(url):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


class Callbacks:
    """Sends callbacks, in the background or at once. `timeout` is in seconds, `transport` replaces the network."""

    def __init__(
        self, clock: SimulatedClock, log: Log, *, timeout: float, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._clock = clock
        self._log = log
        self._timeout = timeout
        self._transport = transport
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx2.AsyncClient | None = None

    def send(self, callback: OutgoingCallback, times: int) -> None:
        """Send a callback some times, one after another, in the background."""
        if times > 0:
            task = asyncio.get_running_loop().create_task(self.deliver(callback, times))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def deliver(self, callback: OutgoingCallback, times: int = 1) -> None:
        """Send a callback some times and wait for the answers."""
        for _ in range(times):
            await self._try(callback)

    async def drain(self) -> None:
        """Wait for what is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Drop what is on its way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _try(self, callback: OutgoingCallback) -> None:
        if self._client is None:
            # a merchant that was restarted must not be met on a connection of before
            self._client = httpx2.AsyncClient(
                transport=self._transport,
                timeout=self._timeout,
                limits=httpx2.Limits(max_keepalive_connections=0),
                trust_env=False,
            )
        entry = self._entry(callback)
        try:
            answer = await self._client.request(
                callback.method,
                callback.url,
                content=callback.body,
                headers={"content-type": "application/json", "user-agent": "socle-operators"},
            )
            entry.status = answer.status_code
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            entry.error = type(error).__name__

    def _entry(self, callback: OutgoingCallback) -> LogEntry:
        entry = self._log.write(
            self._clock.now(), "out", callback.operator, callback.method, callback.url, callback.body
        )
        entry.reference = callback.reference
        return entry
