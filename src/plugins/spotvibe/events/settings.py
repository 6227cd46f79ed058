"""What an installation may set about events."""

from typing import Annotated

import msgspec


class EventsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`events_per_month` is how many events an organiser without a subscription may make in a calendar month of the
    installation's zone; `max_cover` is a size in megabytes."""

    events_per_month: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 3
    max_cover: Annotated[int, msgspec.Meta(ge=1, le=50)] = 5
