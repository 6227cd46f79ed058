"""Strangers' SVG: what of it stays, what goes, and what is not taken at all."""

import asyncio
import time
from xml.etree import ElementTree

import pytest

from adapters.storage.svg import MAX_DEPTH, MAX_ELEMENTS, clean_svg, cleaned

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, more: str = "") -> bytes:
    """A picture that holds this."""
    return f"<svg {NAMESPACES} {more}>{inside}</svg>".encode()


PICTURE = svg(
    '<title>Icône f(x) @ 2024</title><defs><linearGradient id="g"><stop offset="0" stop-color="#f00"/></linearGradient>'
    "</defs><style>@media (prefers-color-scheme: dark) { .a { fill: rgb(0, 0, 0) } } .b { fill: url(#g) }</style>"
    '<path class="a" d="M0 0h10v10z" fill="url(#g)" style="stroke:blue" transform="rotate(45) scale(2)"/>'
    '<use xlink:href="#g"/><text x="1">a &amp; b</text>',
    'viewBox="0 0 10 10"',
)


def test_a_picture_stays_a_picture() -> None:
    text = cleaned(PICTURE).decode()
    root = ElementTree.fromstring(text)
    assert (root.tag, root.get("viewBox")) == ("{http://www.w3.org/2000/svg}svg", "0 0 10 10")
    for kept in (
        "Icône f(x) @ 2024",
        "@media (prefers-color-scheme: dark)",
        "fill: url(#g)",
        'fill="url(#g)"',
        'style="stroke:blue"',
        'transform="rotate(45) scale(2)"',
        'href="#g"',
        "a &amp; b",
    ):
        assert kept in text, kept
    assert cleaned(text.encode()) == cleaned(cleaned(text.encode())), "cleaning what is clean changes nothing"


ACTIVE = {
    "script": svg("<script>alert('evil')</script>"),
    "script in CDATA": svg("<script><![CDATA[alert('evil')]]></script>"),
    "handler of the root": svg("<rect/>", 'onload="evil()"'),
    "handlers": svg('<rect onclick="evil()" onmouseover="evil()" ONFOCUS="evil()"/>'),
    "link that runs": svg('<a href="javascript:evil()"><text>x</text></a><a xlink:href="javascript:evil()"/>'),
    "animated link": svg('<a><animate attributeName="href" values="javascript:evil()"/></a>'),
    "animated handler": svg('<rect><set attributeName="onmouseover" to="evil()"/></rect>'),
    "foreign object": svg('<foreignObject><b xmlns="http://www.w3.org/1999/xhtml">evil</b></foreignObject>'),
    "HTML": svg('<h:script xmlns:h="http://www.w3.org/1999/xhtml">evil</h:script>'),
    "XML events": svg('<handler xmlns="http://www.w3.org/2001/xml-events">evil()</handler>'),
    "style sheet of the document": b'<?xml-stylesheet href="https://evil.example/a.xsl" type="text/xsl"?>' + svg(""),
    "another program": svg("<?php evil() ?>"),
    "comment": svg("<!-- evil -->"),
}
OUTSIDE = {
    "image": svg('<image href="https://evil.example/a.png"/><image xlink:href="//evil.example/a.png"/>'),
    "image of ours": svg('<image href="/evil.png"/>'),
    "data image": svg('<image href="data:image/svg+xml;base64,ZXZpbA=="/>'),
    "use": svg('<use href="https://evil.example/a.svg#a"/><use xlink:href="evil.svg#a"/>'),
    "paint": svg('<rect fill="url(https://evil.example/#a)" filter="url(evil.svg#a)"/>'),
    "style attribute": svg('<rect style="fill: url(https://evil.example/#a)"/>'),
    "newer CSS function": svg("""<rect style="fill: image-set('https://evil.example/a.png' 1x)"/>"""),
    "newer CSS function in a style": svg('<style>a { background: image-set("evil.png" 1x) }</style>'),
    "function of no list": svg('<style>a { background: src("evil.png") }</style>'),
    "import": svg('<style>@import url("https://evil.example/a.css");</style>'),
    "import by text": svg('<style>@import "https://evil.example/a.css";</style>'),
    "escaped import": svg('<style>@\\69mport "https://evil.example/a.css";</style>'),
    "escaped url": svg("<style>a { background: \\75rl(https://evil.example/a) }</style>"),
    "url in capitals": svg("<style>a { background: URL(  'evil.png') }</style>"),
    "font": svg("<style>@font-face { src: url(https://evil.example/a.woff) }</style>"),
    "import behind an element in a style": svg('<style>a {}<g/>@import "https://evil.example/a.css";</style>'),
    "address of the document": svg("<rect/>", 'xml:base="https://evil.example/"'),
    "ping": svg('<a ping="https://evil.example/"/>'),
}


