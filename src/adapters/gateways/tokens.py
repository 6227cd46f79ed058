"""Access tokens of operators: fetched once for all who wait, renewed before they end, dropped when refused."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal, InvalidOperation

import msgspec

from adapters.gateways.reading import json_object
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer
from core.payments.gateway import Reason
from core.primitives.secret import Secret

UNTOLD_LIFETIME = 60.0
"""Seconds that a token is kept whose lifetime cannot be read."""
LONGEST_LIFETIME = 90 * 86_400.0
MAX_TOKEN = 8_192
HTTP_UNAUTHORIZED = 401


class Token(msgspec.Struct, frozen=True):
    """A token, and for how many seconds it is good."""

    value: Secret
    lifetime: float


def tenth(lifetime: float) -> float:
    """How long before its end a token is renewed: a tenth of its life."""
    return lifetime / 10


class TokenCache:
    """Holds one token.

    One refresh runs at a time, in a task of its own, which nobody's leaving ends; who comes meanwhile waits for it. A
    failure goes to all who waited and is not remembered. `margin` tells of a lifetime how long before the end a new
    token is fetched; `fetch` raises `Trouble`; `now` is in seconds.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Token]],
        *,
        margin: Callable[[float], float] = tenth,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._margin = margin
        self._now = now
        self._held: Secret | None = None
        self._fresh_until = 0.0
        self._refresh: asyncio.Task[Secret | Trouble] | None = None

    @property
    def held(self) -> Secret | None:
        """The token that was fetched last, unless it was dropped."""
        return self._held

    async def get(self) -> Secret:
        """Return a token that is still good for a while. Raises `Trouble`."""
        if self._held is not None and self._now() < self._fresh_until:
            return self._held
        return await self.renew()

    async def renew(self) -> Secret:
        """Fetch a token, or wait for the fetch that runs. Raises `Trouble`."""
        loop = asyncio.get_running_loop()
        task = self._refresh
        if task is None or task.done() or task.get_loop() is not loop:
            task = self._refresh = loop.create_task(self._renew())
        outcome = await asyncio.shield(task)
        if isinstance(outcome, Trouble):
            raise Trouble(outcome.code, outcome.reason)
        return outcome

    def drop(self, token: Secret) -> None:
        """Forget a token that was refused, unless a newer one has come meanwhile."""
        if self._held == token:
            self._held = None

    async def authorised(self, send: Callable[[str], Awaitable[Answer]], *, once: bool = False) -> Answer:
        """Send with a token. Where it is refused (401: nothing was done) drop it and, unless `once`, send again with a
        new one. Raises `Trouble`."""
        token = await self.get()
        answer = await send(token.reveal())
        if answer.status != HTTP_UNAUTHORIZED:
            return answer
        self.drop(token)
        return answer if once else await send((await self.get()).reveal())

    def close(self) -> None:
        """End a refresh that runs, and forget the token."""
        self._held = None
        task, self._refresh = self._refresh, None
        if task is not None and not task.done() and not task.get_loop().is_closed():
            task.cancel()

    async def _renew(self) -> Secret | Trouble:
        try:
            token = await self._fetch()
        except Trouble as trouble:
            # returned, not raised: there may be nobody left to hear of it
            return trouble
        except asyncio.CancelledError:
            # only `close` cancels this task; those who wait are not to take it for their own cancellation
            return Trouble("closed")
        self._held = token.value
        self._fresh_until = self._now() + token.lifetime - self._margin(token.lifetime)
        return token.value


def basic(user: str, password: Secret) -> Secret:
    """Return user and password as they stand behind "Basic " (RFC 7617)."""
    return Secret(base64.b64encode(f"{user}:{password.reveal()}".encode()).decode())


def read_token(answer: Answer) -> Token:
    """Read the answer of a token call (RFC 6749 section 5.1; `expires_in` may be a text). Raises `Trouble`."""
    if answer.status != 200:
        raise Trouble(f"token: HTTP {answer.status}", _refusals.get(answer.status, Reason.OPERATOR_UNAVAILABLE))
    fields = json_object(answer)
    value = fields.whole_text("access_token", MAX_TOKEN)
    # it goes into a header
    if not value or not all("!" <= each <= "~" for each in value):
        raise Trouble("token: none in the answer")
    return Token(Secret(value), _lifetime(fields.scalar("expires_in")))


_refusals = {
    400: Reason.INVALID_CREDENTIALS,
    HTTP_UNAUTHORIZED: Reason.INVALID_CREDENTIALS,
    403: Reason.NOT_ALLOWED,
}


def _lifetime(told: str) -> float:
    try:
        seconds = Decimal(told)
    except InvalidOperation:
        return UNTOLD_LIFETIME
    if not seconds.is_finite():
        return UNTOLD_LIFETIME
    return float(min(max(seconds, Decimal(0)), Decimal(LONGEST_LIFETIME)))
