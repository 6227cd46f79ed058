"""Strangers' SVG made safe to show: bounded first, cleaned by a library, and then without a reference to anything
outside of itself.

The library (svg-hush) keeps what is known to be harmless: no script, no event handler, no foreign element. It rewrites
references to other hosts as references to our own, passes over CSS functions that are newer than it, and its memory
grows with the square of the nesting: so there are bounds before it and a last look after it.
"""

import asyncio
import re
from xml.etree import ElementTree
from xml.parsers import expat

from py_svg_hush import filter_svg

MAX_DEPTH = 64
MAX_ELEMENTS = 20_000
MAX_DRAWN = 100_000
"""Elements that are drawn once every `use` is followed: a few lines of them can ask for billions."""

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_ENCODINGS = (None, "utf-8", "us-ascii")
"""Two parsers read the file: it may not be read in two ways."""
_FUNCTIONS = frozenset(
    (
        *("calc", "clamp", "min", "max", "var", "rgb", "rgba", "hsl", "hsla", "url", "not", "nth-child"),
        *("matrix", "translate", "translatex", "translatey", "rotate", "scale", "scalex", "scaley", "skewx", "skewy"),
        *("blur", "brightness", "contrast", "drop-shadow", "grayscale", "hue-rotate", "invert", "opacity", "saturate"),
        *("sepia", "circle", "ellipse", "inset", "polygon", "path", "linear-gradient", "radial-gradient"),
        *("cubic-bezier", "steps"),
    )
)
# bounded and possessive: a long text costs what its length costs
_FUNCTION = re.compile(r"([\w-]{1,24})\(")
_OUTSIDE = re.compile(r"""\\|//|@(?!media\b|keyframes\b|supports\b)|\burl\(\s*+['"]?+\s*+(?!#)""", re.IGNORECASE)

ElementTree.register_namespace("", _NAMESPACE.strip("{}"))


async def clean_svg(data: bytes) -> bytes:
    """Return an SVG without what it could do or fetch. Raises `ValueError` for one that cannot be read, is too complex,
    or declares entities."""
    return await asyncio.to_thread(cleaned, data)


def cleaned(data: bytes) -> bytes:
    """What `clean_svg` returns, in the calling thread."""
    _check_bounds(data)
    try:
        root = ElementTree.fromstring(filter_svg(data, None))  # noqa: S314 - the library's own output, bounded above
    except ElementTree.ParseError as error:
        raise ValueError("the cleaned file cannot be read") from error
    if root.tag != f"{_NAMESPACE}svg":
        raise ValueError("the root element is no svg of the SVG namespace")
    for element in list(root.iter()):
        if element.tag == f"{_NAMESPACE}style":
            # what follows an element inside of a style is style as well, and the library has not looked at it
            css = "".join(element.itertext())
            del element[:]
            element.text = css if _stays_inside(css) else None
        for name, value in list(element.attrib.items()):
            if not (value.startswith("#") if name == "href" else _stays_inside(value)):
                del element.attrib[name]
    _check_drawn(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _check_bounds(data: bytes) -> None:
    """Raise `ValueError` for what is no XML, too deep or too long, in another encoding, or declares an entity."""
    data.decode()
    parser = expat.ParserCreate()
    depth = elements = 0

    def start(*_: object) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise ValueError("the file is too complex")

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def declare(_version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding and encoding.lower()) not in _ENCODINGS:
            raise ValueError("the file is not in UTF-8")

    def entity(*_: object) -> None:
        raise ValueError("the file declares entities")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.XmlDeclHandler, parser.EntityDeclHandler = declare, entity
    try:
        parser.Parse(data, True)  # noqa: FBT003 - a C function: "this is all"
    except expat.ExpatError as error:
        raise ValueError("the file is no XML") from error


def _stays_inside(text: str) -> bool:
    """Whether a text, were it CSS, names nothing outside of the file."""
    if _OUTSIDE.search(text):
        return False
    return "(" not in text or all(name.lower() in _FUNCTIONS for name in _FUNCTION.findall(text))


def _check_drawn(root: ElementTree.Element) -> None:
    """Raise `ValueError` where following every `use` draws too much, or never ends."""
    targets = {f"#{element.get('id')}": element for element in root.iter() if element.get("id")}
    known: dict[ElementTree.Element, int] = {}

    def drawn(element: ElementTree.Element, depth: int) -> int:
        if depth > 2 * MAX_DEPTH:
            raise ValueError("uses follow each other too far")
        if element not in known:
            used = targets.get(element.get("href", "")) if element.tag == f"{_NAMESPACE}use" else None
            followed = [*element, *([used] if used is not None else [])]
            known[element] = 1 + sum(drawn(each, depth + 1) for each in followed)
        return known[element]

    if drawn(root, 0) > MAX_DRAWN:
        raise ValueError("the file draws too much")
