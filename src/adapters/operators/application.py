"""The simulator as one ASGI application."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from litestar import Litestar
from litestar.exceptions import HTTPException

from adapters.operators.answers import Answer, AnyRequest, Denied, json_answer
from adapters.operators.control import Control
from adapters.operators.front import Front
from adapters.operators.handsets import Handsets
from adapters.operators.moov import MOOV_OPERATIONS, MoovOperator
from adapters.operators.mtn import MtnOperator
from adapters.operators.mtn_wire import MTN_OPERATIONS
from adapters.operators.orange import OrangeOperator
from adapters.operators.orange_access import OrangeAccess
from adapters.operators.orange_payout import OrangePayout
from adapters.operators.orange_wire import ORANGE_OPERATIONS
from adapters.operators.payers import Operator
from adapters.operators.settings import OperatorSettings
from adapters.operators.simulation import Simulation

OPERATIONS = {
    Operator.MTN: MTN_OPERATIONS,
    Operator.ORANGE: ORANGE_OPERATIONS,
    Operator.MOOV: MOOV_OPERATIONS,
}


class OperatorsApplication:
    """The ASGI application, and the state behind it for tests in the same process.

    Raises `AnswerLost` (an `httpx2.RemoteProtocolError`) where a connection is to be cut, which a client in this
    process sees as it would over the wire; `serve` cuts the real one.
    """

    def __init__(self, simulation: Simulation, app: Any) -> None:
        self.simulation = simulation
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)


def operators_application(
    settings: OperatorSettings | None = None, *, callback_transport: httpx2.AsyncBaseTransport | None = None
) -> OperatorsApplication:
    """Build the simulator. `callback_transport` replaces the network for callbacks."""
    simulation = Simulation(settings or OperatorSettings(), OPERATIONS, callback_transport)
    access = OrangeAccess(simulation)
    orange = OrangeOperator(simulation, access)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        yield
        simulation.clock.reset()
        await simulation.callbacks.close()

    app = Litestar(
        route_handlers=[
            *MtnOperator(simulation).handlers(),
            *orange.handlers(),
            *OrangePayout(simulation, access).handlers(),
            *MoovOperator(simulation).handlers(),
            *Control(simulation, orange).handlers(),
            *Handsets(simulation).handlers(),
        ],
        exception_handlers={Denied: _answer, HTTPException: _not_here, Exception: _broken},
        openapi_config=None,
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )
    return OperatorsApplication(simulation, Front(app, simulation))


def _answer(_: AnyRequest, denied: Denied) -> Answer:
    return denied.answer


def _not_here(_: AnyRequest, refusal: HTTPException) -> Answer:
    """A path or method that no operator has."""
    return json_answer(refusal.status_code, {"error": refusal.detail})


def _broken(request: AnyRequest, error: Exception) -> Answer:
    """A fault of the simulator's own, which must not pass for one that it simulates."""
    logging.getLogger(__name__).error("%s %s", request.method, request.url.path, exc_info=error)
    return json_answer(500, {"error": "the simulator itself has failed; its log says how"})
