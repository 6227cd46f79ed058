"""Reading what operators send: JSON of any shape, amounts, codes. Nothing here believes a type."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import Answer
from core.primitives.secret import Secret

MAX_TEXT = 256
MAX_CODE = 96
MIN_HIDDEN = 4
"""Secrets shorter than this are not looked for in codes: too much else would be hidden with them."""

_BEYOND = 10**15
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?\Z")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class Fields:
    """The fields of a JSON object, read tolerantly: what is missing or of another type is empty."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def text(self, name: str) -> str:
        """A text without the spaces around it, "" for anything else or more than 256 characters."""
        return self.whole_text(name, MAX_TEXT).strip()

    def whole_text(self, name: str, longest: int) -> str:
        """A text as it is, "" for anything else, more than `longest` characters, or a NUL, which nothing can keep."""
        value = self._fields.get(name)
        return value if isinstance(value, str) and len(value) <= longest and "\0" not in value else ""

    def scalar(self, name: str) -> str:
        """A text or a number, as text; "" for anything else."""
        value = self._fields.get(name)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return _number_text(value)
        return self.text(name)

    def amount(self, name: str) -> Decimal | None:
        """An amount, written as a number or as a text ("500", "12.50"); None for anything else."""
        written = self.scalar(name)
        return Decimal(written) if _AMOUNT.match(written) else None

    def object(self, name: str) -> "Fields":
        """An object, empty for anything else."""
        value = self._fields.get(name)
        return Fields(value) if isinstance(value, dict) else Fields({})


def _number_text(value: int | Decimal) -> str:
    if not -_BEYOND < value < _BEYOND:
        return ""
    if isinstance(value, int):
        return str(value)
    # written out, 1E-999999999 would not fit into the memory
    exponent = value.as_tuple().exponent
    return format(value, "f") if isinstance(exponent, int) and -12 <= exponent <= 15 else ""


def parse_object(body: bytes) -> Fields | None:
    """Read a JSON object; None for anything else."""
    try:
        value = _decoder.decode(body)
    except (msgspec.MsgspecError, ArithmeticError, ValueError, RecursionError):
        return None
    return Fields(value) if isinstance(value, dict) else None


def json_object(answer: Answer) -> Fields:
    """Read an answer that must be a JSON object and say so. Raises `Trouble`."""
    fields = parse_object(answer.body) if is_json(answer) else None
    if fields is None:
        raise Trouble(f"HTTP {answer.status}, unreadable")
    return fields


def error_object(answer: Answer) -> Fields:
    """Read an answer whose body may be empty, as those of refusals often are. Raises `Trouble` for HTML and the like:
    the page of a firewall says nothing of the operator (mobile-money.md section 2.11)."""
    return Fields({}) if not answer.body.strip() else json_object(answer)


def is_json(answer: Answer) -> bool:
    """Whether an answer says that it is JSON, or says nothing."""
    kind = answer.media_type
    return kind in ("", "application/json", "text/json") or (kind.startswith("application/") and kind.endswith("+json"))


def kept_code(code: str, secrets: Iterable[Secret | None]) -> str:
    """Make an operator's code fit to be kept: secrets that it echoed blotted out, on one line, without control
    characters, and then at most 96 characters, so that no secret is left by half."""
    for secret in secrets:
        value = secret.reveal() if secret is not None else ""
        if len(value) >= MIN_HIDDEN:
            code = code.replace(value, "***")
    shown = "".join(each if each.isprintable() else " " for each in code)
    return " ".join(shown.split())[:MAX_CODE]
