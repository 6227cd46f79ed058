"""How often a job is tried, and how long one run may take."""

from datetime import timedelta

import msgspec


class GiveUp(Exception):
    """Raised by a handler: trying again is of no use. The delivery fails at once and stays visible."""


class JobPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How a delivery is tried again.

    After the n-th failed run it waits `first_delay * factor ** (n - 1)`, at most `longest_delay`; after `max_attempts`
    runs it has failed. A run that takes longer than `timeout` is cancelled and counts as failed. Times in seconds.
    """

    max_attempts: int = 12
    first_delay: float = 2.0
    factor: float = 3.0
    longest_delay: float = 3600.0
    timeout: float = 300.0

    def delay_after(self, attempt: int) -> timedelta | None:
        """How long to wait after a failed run, or None where it was the last. `attempt` counts from 1."""
        if attempt >= self.max_attempts:
            return None
        grown = self.first_delay * self.factor ** min(attempt - 1, 60)
        return timedelta(seconds=min(grown, self.longest_delay))


DELIVERY = JobPolicy()
"""Events and jobs: 12 runs over about five hours."""

SCHEDULED = JobPolicy(max_attempts=3, first_delay=5.0, factor=4.0, longest_delay=60.0)
"""Runs by the clock: the next tick comes anyway."""
