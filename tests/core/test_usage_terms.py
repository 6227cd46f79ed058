"""Counted features: who says how much somebody may use."""

from typing import Any

import pytest

from core.access.usage import Allowance, Terms, Usage
from core.work import Work

FEATURE = "trial_events"
WORK: Any = None
"""Terms are asked for in some unit of work, which these sources do not look at."""


class Untouched:
    """A store that nobody may ask: terms are known without counting."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the store was asked to {name}")


def usage_of(standard: Terms | None) -> Usage:
    """Usage with one feature."""
    usage = Usage(Untouched())

    async def source(work: Work, subject: str, hold: bool) -> Terms | None:
        return standard

    usage.declare(FEATURE, source)
    return usage


def sells(usage: Usage, buyers: dict[str, Terms], asked: list[str]) -> None:
    """Add a source that speaks for some subjects."""

    async def source(work: Work, subject: str, hold: bool) -> Terms | None:
        asked.append(subject)
        return buyers.get(subject)

    usage.add_source(FEATURE, source)


async def test_everybody_has_the_terms_of_who_declares_the_feature() -> None:
    usage = usage_of(Terms(3, "2026-11"))
    assert await usage.terms(WORK, FEATURE, "7") == Terms(3, "2026-11")
    assert usage.counts(FEATURE)
    assert not usage.counts("other")


async def test_a_source_speaks_for_its_own_subjects_alone() -> None:
    usage = usage_of(Terms(3))
    sells(usage, {"7": Terms(None, "2026-11")}, [])
    assert await usage.terms(WORK, FEATURE, "7") == Terms(None, "2026-11")
    assert await usage.terms(WORK, FEATURE, "8") == Terms(3)


async def test_the_source_that_was_added_last_is_asked_first() -> None:
    usage = usage_of(Terms(3))
    older, newer = [], []
    sells(usage, {"7": Terms(5), "8": Terms(5)}, older)
    sells(usage, {"7": Terms(50)}, newer)
    assert await usage.terms(WORK, FEATURE, "7") == Terms(50)
    assert (newer, older) == (["7"], [])
    assert await usage.terms(WORK, FEATURE, "8") == Terms(5)
    assert older == ["8"]


async def test_nobody_may_use_what_no_source_speaks_of() -> None:
    assert await usage_of(None).terms(WORK, FEATURE, "7") == Terms(0)


async def test_a_feature_is_declared_once_and_sold_only_then() -> None:
    usage = usage_of(Terms(3))
    with pytest.raises(ValueError, match=FEATURE):
        usage.declare(FEATURE, usage.terms)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        usage.add_source("other", usage.terms)  # type: ignore[arg-type]
    with pytest.raises(KeyError):
        await usage.terms(WORK, "other", "7")


@pytest.mark.parametrize(("limit", "used", "left"), [(5, 2, 3), (5, 5, 0), (5, 9, 0), (0, 0, 0), (None, 9, None)])
def test_what_is_left_is_never_below_nothing(limit: int | None, used: int, left: int | None) -> None:
    assert Allowance(limit, used).left == left
