"""What an installation may set about tasks."""

from typing import Annotated, Literal

import msgspec


class TachesSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`reminder_hour` is the hour of the morning, in the installation's time zone, from which reminders of the day are
    sent; `reminders` is how members are reminded who have said nothing."""

    reminder_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 7
    reminders: Literal["IMMEDIATE", "QUOTIDIEN", "JAMAIS"] = "IMMEDIATE"
