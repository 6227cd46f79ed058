"""The operator's end as a check drives it: what it was asked, and which answers it gives instead of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

import msgspec


class Call(StrEnum):
    """What a request asks of the operator. `token` is any request that only fetches credentials, `prepare` one that
    prepares a refund and moves nothing."""

    COLLECT = "collect"
    LOOKUP = "lookup"
    REFUND = "refund"
    PREPARE = "prepare"
    TOKEN = "token"  # noqa: S105 - a kind of request
    PROBE = "probe"


COMMANDS = frozenset({Call.COLLECT, Call.REFUND})
"""The calls that may move money."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the operator got it. Names of headers are in lower case; `target` is path and query."""

    call: Call
    method: str = "POST"
    target: str = "/"
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer on the wire.

    - `status` None: the status that the operator's own answer has.
    - `delay` are the seconds before anything is sent, `pause` those between one byte and the next.
    - `missing` bytes are promised by the length, and never sent.
    """

    status: int | None = None
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}
    delay: float = 0
    pause: float = 0
    missing: int = 0


class Cut(Exception):
    """The connection ends without an answer."""


Respond = Callable[[Request], Awaitable[Answer]]
"""The operator itself: carries a request out and answers it. Raises `Cut`."""


class Script:
    """Stands before an operator and plays what a check tells it to. `requests` are all that came, in order."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._answers: dict[Call, Answer] = {}
        self._lost: set[Call] = set()
        self._down = False

    def asked(self, *calls: Call) -> int:
        """How many requests of these calls came."""
        return sum(request.call in calls for request in self.requests)

    def answer_with(self, answer: Answer, *calls: Call) -> None:
        """Carry these calls out and give this answer instead of the operator's, until `answer_normally`."""
        self._answers.update(dict.fromkeys(calls, answer))

    def answer_normally(self) -> None:
        """Give the operator's own answers again."""
        self._answers.clear()
        self._lost.clear()
        self._down = False

    def lose_next_answer(self, *calls: Call) -> None:
        """Carry the next request of each of these calls out, and cut the connection instead of answering."""
        self._lost.update(calls)

    def go_down(self) -> None:
        """Cut every connection, carrying nothing out."""
        self._down = True

    async def play(self, request: Request, respond: Respond) -> Answer:
        """Answer a request: the operator's own answer, or what was scripted. Raises `Cut`."""
        self.requests.append(request)
        if self._down:
            raise Cut
        genuine = await respond(request)
        if request.call in self._lost:
            self._lost.discard(request.call)
            raise Cut
        answer = self._answers.get(request.call)
        if answer is None:
            return genuine
        if answer.delay:
            await asyncio.sleep(answer.delay)
        status = genuine.status if answer.status is None else answer.status
        return msgspec.structs.replace(answer, status=status, delay=0)
