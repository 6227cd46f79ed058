"""The port of charts: figures drawn as SVG, for people who would rather look than read."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec

from core.primitives.locale import Locale


class Series(msgspec.Struct, frozen=True):
    """Figures of one kind, one for each label of the chart; None where there is none. They are written at the places
    that a chart has for them, large ones shortened ("12,5 M")."""

    name: str
    values: tuple[Decimal | int | None, ...]


class Charts(Protocol):
    """Draws charts (docs/adr/0018).

    What comes back is the text of an SVG document of 800 by 500 that stands alone: no script, no link, no font to be
    fetched. Numbers are written as the language writes them. Where no series has a figure, the chart says so. The same
    figures give the same text.

    All raise `DomainError` of kind unavailable where the draughtsman does not start or does not answer in time.
    """

    async def bars(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, locale: Locale = Locale.FR
    ) -> str:
        """Draw upright bars, those of a label beside each other."""
        ...

    async def rows(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, locale: Locale = Locale.FR
    ) -> str:
        """Draw lying bars, the first label on top: for labels too long to stand side by side."""
        ...

    async def lines(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, locale: Locale = Locale.FR
    ) -> str:
        """Draw a line for each series."""
        ...

    async def close(self) -> None:
        """Let go of what drawing holds."""
        ...
