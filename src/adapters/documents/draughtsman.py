"""The draughtsman: a process that draws charts with pygal, which holds more than 6 MiB once it is loaded
(docs/adr/0018): here they are not a web process's. How it takes orders: `adapters.documents.orders`; one is
`{"kind", "title", "labels", "series": [[name, [figure or null, …]], …], "locale"}`.

Of pygal's drawing the shapes and texts are kept. Its scripts, its remarks (which hold the day), its tooltips and its
style sheet are not: what is given out stands alone, says the same for the same figures, and uses only rules that
browsers and the press both know.
"""

import sys
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

from adapters.documents.numerals import shortened
from adapters.documents.orders import serve

MAX_ORDERS = 5000
WIDTH, HEIGHT = 800, 500
COLOURS = ("#1f5f8b", "#e08e45", "#3f8f5f", "#a33b54", "#6b5b95", "#7a7a7a")
NOTHING = {"fr": "Aucune donnée", "en": "No data"}
LONGEST_LABEL = 34

# pygal finds its maps by a finder of the old kind, which Python warns of at every import that comes after
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_SVG = "{http://www.w3.org/2000/svg}"
_DROPPED = frozenset({f"{_SVG}script", f"{_SVG}desc"})
_KINDS = {"bars": pygal.Bar, "rows": pygal.HorizontalBar, "lines": pygal.Line}

# the families: a face of the press's own, then whatever a reader has
_STYLE = """
text { font-family: "Libertinus Serif", "Helvetica Neue", Arial, sans-serif; fill: #333333; stroke: none; }
.graph > .background, .plot > .background { fill: #ffffff; stroke: none; }
.title { font-size: 19px; font-weight: bold; text-anchor: middle; }
.legends text { font-size: 14px; }
.axis text { font-size: 13px; }
.axis.x text { text-anchor: middle; }
.axis.y text { text-anchor: end; }
.axis.x text[transform] { text-anchor: start; }
.axis .line { fill: none; stroke: #555555; }
.axis .guide.line { stroke: #dddddd; }
.vertical .axis.x .guide.line, .horizontal .axis.y .guide.line { opacity: 0; }
.text-overlay .value { font-size: 13px; text-anchor: middle; }
.horizontal .text-overlay .value { text-anchor: start; }
.text-overlay .no_data { font-size: 24px; text-anchor: middle; fill: #777777; }
.dot { stroke-width: 1; }
.nofill { fill: none; }
.line.reactive { fill: none; stroke-width: 3; }
"""


def main() -> None:
    """Draw until the input ends."""
    serve(_draw, most=MAX_ORDERS)


def _draw(order: dict[str, Any]) -> tuple[bool, bytes]:
    locale = order["locale"]
    known = any(value for _, values in order["series"] for value in values)

    def written(value: float | None) -> str:
        return "" if value is None else shortened(value, locale)

    chart = _KINDS[order["kind"]](
        width=WIDTH,
        height=HEIGHT,
        margin=18,
        margin_right=45 if order["kind"] == "rows" else 18,
        js=(),
        css=(),
        no_prefix=True,
        style=Style(colors=COLOURS, title_font_size=19, legend_font_size=14, label_font_size=13, value_font_size=13),
        title=order["title"],
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        truncate_legend=LONGEST_LABEL,
        truncate_label=LONGEST_LABEL,
        show_legend=len(order["series"]) > 1,
        print_values=order["kind"] != "lines",
        print_values_position="top",
        value_formatter=written,
        zero=0,
        include_x_axis=True,
        max_scale=10,
        show_y_labels=known,
        no_data_text=NOTHING[locale],
        x_label_rotation=_rotation(order),
    )
    labels, series = order["labels"], order["series"]
    if order["kind"] == "rows":
        # pygal draws from the bottom up
        labels, series = labels[::-1], [(name, values[::-1]) for name, values in series]
    if known:
        chart.x_labels = labels
        for name, values in series:
            chart.add(name, values)
    return False, _cleaned(chart.render(), order)


def _rotation(order: dict[str, Any]) -> int:
    """Labels that would touch each other are turned."""
    longest = max((len(label) for label in order["labels"]), default=0)
    return 35 if order["kind"] != "rows" and longest * len(order["labels"]) > 90 else 0


def _cleaned(drawn: bytes, order: dict[str, Any]) -> bytes:
    root = etree.fromstring(drawn)
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is not None and (not isinstance(element.tag, str) or element.tag in _DROPPED):
            parent.remove(element)
    for tooltip in root.findall(f".//{_SVG}g[@class='tooltip']"):
        tooltip.getparent().remove(tooltip)
    lying = order["kind"] == "rows"
    for value in root.findall(f".//{_SVG}text[@class='value']"):
        # beside the end of its bar, not on it
        axis, distance = ("x", 0.0) if lying else ("y", -4.0)
        value.set(axis, str(float(value.get(axis)) + distance))
    colours = "".join(
        f".color-{place} {{ fill: {colour}; stroke: {colour}; }}\n.color-{place} .nofill {{ fill: none; }}\n"
        for place, colour in enumerate(COLOURS)
    )
    root.find(f"{_SVG}defs/{_SVG}style").text = colours + _STYLE
    root.attrib.pop("id", None)
    root.set("role", "img")
    name = etree.Element(f"{_SVG}title")
    name.text = order["title"]
    root.insert(0, name)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


if __name__ == "__main__":
    main()
