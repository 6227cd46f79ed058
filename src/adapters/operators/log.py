"""Every request that came and every callback that went, as it was seen, without secrets."""

import re
from collections import deque
from datetime import datetime
from typing import Literal

import msgspec

KEPT = 20_000
MAX_TEXT = 2_000

_SECRETS = "access_token|apiKey|api_key|pin|token|pay_token|notif_token|merchant_key|code_secret|client_secret|password"
_JSON_SECRET = re.compile(rf'("(?:{_SECRETS})"\s*:\s*)"[^"]*"')
_XML_SECRET = re.compile(rf"(<(?:\w+:)?(?:{_SECRETS})>)[^<]*(<)")
_FORM_SECRET = re.compile(rf"(^|&)((?:{_SECRETS}|code)=)[^&]*")


class LogEntry(msgspec.Struct, kw_only=True):
    """A request to an operator ("in") or a callback of one ("out"). `status` is 0 where nothing was answered, and
    `error` says why; `reference` is the merchant's, "" where there is none."""

    number: int
    at: datetime
    direction: Literal["in", "out"]
    operator: str
    method: str
    path: str
    status: int = 0
    error: str = ""
    reference: str = ""
    request: str = ""
    response: str = ""


def redacted(body: bytes) -> str:
    """A body as text, cut to what is readable, its secrets replaced."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16", "replace")
    else:
        text = body.decode("utf-8", "replace")
    text = _JSON_SECRET.sub(r'\1"***"', text)
    text = _XML_SECRET.sub(r"\1***\2", text)
    if "=" in text and not text.lstrip().startswith(("{", "[", "<")):
        text = _FORM_SECRET.sub(r"\1\2***", text)
    return text[:MAX_TEXT]


class Log:
    """The latest entries."""

    def __init__(self) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=KEPT)
        self._last = 0

    def write(
        self, at: datetime, direction: Literal["in", "out"], operator: str, method: str, path: str, body: bytes
    ) -> LogEntry:
        """Add an entry, to be completed by who wrote it."""
        self._last += 1
        entry = LogEntry(
            number=self._last,
            at=at,
            direction=direction,
            operator=operator,
            method=method,
            path=path,
            request=redacted(body),
        )
        self._entries.append(entry)
        return entry

    def entries(self, *, operator: str = "", reference: str = "", direction: str = "") -> list[LogEntry]:
        """The entries, oldest first, optionally of one operator, reference or direction."""
        return [
            each
            for each in self._entries
            if operator in ("", each.operator)
            and reference in ("", each.reference)
            and direction in ("", each.direction)
        ]

    def clear(self) -> None:
        """Forget every entry."""
        self._entries.clear()
