"""Charts by the draughtsman, a child process that is started when the first one is ordered (docs/adr/0018)."""

from collections.abc import Sequence

import msgspec

from adapters.documents.workshop import PATIENCE_SECONDS, Workshop
from core.documents.charts import Series
from core.primitives.locale import Locale


class SvgCharts:
    """Orders charts of a draughtsman, one after the other. Every process that orders any has one of its own."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._draughtsman = Workshop("adapters.documents.draughtsman", patience=patience)

    async def bars(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, locale: Locale = Locale.FR
    ) -> str:
        """Draw upright bars."""
        return await self._drawn("bars", title, labels, series, locale)

    async def rows(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, locale: Locale = Locale.FR
    ) -> str:
        """Draw lying bars."""
        return await self._drawn("rows", title, labels, series, locale)

    async def lines(
        self, title: str, labels: Sequence[str], series: Sequence[Series], *, locale: Locale = Locale.FR
    ) -> str:
        """Draw lines."""
        return await self._drawn("lines", title, labels, series, locale)

    async def close(self) -> None:
        """End the draughtsman."""
        await self._draughtsman.close()

    async def _drawn(
        self, kind: str, title: str, labels: Sequence[str], series: Sequence[Series], locale: Locale
    ) -> str:
        figures = [(each.name, [None if value is None else float(value) for value in each.values]) for each in series]
        order = {"kind": kind, "title": title, "labels": list(labels), "series": figures, "locale": locale.value}
        return (await self._draughtsman.make(msgspec.json.encode(order))).decode()
