"""What stands in the way of a deletion: how often other slices refer to a thing.

Nothing of a customer's history vanishes with one request: a client that has projects, opportunities or tasks, and a
project that has tasks, are not deleted; the answer counts them. The foreign keys say the same where requests run in
parallel, and where the slice that keeps the rows is switched off.
"""

from collections.abc import Awaitable, Callable

import msgspec

from core.primitives.locale import Locale
from core.work import Work

Count = Callable[[Work, int], Awaitable[int]]


class Use(msgspec.Struct, frozen=True):
    """One kind of thing that refers to another: its counter, and its word in both languages, for one and for several
    ("1 projet", "2 projets")."""

    count: Count
    fr: tuple[str, str]
    en: tuple[str, str]

    def say(self, number: int, locale: Locale) -> str:
        """Return the number with its word."""
        one, many = self.fr if locale is Locale.FR else self.en
        return f"{number} {one if number == 1 else many}"


class Uses:
    """The kinds of things that refer to a resource; slices that keep them add their own when they are wired."""

    def __init__(self) -> None:
        self._uses: list[Use] = []

    def add(self, count: Count, *, fr: tuple[str, str], en: tuple[str, str]) -> None:
        """Add a kind. `count` takes the unit of work and the id of what is referred to."""
        self._uses.append(Use(count, fr, en))

    async def found(self, work: Work, key: int) -> str:
        """Say what refers to a thing, in the caller's language; an empty text where nothing does."""
        said = []
        for use in self._uses:
            number = await use.count(work, key)
            if number:
                said.append(use.say(number, work.caller.locale))
        return ", ".join(said)
