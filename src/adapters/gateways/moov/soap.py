"""SOAP 1.1 as Moov speaks it: envelopes, and answers read by local names (mobile-money.md sections 4A.1 and 4A.3).

Answers come with varying prefixes, namespaces and wrappers, and with a declared encoding that need not be the real
one. Documents with a DOCTYPE are refused before a parser sees them; entities, DTDs and the network are off besides.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
API = "http://api.merchant.tlc.com/"

Element = Any
"""An element of lxml's, which names no public type for it."""

_RESULTS = frozenset({"result", "return", "response"})
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)


def envelope(operation: str, children: Mapping[str, str | Mapping[str, str]]) -> bytes:
    """Write a request. The operation is in Moov's namespace, its children are in none."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE, "api": API})
    etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    call = etree.SubElement(body, f"{{{API}}}{operation}")
    for name, value in children.items():
        child = etree.SubElement(call, name)
        if isinstance(value, str):
            child.text = value
        else:
            for inner, text in value.items():
                etree.SubElement(child, inner).text = text
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def read_result(answer: Answer) -> dict[str, str]:
    """Return the fields of the one result that an answer holds, by their local names. Raises `Trouble` for faults, for
    pages, and for everything else in which not exactly one result can be found."""
    root = _parse(answer)
    if _local(root) != "Envelope":
        raise Trouble(f"HTTP {answer.status}, unreadable")
    # a fault first: it may hold a status of something else
    if any(_local(each) == "Fault" for each in root.iter()):
        raise Trouble("SOAP fault")
    if answer.status != 200:
        raise Trouble(f"HTTP {answer.status}")
    results = [each for each in root.iter() if _local(each) in _RESULTS and _has_status(each)]
    if len(results) != 1:
        raise Trouble("not one result in the answer")
    return _fields(results[0])


def _parse(answer: Answer) -> Element:
    if not _is_xml(answer):
        raise Trouble(f"HTTP {answer.status}, unreadable")
    try:
        text = _text(answer.body)
    except ValueError:
        raise Trouble("answer of unknown encoding") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Trouble("answer with a DOCTYPE")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(_DECLARATION.sub("", text, count=1).encode(), parser)
    except (etree.LxmlError, ValueError):
        raise Trouble(f"HTTP {answer.status}, unreadable") from None


def _is_xml(answer: Answer) -> bool:
    kind = answer.media_type
    return kind in ("", "text/xml", "application/xml") or kind.endswith("+xml")


def _text(body: bytes) -> str:
    """Decode by what the bytes show: samples declare UTF-16 for what is UTF-8. Raises `ValueError`."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding)
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("iso-8859-1") if _declares_latin(body) else body.decode()


def _declares_latin(body: bytes) -> bool:
    return re.match(rb"\s*<\?xml[^>]*encoding=[\"'](iso-8859-1|windows-1252)[\"']", body, re.IGNORECASE) is not None


def _local(element: Element) -> str:
    tag = element.tag
    return etree.QName(tag).localname if isinstance(tag, str) else ""


def _has_status(element: Element) -> bool:
    return any(_local(child) == "status" for child in element)


def _fields(result: Element) -> dict[str, str]:
    fields: dict[str, str] = {}
    for child in result:
        name = _local(child)
        if name in fields:
            raise Trouble("a field twice in the answer")
        if not len(child):
            fields[name] = (child.text or "").strip()
    return fields
