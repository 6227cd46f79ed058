"""What is waiting, what has failed: for `socle doctor`, metrics and the administration."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class JobsReport(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the outbox.

    `waiting` counts open deliveries by handler name; `orphaned` those of them whose handler is not enabled here, which
    wait until its plugin is switched on again; `failed` those that were given up; `oldest` is when the oldest open
    delivery with an enabled handler was recorded; `workers` are the job workers alive.
    """

    waiting: Mapping[str, int]
    orphaned: Mapping[str, int]
    failed: Mapping[str, int]
    oldest: datetime | None
    workers: int
