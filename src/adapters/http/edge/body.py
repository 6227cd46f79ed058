"""Limits of a request's body: its size, and the time in which it must be complete."""

from asyncio import CancelledError

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send, first_header
from adapters.http.edge.deadline import Deadline, Deadlines
from adapters.http.edge.refusal import (
    BAD_LENGTH,
    BODY_INCOMPLETE,
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    Refuse,
    closing,
    send_refusal,
)
from adapters.http.edge.settings import EdgeSettings
from core.primitives.errors import Message


class BodyRefused(Exception):
    """Raised out of `receive` into the application. Whatever the application answers to it is dropped: the edge has
    its own answer."""


class BodyLimits:
    """413 for a body over the limit, at once where Content-Length tells; 400 for one whose sender leaves before its
    end; 408 for one that is not complete in time, so that a body that trickles or never ends holds nothing for long.

    The limit for `multipart/form-data` is its own. The body is handed on as it comes, nothing is buffered here.
    """

    def __init__(self, app: App, settings: EdgeSettings, refuse: Refuse) -> None:
        self._app = app
        self._refuse = refuse
        self._settings = settings
        self._deadlines = Deadlines(settings.body_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        multipart = (first_header(headers, b"content-type") or b"")[:20].lower() == b"multipart/form-data;"[:20]
        limit = self._settings.max_multipart_bytes if multipart else self._settings.max_body_bytes
        length = first_header(headers, b"content-length")
        if length is not None:
            if not (length.isdigit() and len(length) < 20):
                await self._answer(scope, send, (400, BAD_LENGTH))
                return
            if int(length) > limit:
                await self._answer(scope, send, (413, BODY_TOO_LARGE))
                return
        body = _Body(receive, send, limit, self._deadlines)
        try:
            await self._app(scope, body.receive, body.send)
        except BodyRefused:
            if body.started:
                raise
        finally:
            body.forget_deadline()
        if body.refused is not None and not body.started:
            await self._answer(scope, send, body.refused)

    async def _answer(self, scope: Scope, send: Send, refusal: tuple[int, Message]) -> None:
        await send_refusal(self._refuse, scope, send, *refusal, closing(scope))


class _Body:
    """The body of one request under way, and the start of its answer, which is held back until a piece of its body
    follows: up to there a refusal can still take its place."""

    __slots__ = (
        "_complete",
        "_deadline",
        "_deadlines",
        "_limit",
        "_read",
        "_receive",
        "_send",
        "_start",
        "refused",
        "started",
    )

    def __init__(self, receive: Receive, send: Send, limit: int, deadlines: Deadlines) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._deadlines = deadlines
        self._deadline: Deadline | None = None
        self._read = 0
        self._complete = False
        self._start: Event = {}
        self.refused: tuple[int, Message] | None = None
        self.started = False

    async def receive(self) -> Event:
        if self.refused is not None:
            raise BodyRefused
        if self._complete:
            after: Event = await self._receive()
            return after
        event = await self._receive_in_time()
        if event["type"] != "http.request":
            self.refused = 400, BODY_INCOMPLETE
            raise BodyRefused
        self._read += len(event.get("body", b""))
        if not event.get("more_body", False):
            self._complete = True
            self.forget_deadline()
        if self._read > self._limit:
            self.refused = 413, BODY_TOO_LARGE
            raise BodyRefused
        return event

    async def _receive_in_time(self) -> Event:
        deadline = self._deadline
        if deadline is None:
            deadline = self._deadline = self._deadlines.begin()
        deadline.waiting = True
        try:
            if not deadline.expired:
                event: Event = await self._receive()
                return event
        except CancelledError:
            if not deadline.cancelled():
                raise
        finally:
            deadline.waiting = False
        self.refused = 408, BODY_TOO_SLOW
        raise BodyRefused

    def forget_deadline(self) -> None:
        """Let the body be late: it is complete, or nobody waits for it any more."""
        if self._deadline is not None:
            self._deadlines.end(self._deadline)

    async def send(self, event: Event) -> None:
        if self.started:
            await self._send(event)
        elif self.refused is None:
            if event["type"] == "http.response.start":
                self._start = event
                return
            self.started = True
            await self._send(self._start)
            await self._send(event)
