"""Charts by the draughtsman (docs/adr/0018): in a process of its own, standing alone, in both languages."""

import sys
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from lxml import etree

from adapters.documents.charts import SvgCharts
from adapters.documents.numerals import shortened
from core.documents.charts import Series
from core.primitives.errors import DomainError, Kind
from core.primitives.locale import Locale


@pytest.fixture
async def charts() -> AsyncIterator[SvgCharts]:
    """A draughtsman, closed afterwards."""
    made = SvgCharts()
    yield made
    await made.close()


@pytest.mark.parametrize("kind", ["bars", "rows", "lines"])
async def test_a_chart_stands_alone(charts: SvgCharts, kind: str) -> None:
    title = "Fête <script>alert(1)</script> & co"
    series = [Series("Été", (Decimal(12500000), 3, None)), Series("Hiver", (1, 2, 3))]
    drawn = await getattr(charts, kind)(title, ["négociation", "<b>", "c"], series)
    root = etree.fromstring(drawn.encode())
    names = {etree.QName(each).localname for each in root.iter()}
    assert names.isdisjoint({"script", "foreignObject", "image", "a", "use"})
    texts = {text.strip() for text in root.itertext()}
    assert {"négociation", "<b>", title} <= texts
    assert "http" not in drawn.replace("http://www.w3.org/", "")
    assert await getattr(charts, kind)(title, ["négociation", "<b>", "c"], series) == drawn
    assert "pygal" not in sys.modules, "drawn in a process of its own"


async def test_nothing_to_draw_is_said(charts: SvgCharts) -> None:
    for series in ([], [Series("a", ())], [Series("a", (0, None))]):
        assert "Aucune donnée" in await charts.bars("Vide", ["x", "y"], series)
        assert "No data" in await charts.rows("Empty", ["x", "y"], series, locale=Locale.EN)


async def test_a_draughtsman_that_cannot_start_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DomainError) as refused:
        await SvgCharts().bars("x", ["a"], [Series("s", (1,))])
    assert refused.value.kind is Kind.UNAVAILABLE


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [
        (0.0, "0", "0"),
        (0.5, "0,5", "0.5"),
        (250000.0, "250\u00a0000", "250,000"),
        (999999.994, "999\u00a0999,99", "999,999.99"),
        (999999.996, "1\u00a0M", "1M"),
        (12500000.0, "12,5\u00a0M", "12.5M"),
        (-1250000000.0, "-1,25\u00a0Md", "-1.25B"),
        (2.5e12, "2\u00a0500\u00a0Md", "2,500B"),
    ],
)
def test_numbers_are_short(number: float, french: str, english: str) -> None:
    assert (shortened(number, "fr"), shortened(number, "en")) == (french, english)
