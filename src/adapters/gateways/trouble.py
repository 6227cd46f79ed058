"""What keeps an operator's answer from being known."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.payments.gateway import Observation, Outcome, Reason, State, Submission


class Trouble(Exception):
    """No answer, or none that can be read. `code` is for people to read and holds nothing secret; `reason` is the
    canonical one (mobile-money.md section 7). A gateway makes `unknown` of it, it never leaves a gateway."""

    def __init__(self, code: str, reason: Reason = Reason.OPERATOR_UNAVAILABLE) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason

    def submission(self) -> Submission:
        """A command that may or may not have been carried out."""
        return Submission(outcome=Outcome.UNKNOWN, reason=self.reason, code=self.code)

    def observation(self) -> Observation:
        """A question that was not answered."""
        return Observation(state=State.UNKNOWN, reason=self.reason, code=self.code)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Bound what is done within, all its calls together. Raises `Trouble` at the end of the time."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Trouble("timeout") from None
