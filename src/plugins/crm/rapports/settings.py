"""What an installation may set about reports."""

from datetime import timedelta
from typing import Annotated

import msgspec

Rows = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]


class RapportsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An export of up to `at_once` rows is answered at once; one of more is a job (DECISIONS.md section 5, "Reports");
    one of more than `most` is refused, and asks for narrower filters. The file of a job is there for `kept_days`."""

    at_once: Rows = 20_000
    most: Rows = 500_000
    kept_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 7

    @property
    def kept(self) -> timedelta:
        """How long the file of a job is there."""
        return timedelta(days=self.kept_days)
