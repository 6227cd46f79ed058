"""Phone numbers as they are written down, and who is asked before one is used."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.access.principal import Caller
from core.numbers import Numbers
from core.primitives.phone import compact_phone, phone_forms
from core.testkit.numbers import FakeNumberGuard

BENIN = (
    *("+2290197000001", "2290197000001", "002290197000001"),
    *("+22997000001", "22997000001", "0022997000001"),
    *("0197000001", "97000001"),
)


class ReadingWorks:
    """Counts the works that are opened to read."""

    def __init__(self) -> None:
        self.opened = 0

    @asynccontextmanager
    async def reading(self, caller: Caller) -> AsyncIterator[Any]:
        """Open one."""
        self.opened += 1
        yield object()


@pytest.mark.parametrize("text", [*BENIN, "+229 01 97 00 00 01", "97-00.00 01", "00229 97 00 00 01"])
def test_a_number_of_the_region_has_all_its_forms(text: str) -> None:
    forms = phone_forms(text, "BJ")
    assert set(forms) == {*BENIN, compact_phone(text)}
    assert forms[0] == compact_phone(text), "as it is given comes first"


def test_a_number_of_another_country_is_written_with_its_code() -> None:
    abroad = {"+33612345678", "33612345678", "0033612345678"}
    assert set(phone_forms("+33 6 12 34 56 78", "BJ")) == abroad
    assert set(phone_forms("+33 6 12 34 56 78", "FR")) == {*abroad, "612345678", "0612345678"}
    assert set(phone_forms("22890000000", "BJ")) == {"22890000000", "+22890000000", "0022890000000"}


@pytest.mark.parametrize(
    "text", ["", "abc", "12", "+", "1" * 200, "٠١٩٧٠٠٠٠٠١", "0" * 20, "+999999999999", "97\x000000"]
)
def test_what_cannot_be_a_number_has_the_form_that_it_has(text: str) -> None:
    assert phone_forms(text, "BJ") == (text,)


async def test_one_guard_is_enough_and_none_costs_nothing() -> None:
    works: Any = ReadingWorks()
    numbers = Numbers(works, "BJ")
    assert not await numbers.blocked("+2290197000001")
    assert works.opened == 0
    guard = FakeNumberGuard()
    numbers.add_guards(FakeNumberGuard(), guard)
    assert not await numbers.blocked("+2290197000001")
    guard.block("97 00 00 01")
    assert await numbers.blocked("+2290197000001")
    assert not await numbers.blocked("+2290197000002")
    assert works.opened == 3


async def test_an_open_unit_of_work_is_asked_in() -> None:
    works: Any = ReadingWorks()
    seen: list[Any] = []

    class Watching(FakeNumberGuard):
        async def blocks(self, work: Any, forms: tuple[str, ...]) -> bool:
            seen.append(work)
            return await super().blocks(work, forms)

    numbers = Numbers(works, "BJ")
    numbers.add_guards(Watching("97000001"))
    work: Any = object()
    assert await numbers.blocked("+2290197000001", work)
    assert (seen, works.opened) == ([work], 0)
