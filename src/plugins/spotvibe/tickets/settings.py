"""What an installation may set about tickets."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

import msgspec


class TicketsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`commission` is the installation's part of a sale in per cent, where the organiser's plan has none of its own
    (DECISIONS.md section 2, "Payment statut"). `hold_seconds` is how long a purchase that is not paid holds its seats;
    a job that runs every minute lets go of them, so that the default keeps within 15 minutes. `image_seconds` is how
    long the address of a ticket's QR is good."""

    commission: Decimal = Decimal(10)
    hold_seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 14 * 60
    image_seconds: Annotated[int, msgspec.Meta(ge=60, le=31_536_000)] = 3_600

    def __post_init__(self) -> None:
        if not self.commission.is_finite() or not 0 <= self.commission <= 100:
            raise ValueError("commission is a per cent: 0 to 100")

    @property
    def hold(self) -> timedelta:
        """How long seats are held."""
        return timedelta(seconds=self.hold_seconds)

    @property
    def image_lifetime(self) -> timedelta:
        """How long an address is good."""
        return timedelta(seconds=self.image_seconds)
