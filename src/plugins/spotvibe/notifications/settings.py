"""What an installation may set about notifications."""

from typing import Annotated

import msgspec


class NotificationsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`digest_hour` is the hour of the morning, in the installation's time zone, at which summaries are sent; weekly
    ones on Monday. `batch` users are told in one transaction of a bulk sending. A user keeps at most `devices` push
    tokens."""

    digest_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 7
    batch: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 200
    devices: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
