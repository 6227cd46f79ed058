"""What an installation may set about quotes."""

from datetime import timedelta
from typing import Annotated

import msgspec


class DevisSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`link_days` is how long the link of a quote opens it. With `opens_project`, accepting a quote opens a project of
    its client (DECISIONS.md section 5, "Quotes"), where projects are switched on."""

    link_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 30
    opens_project: bool = False

    @property
    def link_lifetime(self) -> timedelta:
        """How long a link is good."""
        return timedelta(days=self.link_days)
