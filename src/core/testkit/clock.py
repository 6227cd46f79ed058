"""A clock that stands still until it is told otherwise."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 15, 12, 0, tzinfo=UTC)


class FakeClock:
    """Shows a moment, in UTC."""

    def __init__(self, now: datetime = START) -> None:
        if now.tzinfo is None:
            raise ValueError("a moment without a zone")
        self._now = now.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self._now += by

    def set(self, now: datetime) -> None:
        """Jump to a moment."""
        if now.tzinfo is None:
            raise ValueError("a moment without a zone")
        self._now = now.astimezone(UTC)
