"""Strict scalar types of requests, shared by all products.

A scalar is a msgspec type whose `Meta.extra["check"]` names a function that normalises the decoded value or raises
`Rejected`. The decode boundary (`adapters.http.decode`) runs the checks and reports every failing field at once.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar.datastructures import UploadFile
from msgspec import Meta

from core.primitives import messages
from core.primitives.amounts import MAX_INTEGER_DIGITS, fits_amount, round_amount
from core.primitives.email import normalise_email
from core.primitives.errors import Message

MAX_INT32 = 2**31 - 1
_LANGUAGE = re.compile("^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")


class Rejected(Exception):
    """A value that a check refuses, with the message that says why."""

    def __init__(self, message: Message, **params: Any) -> None:
        super().__init__(message.code)
        self.message = message
        self.params = params


Check = Callable[[Any], Any]


def check_text(value: str) -> str:
    """Trim; refuse blanks and control characters other than line breaks and tabs."""
    trimmed = check_free_text(value)
    if not trimmed:
        raise Rejected(messages.BLANK)
    return trimmed


def check_free_text(value: str) -> str:
    """Trim; refuse control characters other than line breaks and tabs. An empty text is allowed."""
    if not value.isprintable() and any(ord(sign) < 32 and sign not in "\t\n\r" for sign in value):
        raise Rejected(messages.FORBIDDEN_CHARACTER)
    return value.strip()


def check_amount(value: Decimal) -> Decimal:
    """Round to two places, half up; refuse negative, infinite, NaN and more than 12 integer digits (DECISIONS.md
    section 0)."""
    if not value.is_finite():
        raise Rejected(messages.NOT_NUMBER)
    if not fits_amount(value):
        raise Rejected(messages.TOO_MANY_DIGITS, maximum=MAX_INTEGER_DIGITS)
    if value < 0:
        raise Rejected(messages.TOO_SMALL, minimum=0)
    return round_amount(value)


def check_email(value: str) -> str:
    """Trim and fold an email address."""
    address = normalise_email(value)
    if address is None:
        raise Rejected(messages.NOT_EMAIL)
    return address


def check_url(value: str) -> str:
    """Accept an absolute http or https address without credentials."""
    text = check_text(value)
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise Rejected(messages.NOT_URL) from None
    if (
        parts.scheme.lower() not in ("http", "https")
        or not parts.hostname
        or parts.username is not None
        or not port_is_valid
        or any(sign.isspace() for sign in text)
    ):
        raise Rejected(messages.NOT_URL)
    return text


def check_language(value: str) -> str:
    """Accept a language tag."""
    text = check_text(value)
    if not _LANGUAGE.fullmatch(text):
        raise Rejected(messages.NOT_LANGUAGE)
    return text


def check_upload(value: Any) -> Any:
    """Accept an uploaded file, or the address of the present one, sent back; an empty text stands for it in a form."""
    if isinstance(value, UploadFile) or value == "":
        return value
    if not isinstance(value, str):
        raise Rejected(messages.NOT_FILE)
    try:
        return check_url(value)
    except Rejected:
        raise Rejected(messages.NOT_FILE) from None


def _extra(check: Check) -> dict[str, Check]:
    return {"check": check}


Name = Annotated[str, Meta(min_length=1, max_length=255, extra=_extra(check_text))]
"""A short text that is not blank."""

OptionalText = Annotated[str, Meta(max_length=255, extra=_extra(check_free_text))]
"""A short text that may be empty."""

LongText = Annotated[str, Meta(max_length=5000, extra=_extra(check_free_text))]
"""A text that may be empty, with line breaks."""

Amount = Annotated[
    Decimal,
    Meta(
        extra=_extra(check_amount),
        extra_json_schema={"type": "string", "format": "decimal", "examples": ["149.99"]},
    ),
]
"""An amount of money of two decimals, at most 12 integer digits, not negative; a string or a number."""

Quantity = Annotated[int, Meta(ge=0, le=MAX_INT32)]
"""A whole number from 0."""

PositiveQuantity = Annotated[int, Meta(ge=1, le=MAX_INT32)]
"""A whole number from 1."""

Email = Annotated[str, Meta(max_length=254, extra=_extra(check_email), extra_json_schema={"format": "email"})]
"""An email address, folded to lower case."""

Url = Annotated[str, Meta(max_length=2000, extra=_extra(check_url), extra_json_schema={"format": "uri"})]
"""An http or https address."""

Language = Annotated[
    str,
    Meta(min_length=2, max_length=35, extra=_extra(check_language), extra_json_schema={"pattern": _LANGUAGE.pattern}),
]
"""A language tag (RFC 5646): "fr", "en-GB"."""

Password = Annotated[str, Meta(max_length=1024)]
"""A password as it was typed: neither trimmed nor folded; the password rules judge it."""
