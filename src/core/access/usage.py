"""Usage: may this subject use this feature, and how much is left of it.

A feature is declared by the plugin that counts it, with what everybody may use of it; plugins that sell more of it add
a source of terms. What is used is counted in one conditional write, so that parallel requests never pass a limit.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from core.primitives.errors import DomainError, Kind, Message
from core.work import Work


class Terms(msgspec.Struct, frozen=True):
    """How much of a feature a subject may use: `limit` None is without limit. `period` names the span that is counted
    apart ("2026-11" for a month), "" counts for ever."""

    limit: int | None
    period: str = ""


class Allowance(msgspec.Struct, frozen=True):
    """What a subject may use in the present period, and what it has used."""

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How much is left, None without limit. A limit that has been lowered below what was used leaves 0."""
        return None if self.limit is None else max(0, self.limit - self.used)


TermsSource = Callable[[Work, str], Awaitable[Terms | None]]
"""The terms of a subject as one plugin knows them; None where it has nothing to say of this subject."""


class UsageStore(Protocol):
    """Counts what is used, by feature, subject and period."""

    async def take(self, work: Work, feature: str, subject: str, terms: Terms, amount: int) -> int | None:
        """Add to what is used and return the sum; None, and nothing is added, where it would pass the limit."""
        ...

    async def used(self, work: Work, feature: str, subject: str, period: str) -> int:
        """Return what is used."""
        ...

    async def give_back(self, work: Work, feature: str, subject: str, period: str, amount: int) -> int:
        """Take from what is used, never below 0, and return what stays."""
        ...


class Usage:
    """The features of an installation whose use is counted. Subjects are the plugin's own keys, as text."""

    def __init__(self, store: UsageStore) -> None:
        self._store = store
        self._sources: dict[str, list[TermsSource]] = {}

    def declare(self, feature: str, terms: TermsSource) -> None:
        """Declare a feature, with the terms of everybody for whom no other source speaks. Raises `ValueError` for a
        second one of a name."""
        if feature in self._sources:
            raise ValueError(f'two features have the name "{feature}"')
        self._sources[feature] = [terms]

    def add_source(self, feature: str, terms: TermsSource) -> None:
        """Add a source of terms, which is asked before those that were added earlier. Raises `KeyError` for a feature
        that nobody has declared."""
        self._sources[feature].insert(0, terms)

    def counts(self, feature: str) -> bool:
        """Whether the feature is declared in this installation."""
        return feature in self._sources

    async def terms(self, work: Work, feature: str, subject: str) -> Terms:
        """Return the terms that hold for a subject. Raises `KeyError` for an unknown feature."""
        for source in self._sources[feature]:
            terms = await source(work, subject)
            if terms is not None:
                return terms
        return Terms(limit=0)

    async def allowance(self, work: Work, feature: str, subject: str) -> Allowance:
        """Return what a subject may use, and has used. Raises `KeyError` for an unknown feature."""
        terms = await self.terms(work, feature, subject)
        return Allowance(terms.limit, await self._store.used(work, feature, subject, terms.period))

    async def take(self, work: Work, feature: str, subject: str, refusal: Message, amount: int = 1) -> Allowance:
        """Use a feature, in the unit of work of what it is used for. Parallel takers wait for each other.

        Raises `DomainError` of kind forbidden with `refusal` (its places may be `limit` and `used`) where the subject
        may not; nothing is counted then. Raises `KeyError` for an unknown feature.
        """
        terms = await self.terms(work, feature, subject)
        used = await self._store.take(work, feature, subject, terms, amount)
        if used is None:
            present = await self._store.used(work, feature, subject, terms.period)
            raise DomainError(refusal, Kind.FORBIDDEN, {"limit": terms.limit or 0, "used": present})
        return Allowance(terms.limit, used)

    async def give_back(self, work: Work, feature: str, subject: str, amount: int = 1) -> Allowance:
        """Undo a use of the present period. Raises `KeyError` for an unknown feature."""
        terms = await self.terms(work, feature, subject)
        return Allowance(terms.limit, await self._store.give_back(work, feature, subject, terms.period, amount))
