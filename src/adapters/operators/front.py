"""What stands before every operator: the log, and the ways in which an operator does not answer."""

import asyncio
from typing import Any

import httpx2
import msgspec

from adapters.operators.answers import AnyRequest
from adapters.operators.log import redacted
from adapters.operators.payers import Operator
from adapters.operators.simulation import Simulation
from adapters.operators.switches import OperatorSwitches

EXCHANGE = "operators.exchange"
PAGE = "/orange/payment/"
MAX_BODY = 1024 * 1024

ERROR_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
REJECTED_PAGE = b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>"
TOO_LARGE_PAGE = b"<html><head><title>413 Request Entity Too Large</title></head><body></body></html>"
GARBAGE = b'{"status":"SUCC\x00\xff<'


class AnswerLost(httpx2.RemoteProtocolError):
    """The connection is cut. A server drops it; a client in this process sees what it would see over the wire."""

    def __init__(self) -> None:
        super().__init__("Server disconnected without sending a response.")


class Exchange(msgspec.Struct, kw_only=True):
    """A request on its way: the reference that it is about, whether it was an initiation that the operator executed,
    and whether its answer is to be lost."""

    reference: str = ""
    executed: bool = False
    lose: bool = False


def exchange_of(request: AnyRequest) -> Exchange:
    """The exchange that a request belongs to."""
    found: Exchange = request.scope[EXCHANGE]  # type: ignore[literal-required]
    return found


class _Sent(msgspec.Struct):
    """An answer that was caught on its way out."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = []
    body: bytes = b""


class Front:
    """ASGI middleware. Raises `AnswerLost` where the connection is to be cut."""

    def __init__(self, app: Any, simulation: Simulation) -> None:
        self._app = app
        self._simulation = simulation
        self._calls: dict[Operator, int] = {}
        simulation.on_reset.append(self._calls.clear)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        operator = _operator_of(scope)
        if operator is None:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        if body is None:
            await _emit(send, _page(413, TOO_LARGE_PAGE))
            return
        simulation = self._simulation
        switches = simulation.switches.of(operator)
        entry = simulation.log.write(simulation.clock.now(), "in", operator, scope["method"], scope["path"], body)
        if scope["path"].startswith(PAGE):
            sent = await self._run(scope, receive, body, Exchange())
            entry.status = sent.status
            await _emit(send, sent)
            return
        if switches.slow > 0:
            await asyncio.sleep(switches.slow)
        exchange = Exchange()
        failing = self._failure(operator, switches)
        lost = failing in ("hang", "cut")
        if failing:
            sent = _failed(operator, failing)
        else:
            sent = await self._run(scope, receive, body, exchange)
            if exchange.executed and switches.lose_next > 0:
                switches.lose_next -= 1
                exchange.lose = True
            lost = exchange.executed and exchange.lose
        entry.reference = exchange.reference
        entry.response = redacted(sent.body)
        if lost:
            entry.error = "answer lost" if exchange.lose else failing
            if (failing or switches.lost) == "hang":
                await self._hold(receive)
            raise AnswerLost
        entry.status = sent.status
        await _emit(send, sent)

    def _failure(self, operator: Operator, switches: OperatorSwitches) -> str:
        """How this call fails before it is executed; "" where it does not."""
        if switches.refuse_address:
            return "cut" if operator is Operator.MOOV else "403"
        if switches.down:
            return switches.down
        if switches.fail_every > 0:
            count = self._calls[operator] = self._calls.get(operator, 0) + 1
            if count % switches.fail_every == 0:
                return "500" if count // switches.fail_every % 2 else "503"
        return ""

    async def _run(self, scope: Any, receive: Any, body: bytes, exchange: Exchange) -> _Sent:
        sent = _Sent()
        given = False

        async def replay() -> Any:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def catch(message: Any) -> None:
            if message["type"] == "http.response.start":
                sent.status = message["status"]
                sent.headers = list(message.get("headers", ()))
            elif message["type"] == "http.response.body":
                sent.body += message.get("body", b"")

        await self._app({**scope, EXCHANGE: exchange}, replay, catch)
        return sent

    async def _hold(self, receive: Any) -> None:
        """Wait until the client goes away, or the longest time that the simulator waits."""
        try:
            async with asyncio.timeout(self._simulation.settings.timings.hang):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return


def _operator_of(scope: Any) -> Operator | None:
    if scope["type"] != "http":
        return None
    first = scope["path"].split("/", 2)[1]
    return Operator(first) if first in frozenset(Operator) else None


async def _read(receive: Any) -> bytes | None:
    """The whole body; None where it is larger than any operator takes. Raises `AnswerLost` where the client is gone."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise AnswerLost
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return body


async def _emit(send: Any, sent: _Sent) -> None:
    await send({"type": "http.response.start", "status": sent.status, "headers": sent.headers})
    await send({"type": "http.response.body", "body": sent.body})


def _failed(operator: Operator, failing: str) -> _Sent:
    """The answer of an operator that does not work."""
    if failing == "502":
        return _page(502, ERROR_PAGE)
    if failing == "html":
        return _page(200, REJECTED_PAGE)
    if failing == "garbage":
        kind = b"text/xml" if operator is Operator.MOOV else b"application/json"
        return _Sent(200, [(b"content-type", kind)], GARBAGE)
    if operator is Operator.MOOV:
        return _page(int(failing) if failing.isdigit() else 500, ERROR_PAGE)
    status = int(failing) if failing.isdigit() else 500
    body: dict[str, Any]
    if operator is Operator.MTN:
        answers: dict[int, dict[str, Any]] = {
            500: {"code": "INTERNAL_PROCESSING_ERROR", "message": "An internal error occurred while processing."},
            503: {"code": "SERVICE_UNAVAILABLE", "message": "Service temporarily unavailable, try again later."},
            403: {"statusCode": 403, "message": "Forbidden"},
        }
        body = answers[status]
    else:
        code = {500: 1, 503: 5, 403: 50}[status]
        text = {500: "Internal error", 503: "Service unavailable", 403: "Access denied"}[status]
        body = {"code": code, "message": text, "description": text}
    return _Sent(status, [(b"content-type", b"application/json")], msgspec.json.encode(body))


def _page(status: int, page: bytes) -> _Sent:
    return _Sent(status, [(b"content-type", b"text/html")], page)
