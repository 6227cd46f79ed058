"""How the running installation is: the port through which a product tells of it."""

from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class Reach(StrEnum):
    """Whether a server that the installation needs answers."""

    CONNECTED = "connected"
    UNREACHABLE = "unreachable"
    NOT_CONFIGURED = "not_configured"


class Vitals(Protocol):
    """Readings of the running installation. Every one is taken when it is asked for; none raises because what it looks
    at is down, but `connections` and `workers`, which ask the database."""

    async def database(self) -> timedelta | None:
        """Return how long the database takes to answer; None where it does not."""
        ...

    async def redis(self) -> Reach:
        """Return whether Redis answers, where the installation has one."""
        ...

    async def queue(self) -> Reach:
        """Return whether the queue's server answers and holds the queue."""
        ...

    async def workers(self) -> int:
        """Return how many job workers are alive."""
        ...

    async def connections(self) -> int:
        """Return how many connections the database serves, to whichever client."""
        ...

    async def processor(self) -> float:
        """Return the share of the machine's processors that is in use, from 0 to 1."""
        ...

    def memory(self) -> float:
        """Return the share of the machine's memory that is in use, from 0 to 1."""
        ...

    def requests(self) -> int:
        """Return how many requests were answered in the last minute, by all processes of the server."""
        ...
