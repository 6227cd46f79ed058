"""What writers of tables share: rows are taken in batches, and each batch is written in a thread."""

import asyncio
import re
from threading import Lock
from typing import Any, Protocol, TypeVar

from core.documents.tables import Batches

_FORMULA_SIGNS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the beginning of a formula; the full-width forms too, which some of them fold."""
_BLANKS = "\t\r\n\v\f\x1c\x1d\x1e\x1f \u00a0\u2000\u2001\u2002\u2003\u2007\u2009\u202f\u3000\ufeff\u200b"
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,15})?\Z")
_PHONE = re.compile(r"\+[0-9]{1,4}([ .\u00a0\u202f]?[0-9]{1,12}){1,8}\Z")
"""International: digits in groups. With dashes it would be a subtraction, and is treated as any other text."""

R = TypeVar("R")


def would_run(text: str) -> bool:
    """Whether a spreadsheet that opens a CSV file might run a text (OWASP, "CSV Injection"; DECISIONS.md section 5,
    "Reports"): it begins with =, +, -, @ or a tab, blanks apart. Numbers and phone numbers do no harm."""
    if not text:
        return False
    if text[0] in "\t\r":
        return True
    begins = text.lstrip(_BLANKS)[:1]
    if begins not in _FORMULA_SIGNS or not begins:
        return False
    return not (_NUMBER.match(text) or _PHONE.match(text))


class Sheet(Protocol):
    """A file being written. Its methods block."""

    def add(self, rows: Any) -> None:
        """Write some rows."""
        ...

    def finish(self) -> None:
        """Write what is left, and close the file."""
        ...

    def abandon(self) -> None:
        """Close what is open, and leave no other file behind."""
        ...


async def fill(sheet: Sheet, batches: Batches) -> int:
    """Write batches into a sheet, each in a thread; return the number of rows. Where it fails or is cancelled, the
    sheet is abandoned, once the thread at work has left it."""
    turn = Lock()

    def alone(act: Any, *arguments: Any) -> None:
        with turn:
            act(*arguments)

    count = 0
    try:
        async for rows in batches:
            await asyncio.to_thread(alone, sheet.add, rows)
            count += len(rows)
        await asyncio.to_thread(alone, sheet.finish)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(alone, sheet.abandon))
        raise
    return count
