"""Email addresses: what a form accepts, and the form in which two are compared."""

import re

_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})+\Z")


def normalise_email(text: str) -> str | None:
    """Return an address as it is stored (trimmed, in lower case), or None where it is not one.

    The accepted form is that of HTML's email field (WHATWG), with a dot in the domain, at most 254 characters
    (RFC 5321 section 4.5.3.1).
    """
    address = text.strip()
    if len(address) > 254 or not _ADDRESS.match(address) or ".." in address or address.startswith("."):
        return None
    return address.lower()
