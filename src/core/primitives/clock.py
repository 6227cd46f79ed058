"""Time as the domain sees it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. The domain never reads the wall clock itself."""

    def now(self) -> datetime:
        """Return the present moment, in UTC with its zone."""
        ...
