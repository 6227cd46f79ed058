"""The time limit of a request."""

import asyncio

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send
from adapters.http.edge.refusal import REQUEST_TOO_SLOW, Refuse, send_refusal


class TimeLimit:
    """503 for a request whose answer has not started in time. The handler is cancelled where it stands, so that its
    unit of work rolls back before the refusal is sent. An answer once started is never cut.

    One timer looks after all requests, every twentieth of the limit: a timer for each cost a twentieth of a detail's
    time.
    """

    def __init__(self, app: App, seconds: float, refuse: Refuse) -> None:
        self._app = app
        self._seconds = seconds
        self._refuse = refuse
        self._running: dict[_Running, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        running = self._begin()
        started = False

        async def tell(event: Event) -> None:
            nonlocal started
            if not started:
                if running.expired:
                    return
                started = True
                self._running.pop(running, None)
            await send(event)

        try:
            await self._app(scope, receive, tell)
        except asyncio.CancelledError:
            if not running.ended():
                raise
        finally:
            self._running.pop(running, None)
        if running.expired and not started:
            running.ended()
            await send_refusal(self._refuse, scope, send, 503, REQUEST_TOO_SLOW, [(b"retry-after", b"5")])

    def _begin(self) -> "_Running":
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request runs in a task")
        running = _Running(task, loop.time() + self._seconds)
        self._running[running] = None
        if self._timer is None:
            self._timer = loop.call_later(self._seconds / 20, self._look, loop)
        return running

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for running in list(self._running):
            if running.deadline > now:
                break
            del self._running[running]
            running.expire()
        self._timer = loop.call_later(self._seconds / 20, self._look, loop) if self._running else None


class _Running:
    """A request whose answer has not started."""

    __slots__ = ("_cancelling", "_task", "deadline", "expired")

    def __init__(self, task: "asyncio.Task[object]", deadline: float) -> None:
        self._task = task
        self._cancelling = task.cancelling()
        self.deadline = deadline
        self.expired = False

    def expire(self) -> None:
        """Cancel the request."""
        self.expired = True
        self._task.cancel()

    def ended(self) -> bool:
        """Take the cancellation back; whether it was the only one."""
        return self.expired and (
            self._task.cancelling() <= self._cancelling or self._task.uncancel() <= self._cancelling
        )
