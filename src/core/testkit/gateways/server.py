"""An HTTP server for fakes of operators: real sockets, so that what a network does can be done to a gateway."""

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

import h11

from core.testkit.gateways.far_end import Answer, Call, Cut, Request, Script

READ_BYTES = 65536


class OperatorServer(ABC):
    """A fake of an operator on 127.0.0.1. Subclass it with what the operator answers, and point the gateway's
    address at `url`:

        async with WaveServer() as server:
            gateway = WaveGateway(url=server.url, …)
    """

    def __init__(self) -> None:
        self.script = Script()
        self._conversations: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @abstractmethod
    def call_of(self, method: str, target: str, body: bytes) -> Call:
        """Say what a request asks for."""

    @abstractmethod
    async def respond(self, request: Request) -> Answer:
        """Carry a request out and answer it, as the operator does."""

    @property
    def url(self) -> str:
        """Where it listens: "http://127.0.0.1:<port>"."""
        assert self._server is not None, "the server is not started"
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for conversation in list(self._conversations):
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)
        await self._server.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation is not None
        self._conversations.add(conversation)
        try:
            await _Conversation(self, reader, writer).hold()
        except (Cut, ConnectionError, h11.ProtocolError):
            writer.transport.abort()
        except asyncio.CancelledError:
            # The server is closing: the stream protocol would report a cancelled conversation as an error.
            writer.transport.abort()
        finally:
            self._conversations.discard(conversation)
            writer.close()


class _Conversation:
    """One connection: requests and answers until either side ends it."""

    def __init__(self, operator: OperatorServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._operator = operator
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER)

    async def hold(self) -> None:
        """Answer until the client has gone."""
        while (request := await self._next()) is not None:
            answer = await self._operator.script.play(request, self._operator.respond)
            await self._send(answer)
            if self._http.our_state is h11.MUST_CLOSE:
                return
            self._http.start_next_cycle()

    async def _next(self) -> Request | None:
        head: h11.Request | None = None
        body = b""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(READ_BYTES))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                method, target = head.method.decode(), head.target.decode()
                headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
                call = self._operator.call_of(method, target, body)
                return Request(call=call, method=method, target=target, headers=headers, body=body)
            else:
                return None

    async def _send(self, answer: Answer) -> None:
        headers = [
            ("content-type", answer.content_type),
            ("content-length", str(len(answer.body) + answer.missing)),
            *answer.headers.items(),
        ]
        await self._write(h11.Response(status_code=answer.status or 200, headers=headers))
        step = 1 if answer.pause else max(len(answer.body), 1)
        for start in range(0, len(answer.body), step):
            await self._write(h11.Data(data=answer.body[start : start + step]))
            if answer.pause:
                await asyncio.sleep(answer.pause)
        if answer.missing:
            raise Cut
        await self._write(h11.EndOfMessage())

    async def _write(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()
