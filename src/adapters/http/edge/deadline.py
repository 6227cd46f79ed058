"""Time limits: of whatever a request waits for, and of the request itself."""

import asyncio

from adapters.http.edge.asgi import App, Event, Receive, Scope, Send
from adapters.http.edge.refusal import REQUEST_TOO_SLOW, Refuse, send_refusal


class Deadlines:
    """A time limit for many tasks, who is late is cancelled. One timer looks after all, every twentieth of the limit:
    a timer for each cost a twentieth of a detail's time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> "Deadline":
        """The deadline of the task that asks, from now on and until `end`."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request runs in a task")
        deadline = Deadline(task, loop.time() + self._seconds)
        self._running[deadline] = None
        if self._timer is None:
            self._timer = loop.call_later(self._seconds / 20, self._look, loop)
        return deadline

    def end(self, deadline: "Deadline") -> None:
        """Forget a deadline that was met."""
        self._running.pop(deadline, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for deadline in list(self._running):
            if deadline.at > now:
                break
            del self._running[deadline]
            deadline.expire()
        self._timer = loop.call_later(self._seconds / 20, self._look, loop) if self._running else None


class Deadline:
    """When a task is late. It is cancelled then, where it waits for what is due."""

    __slots__ = ("_cancelling", "_task", "at", "expired", "waiting")

    def __init__(self, task: "asyncio.Task[object]", at: float) -> None:
        self._task = task
        self._cancelling = task.cancelling()
        self.at = at
        self.expired = False
        self.waiting = True

    def expire(self) -> None:
        """Cancel the task."""
        self.expired = True
        if self.waiting:
            self._task.cancel()

    def cancelled(self) -> bool:
        """Take the cancellation back; whether it was the only one."""
        return self.expired and (
            self._task.cancelling() <= self._cancelling or self._task.uncancel() <= self._cancelling
        )


class TimeLimit:
    """503 for a request whose answer has not started in time. The handler is cancelled where it stands, so that its
    unit of work rolls back before the refusal is sent. An answer once started is never cut.
    """

    def __init__(self, app: App, seconds: float, refuse: Refuse) -> None:
        self._app = app
        self._deadlines = Deadlines(seconds)
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = self._deadlines.begin()
        started = False

        async def tell(event: Event) -> None:
            nonlocal started
            if not started:
                if deadline.expired:
                    return
                started = True
                self._deadlines.end(deadline)
            await send(event)

        try:
            await self._app(scope, receive, tell)
        except asyncio.CancelledError:
            if not deadline.cancelled():
                raise
        finally:
            self._deadlines.end(deadline)
        if deadline.expired and not started:
            deadline.cancelled()
            await send_refusal(self._refuse, scope, send, 503, REQUEST_TOO_SLOW, [(b"retry-after", b"5")])
