"""Moov's SOAP 1.1: calls read, answers and faults written (mobile-money.md sections 4A.1 and 4A.3)."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response
from lxml import etree

from adapters.operators.answers import Answer
from adapters.operators.switches import MoovSwitches

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MERCHANT = "http://api.merchant.tlc.com/"
OTHER = "http://tlc.com.ph/"

INNER = {
    "PushWithPending": "result",
    "getTransactionStatus": "response",
    "transferFlooz": "return",
    "getBalance": "return",
    "getMobileAccountStatus": "return",
}
"""The element that holds the fields of each operation's answer, as it is documented."""

TEXTS = {
    "0": "SUCCESS",
    "1": "Account not allowed to use this method",
    "2": "Account not allowed on this transaction",
    "3": "Number invalid",
    "4": "Unauthorised",
    "6": "Destination not allowed to receive",
    "7": "Destination locked",
    "8": "Username or password error",
    "9": "Destination inactive",
    "10": "Insufficient balance",
    "11": "Amount above the maximum",
    "12": "Amount below the minimum",
    "91": "Parameters incomplete",
    "92": "USSD timeout or cancelled by the customer",
    "94": "Transaction does not exist",
    "95": "Transaction failed",
    "98": "Invalid token",
    "99": "System busy",
    "100": "Pending, awaiting PIN",
    "555": "Subscriber not registered",
}
Element = Any
"""An element of lxml's, which names no public type for it."""

PENDING_TEXT = "Transaction is pending"


class SoapFault(Exception):
    """A call that gets a fault with HTTP 500. The argument is the fault's text."""


class SoapCall(msgspec.Struct, frozen=True):
    """An operation with its children: `fields` those directly in it, `request` those in its `request` element."""

    operation: str
    fields: Mapping[str, str]
    request: Mapping[str, str]

    def whole(self, name: str) -> int:
        """A whole number. Raises `SoapFault`, as Moov's server does for anything else (section 4A.6)."""
        text = self.request.get(name) if self.request else self.fields.get(name)
        text = (text or "").strip()
        if not (text.isascii() and text.isdigit()):
            raise SoapFault(f'For input string: "{text}"')
        return int(text)


def read_call(body: bytes) -> SoapCall:
    """Read an envelope. Raises `SoapFault` for what is none, for a wrong namespace, and for an unknown operation.

    A document type is refused: nothing of a request is ever expanded or fetched.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise SoapFault("Error reading XMLStreamReader") from None
    document: Any = root.getroottree().docinfo
    if document.doctype:
        raise SoapFault("Error reading XMLStreamReader")
    if root.tag != f"{{{SOAP}}}Envelope":
        raise SoapFault("A SOAP 1.1 envelope is expected")
    found = root.find(f"{{{SOAP}}}Body")
    if found is None or len(found) != 1:
        raise SoapFault("A body with one operation is expected")
    name = etree.QName(found[0])
    if name.namespace != MERCHANT:
        raise SoapFault(f"Message part {{{name.namespace}}}{name.localname} was not recognized.")
    if name.localname not in INNER:
        raise SoapFault(f"Unknown operation {name.localname}")
    inner = found[0].find("request")
    return SoapCall(name.localname, _children(found[0]), {} if inner is None else _children(inner))


def write_answer(operation: str, fields: Mapping[str, str], switches: MoovSwitches) -> Answer:
    """An answer, in the form that the switches ask for."""
    namespace = OTHER if switches.namespace == "tlc" else MERCHANT
    prefixes: Any = {switches.prefix or None: namespace}
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    answer = etree.SubElement(body, f"{{{namespace}}}{operation}Response", nsmap=prefixes)
    # without a prefix the namespace is the default one, which holds for everything inside
    qualify = f"{{{namespace}}}" if switches.qualified or not switches.prefix else ""
    holder = etree.SubElement(answer, qualify + (switches.inner or INNER[operation]))
    for name, value in fields.items():
        etree.SubElement(holder, qualify + name).text = value
    return _document(200, envelope, utf16=switches.utf16)


def write_fault(text: str, *, utf16: bool = False) -> Answer:
    """A fault with HTTP 500."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    fault = etree.SubElement(etree.SubElement(envelope, f"{{{SOAP}}}Body"), f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = "soap:Server"
    etree.SubElement(fault, "faultstring").text = text
    return _document(500, envelope, utf16=utf16)


def _children(element: Element) -> dict[str, str]:
    """The children by tag. Moov's have no namespace: one that has goes by another name, and is not seen (4A.1)."""
    return {str(each.tag): each.text or "" for each in element}


def _document(status: int, envelope: Element, *, utf16: bool) -> Answer:
    encoding = "UTF-16" if utf16 else "UTF-8"
    content: Any = etree.tostring(envelope, encoding=encoding, xml_declaration=True)
    return Response(bytes(content), status_code=status, media_type=f"text/xml; charset={encoding.lower()}")
