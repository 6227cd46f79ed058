"""Rate limits as handlers use them."""

from typing import Protocol


class RateLimiter(Protocol):
    """Counts what happens under a key in fixed windows of time, across all processes of the installation."""

    async def hit(self, key: str, limit: int, window_seconds: int = 60) -> None:
        """Count one. Raises `DomainError` of kind limited, with `retry_after`, once more than `limit` were counted in
        the present window; of kind unavailable where the count cannot be kept."""
        ...
