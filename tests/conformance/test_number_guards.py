"""Every number guard passes the suite that ships in the testkit, the fake among them."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.db.work import PgWorks
from core.numbers import Numbers
from core.testkit.numbers import FakeNumberGuard, NumberGuardConformance
from plugins.driven.blacklist.http import Entry
from plugins.driven.blacklist.service import LISTING, BlacklistGuard
from plugins.driven.blacklist.store import BlacklistStore


class TestFakeNumberGuard(NumberGuardConformance):
    """The fake behaves like a guard."""

    @pytest.fixture(autouse=True)
    def _keep(self, works: PgWorks) -> None:
        self._works = works

    async def guarded(self, blocked: str) -> Numbers:
        numbers = Numbers(self._works, "BJ")
        numbers.add_guards(FakeNumberGuard(), FakeNumberGuard(blocked))
        return numbers


class TestBlacklistGuard(NumberGuardConformance):
    """driven's blacklist."""

    @pytest.fixture(autouse=True)
    def _keep(self, works: PgWorks, owner: Any) -> None:
        self._works = works
        self._owner = owner

    async def guarded(self, blocked: str) -> Numbers:
        await self._owner.execute("delete from driven_blacklist")
        await self._owner.execute("insert into driven_blacklist (numero) values ($1)", blocked)
        numbers = Numbers(self._works, "BJ")
        numbers.add_guards(BlacklistGuard(BlacklistStore(Entry, listing=LISTING, time_zone=ZoneInfo("UTC"))))
        return numbers