@pytest.mark.parametrize("name", [*ACTIVE, *OUTSIDE])
def test_what_runs_or_reaches_outside_goes(name: str) -> None:
    clean = cleaned((ACTIVE | OUTSIDE)[name])
    assert b"evil" not in clean.lower()
    assert ElementTree.fromstring(clean).tag == "{http://www.w3.org/2000/svg}svg"


def laughs(levels: int) -> bytes:
    """Entities that grow tenfold at each level."""
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, levels))
    return f'<!DOCTYPE svg [<!ENTITY e0 "ha">{entities}]>'.encode() + svg(f"<text>&e{levels - 1};</text>")


def used(levels: int) -> bytes:
    """Elements that are drawn tenfold at each level."""
    groups = "".join(f'<g id="u{level}">{f"""<use href="#u{level - 1}"/>""" * 10}</g>' for level in range(1, levels))
    return svg(f'<rect id="u0"/>{groups}')


REFUSED = {
    "nothing": b"",
    "text": b"hello",
    "HTML": b"<html><svg/></html>",
    "SVG of no namespace": b"<svg><rect/></svg>",
    "prefixed": b'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:rect/></s:svg>',
    "another root": f"<x {NAMESPACES}><svg/></x>".encode(),
    "two roots": svg("") + svg(""),
    "cut": svg("<rect/>")[:-8],
    "NUL": svg("<text>\0</text>"),
    "UTF-16": svg("<rect/>").decode().encode("utf-16"),
    "another encoding": b'<?xml version="1.0" encoding="utf-7"?>' + svg(""),
    "no UTF-8": svg("<text>\xe9</text>").decode().encode("latin-1"),
    "billion laughs": laughs(10),
    "one laugh": laughs(1),
    "file of the system": b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg("<text>&a;</text>"),
    "parameter entity": b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "https://evil.example/a.dtd"> %a;]>' + svg(""),
    "long entity, often": f'<!DOCTYPE svg [<!ENTITY a "{"a" * 100_000}">]>'.encode() + svg("&a;" * 100_000),
    "too deep": svg("<g>" * MAX_DEPTH + "</g>" * MAX_DEPTH),
    "much too deep": svg("<g>" * 100_000 + "</g>" * 100_000),
    "too many elements": svg("<g/>" * MAX_ELEMENTS),
    "a billion of uses": used(10),
    "use of itself": svg('<g id="a"><use href="#a"/></g>'),
    "uses in a circle": svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'),
    "many attributes": svg("<rect " + " ".join(f'data-a{number}="1"' for number in range(5000)) + "/>"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_harmless_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the reason
        cleaned(REFUSED[name])


def test_a_doctype_without_entities_is_taken() -> None:
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    assert b"DOCTYPE" not in cleaned(b'<?xml version="1.0" encoding="UTF-8"?>' + doctype + svg("<rect/>"))


def test_uses_within_bounds_stay() -> None:
    assert cleaned(used(4)).count(b"<use") == 30


@pytest.mark.parametrize(
    "inside",
    [
        "<style>" + "a" * 1_900_000 + "</style>",
        "<style>url(" + " " * 1_900_000 + "</style>",
        "<style>" + "url( " * 380_000 + "</style>",
        "<style>" + "a{fill:url(#a)}" * 120_000 + "</style>",
        '<path d="' + "M0 0h1" * 310_000 + '"/>',
        '<path d="M0 0h1" class="' + "a " * 40 + '"/>' * 1 + '<path d="M0 0h1"/>' * (MAX_ELEMENTS - 10),
    ],
)
def test_two_megabytes_cost_what_their_length_costs(inside: str) -> None:
    begun = time.monotonic()
    cleaned(svg(inside))
    assert time.monotonic() - begun < 20, "seconds: a quadratic pass takes minutes"


async def test_others_are_served_meanwhile() -> None:
    cleaning = asyncio.create_task(clean_svg(svg('<path d="M0 0h1"/>' * 15_000)))
    turns = 0
    while not cleaning.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert b"<path" in await cleaning
    assert turns > 3
