"""The statements that the connections of an installation run.

Transaction control and the tenant setting are not counted; every other statement is, whatever table it touches
(DESIGN.md section 10).
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from adapters.db import database
from tests.installation import Api, Installed

CONTROL = re.compile(r"\s*(begin|commit|rollback|set local|select set_config|select pg_notify)\b", re.IGNORECASE)


class Counter:
    """The statements that a request ran."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    async def begin(self) -> None:
        """Count from here on. The driver tells its loggers in the loop's next turn."""
        await asyncio.sleep(0)
        self.statements.clear()

    async def heard(self) -> list[str]:
        """What was counted."""
        await asyncio.sleep(0)
        return list(self.statements)

    def hear(self, logged: Any) -> None:
        """Keep a statement unless it only controls a transaction, or is the driver's look at a type, which it takes
        once for each connection."""
        if "typeinfo_tree" in logged.query or "set_config('jit'" in logged.query:
            return
        parts = [part for part in logged.query.split(";") if part.strip()]
        if not all(CONTROL.match(part) for part in parts):
            self.statements.append(" ".join(logged.query.split()))


async def cost(counter: Counter, installed: Installed, reader: Api, path: str) -> list[str]:
    """Read something whose reader nobody remembers; the statements it ran."""
    installed.composition.access.forget()
    await counter.begin()
    answer = await reader.get(path)
    ran = await counter.heard()
    assert answer.status_code == 200, answer.text
    return ran


@contextmanager
def telling(counter: Counter) -> Iterator[None]:
    """Have every connection that an installation opens in this block tell a counter what it runs."""
    prepare = database._prepare

    async def prepare_and_listen(connection: Any) -> None:
        await prepare(connection)
        connection.add_query_logger(counter.hear)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_prepare", prepare_and_listen)
        yield
