"""The simulator as a server of its own: one process, since its state is in memory."""

from typing import Any

import msgspec

from adapters.operators.application import OperatorsApplication, operators_application
from adapters.operators.front import AnswerLost
from adapters.operators.settings import OperatorSettings

STRICT = "SOCLE_OPERATORS_STRICT"


class Severing:
    """Cuts the connection where an answer is lost: an answer is begun that announces a body, and none follows."""

    def __init__(self, app: OperatorsApplication) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except AnswerLost:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
            await send({"type": "http.response.body", "body": b"", "more_body": True})


def build() -> Severing:
    """Build the application of the server's process, from its environment."""
    import os

    strict = os.environ.get(STRICT, "") == "true"
    return Severing(operators_application(msgspec.structs.replace(OperatorSettings(), strict=strict)))


def serve_operators(host: str, port: int, *, strict: bool = False) -> None:
    """Serve the simulator until the process is told to stop. `strict` enforces the operators' own callback rules."""
    import os

    from granian import Granian
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels

    os.environ[STRICT] = "true" if strict else "false"
    Granian(
        "adapters.operators.serve:build",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        loop=Loops.uvloop,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
        workers_kill_timeout=5,
    ).serve()
