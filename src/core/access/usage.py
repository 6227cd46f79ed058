"""Usage: may this subject use this feature, and how much is left of it.

A feature is declared by the plugin that counts it, with what everybody may use of it; plugins that sell more of it add
a source of terms. What is used is counted in one conditional write, in the unit of work of what it is used for, so that
parallel requests never pass a limit; a journal proves each counter (docs/adr/0017). Locks are taken in this order: the
row that a limit is read from, the counter, the rows that are counted.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum

import msgspec

from core.access.counting import Counter, CounterFault, Entry, EntryKind, UsageStore
from core.primitives.errors import DomainError, Kind, Message
from core.work import Work

__all__ = [
    "Allowance",
    "Counter",
    "CounterFault",
    "Entry",
    "EntryKind",
    "Subject",
    "Terms",
    "TermsSource",
    "Usage",
    "UsageStore",
    "Watcher",
]


class Terms(msgspec.Struct, frozen=True):
    """How much of a feature a subject may use: `limit` None is without limit. `period` names the span that is counted
    apart ("2026-11" for a month), "" counts for ever. `counter` is another feature and its subject, on whose counter
    the use counts (a company's subscription); None is the feature's own."""

    limit: int | None
    period: str = ""
    counter: tuple[str, str] | None = None


class Allowance(msgspec.Struct, frozen=True):
    """What a subject may use in the present period, and what it has used."""

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How much is left, None without limit. A limit that has been lowered below what was used leaves 0."""
        return None if self.limit is None else max(0, self.limit - self.used)


class Subject(StrEnum):
    """What the subjects of a feature are: numbers of accounts, numbers of organisations, or keys of the plugin's
    own."""

    ACCOUNT = "account"
    ORGANISATION = "organisation"
    OWN = "own"


TermsSource = Callable[[Work, str, bool], Awaitable[Terms | None]]
"""The terms of a subject as one plugin knows them; None where it has nothing to say of this subject. The flag says
that something is about to be counted: the limit is then read `for share`, so that whoever lowers it waits."""

Watcher = Callable[[Work, str, Allowance, Allowance], Awaitable[None]]
"""Told of every change of a counter in its unit of work: the subject, what held before, and what holds after."""

CountedRows = Callable[[Work], Awaitable[Mapping[str, int]]]
"""The rows that prove the counters of a feature that is counted for ever, by subject."""

PresentRows = Callable[[Work, str], Awaitable[int]]
"""How many rows a subject has now."""


class _Feature(msgspec.Struct):
    subject: Subject
    sources: list[TermsSource]
    counted: CountedRows | None = None
    present: PresentRows | None = None
    watchers: list[Watcher] = []


class Usage:
    """The features of an installation whose use is counted. Subjects are the plugin's own keys, as text."""

    def __init__(self, store: UsageStore) -> None:
        self._store = store
        self._features: dict[str, _Feature] = {}
        self._entitlements: dict[str, TermsSource] = {}

    def declare(
        self,
        feature: str,
        terms: TermsSource,
        *,
        subject: Subject = Subject.OWN,
        counted: CountedRows | None = None,
    ) -> None:
        """Declare a feature, with the terms of everybody for whom no other source speaks. `counted` gives the rows
        that its counters are checked against. Raises `ValueError` for a second one of a name."""
        self._add(feature, _Feature(subject, [terms], counted))

    def declare_rows(self, feature: str, present: PresentRows, *, subject: Subject = Subject.OWN) -> None:
        """Declare a feature whose use is rows that stand, and that is without limit, and costs no statement, unless a
        source caps it. Rows made while nobody capped them count as soon as somebody does. Raises as `declare`."""
        self._add(feature, _Feature(subject, [], present=present))

    def _add(self, name: str, feature: _Feature) -> None:
        if name in self._features:
            raise ValueError(f'two features have the name "{name}"')
        self._features[name] = feature

    def add_source(self, feature: str, terms: TermsSource) -> None:
        """Add a source of terms, which is asked before those that were added earlier. Raises `KeyError` for a feature
        that nobody has declared."""
        self._features[feature].sources.insert(0, terms)

    def entitle(self, feature: str, terms: TermsSource) -> None:
        """Add the source that is asked before all others, of a feature that may be declared later, or not at all.
        Raises `ValueError` for a second one of a feature."""
        if feature in self._entitlements:
            raise ValueError(f'two plugins entitle to the feature "{feature}"')
        self._entitlements[feature] = terms

    def watch(self, feature: str, watcher: Watcher) -> None:
        """Have every change of a feature's counters told to somebody, in the unit of work that changes it. Raises
        `KeyError` for a feature that nobody has declared."""
        self._features[feature].watchers.append(watcher)

    def counts(self, feature: str) -> bool:
        """Whether the feature is declared in this installation."""
        return feature in self._features

    def subject_of(self, feature: str) -> Subject:
        """What the subjects of a feature are. Raises `KeyError` for an unknown feature."""
        return self._features[feature].subject

    def capped(self, feature: str) -> bool:
        """Whether anybody may say how much of a feature is used: if not, nothing is counted, and nothing need be
        asked. Raises `KeyError` for an unknown feature."""
        return bool(self._features[feature].sources) or feature in self._entitlements

    async def terms(self, work: Work, feature: str, subject: str, *, hold: bool = False) -> Terms:
        """Return the terms that hold for a subject, without limit for rows that nobody caps. Raises `KeyError` for an
        unknown feature."""
        return await self._terms(work, feature, subject, hold) or Terms(
            None if self._features[feature].present is not None else 0
        )

    async def allowance(self, work: Work, feature: str, subject: str, *, entitled: bool = True) -> Allowance:
        """Return what a subject may use, and has used; not `entitled`, without what is used of an entitlement. Raises
        `KeyError` for an unknown feature."""
        terms = await self._terms(work, feature, subject, hold=False, entitled=entitled)
        present = self._features[feature].present
        if present is None:
            terms = terms or Terms(0)
            return Allowance(terms.limit, await self._store.used(work, _counter(feature, subject, terms)))
        rows = await present(work, subject)
        if terms is None:
            return Allowance(None, rows)
        counter = _counter(feature, subject, terms)
        used = await self._store.used(work, counter)
        late = rows - await self._store.share(work, counter, feature, subject)
        return Allowance(terms.limit, max(0, used + late))

    async def hold(self, work: Work, feature: str, subject: str) -> Allowance:
        """Lock the counter of a subject until the transaction ends, and return what it says: whoever counts rows after
        it counts what no parallel taker changes. Raises `KeyError` for an unknown feature."""
        terms = await self.terms(work, feature, subject, hold=True)
        return Allowance(terms.limit, await self._store.hold(work, _counter(feature, subject, terms)))

    async def take(
        self,
        work: Work,
        feature: str,
        subject: str,
        refusal: Message,
        amount: int = 1,
        *,
        reference: str = "",
        kind: Kind = Kind.FORBIDDEN,
    ) -> Allowance:
        """Use a feature, in the unit of work of what it is used for, before its row is inserted. Parallel takers wait
        for each other. `reference` names what is counted, so that it can be given back.

        Raises `DomainError` of `kind` with `refusal` (its places may be `limit` and `used`) where the subject may not;
        nothing is counted then. Raises `KeyError` for an unknown feature, `ValueError` for an amount below 1.
        """
        if amount < 1:
            raise ValueError("the amount is below 1")
        terms = await self._terms(work, feature, subject, hold=True)
        if self._features[feature].present is not None:
            after = Allowance(None, 0) if terms is None else await self._settle(work, feature, subject, terms, amount)
            if after is None:
                present = await self.allowance(work, feature, subject)
                raise DomainError(refusal, kind, {"limit": present.limit or 0, "used": present.used})
            return after
        terms = terms or Terms(0)
        counter = _counter(feature, subject, terms)
        entry = Entry(
            counter=counter, amount=amount, kind=EntryKind.TAKE, feature=feature, subject=subject, reference=reference
        )
        used = await self._store.take(work, entry, terms.limit)
        if used is None:
            counted = await self._store.used(work, counter)
            raise DomainError(refusal, kind, {"limit": terms.limit or 0, "used": counted})
        return await self._changed(work, counter, terms.limit, used - amount, used)

    async def give_back(
        self, work: Work, feature: str, subject: str, amount: int = 1, *, reference: str = ""
    ) -> Allowance:
        """Undo a use of the present period, never below 0. With a reference all that it took is undone, whatever the
        `amount`, in the counter where it was taken, and once only. Rows (`declare_rows`) are given back before they go.
        Raises `KeyError` for an unknown feature."""
        if self._features[feature].present is not None:
            terms = await self._terms(work, feature, subject, hold=True)
            if terms is None:
                return Allowance(None, 0)
            return await self._settle(work, feature, subject, terms, -amount) or Allowance(terms.limit, 0)
        if reference:
            return await self._undo(work, feature, subject, reference)
        terms = await self.terms(work, feature, subject, hold=True)
        counter = _counter(feature, subject, terms)
        before = await self._store.hold(work, counter)
        return await self._move(
            work,
            Entry(
                counter=counter,
                amount=-min(amount, before),
                kind=EntryKind.GIVE_BACK,
                feature=feature,
                subject=subject,
            ),
            terms.limit,
            before,
        )

    async def settle(self, work: Work, feature: str, subject: str) -> None:
        """Have a counter take account of rows that came or went while nobody capped them (`declare_rows`): a cap has
        just begun. Raises `KeyError` for an unknown feature."""
        terms = await self._terms(work, feature, subject, hold=True)
        if terms is not None and self._features[feature].present is not None:
            await self._settle(work, feature, subject, terms, 0)

    async def set_to(self, work: Work, feature: str, subject: str, counted: int) -> Allowance:
        """Bring a counter to what its rows say: `hold` it before they are counted. Raises `KeyError` for an unknown
        feature."""
        return await self._set(work, feature, subject, counted, EntryKind.RECOUNT)

    async def reset(self, work: Work, feature: str, subject: str) -> tuple[Allowance, Allowance]:
        """Begin a counter anew, and return what held before, and after. What was taken before is given back no more.
        Raises `KeyError` for an unknown feature."""
        before = await self.hold(work, feature, subject)
        return before, await self._set(work, feature, subject, 0, EntryKind.RESET)

    async def faults(self, work: Work) -> list[CounterFault]:
        """Return the counters that their journal, or the rows that they count, do not prove, all of one moment. The
        work sees everything, and has read nothing yet."""
        await self._store.freeze(work)
        found = list(await self._store.faults(work))
        for name, feature in self._features.items():
            if feature.counted is None:
                continue
            counters, rows = await self._store.counters(work, name), await feature.counted(work)
            for subject in sorted({*counters, *rows}):
                used, proven = counters.get(subject, 0), rows.get(subject, 0)
                if used != proven:
                    found.append(CounterFault(Counter(name, subject), used, proven, "rows"))
        return found

    def unknown_entitlements(self) -> list[str]:
        """The features that somebody entitles to, and that nobody counts for accounts or organisations."""
        return sorted(
            name
            for name in self._entitlements
            if name not in self._features or self._features[name].subject is Subject.OWN
        )

    async def _terms(
        self, work: Work, feature: str, subject: str, hold: bool, *, entitled: bool = True
    ) -> Terms | None:
        entitlement = self._entitlements.get(feature) if entitled else None
        sources = self._features[feature].sources
        for source in sources if entitlement is None else (entitlement, *sources):
            terms = await source(work, subject, hold)
            if terms is not None:
                return terms
        return None

    async def _settle(self, work: Work, feature: str, subject: str, terms: Terms, more: int) -> Allowance | None:
        """Take account of a subject's rows, and of `more` that are about to come or go; None where they may not."""
        present = self._features[feature].present
        if present is None:
            raise TypeError(f'the feature "{feature}" has no rows')
        counter = _counter(feature, subject, terms)
        before = await self._store.hold(work, counter)
        share = max(0, await present(work, subject) + more)
        amount = share - await self._store.share(work, counter, feature, subject)
        amount = max(amount, -before)
        if more > 0 and terms.limit is not None and before + amount > terms.limit:
            return None
        await self._store.set_share(work, counter, feature, subject, share)
        settled = Entry(counter=counter, amount=amount, kind=EntryKind.SETTLE, feature=feature, subject=subject)
        return await self._move(work, settled, terms.limit, before)

    async def _undo(self, work: Work, feature: str, subject: str, reference: str) -> Allowance:
        """Give back what a reference took. What a parallel one gives back meanwhile is seen once the counter is
        held."""
        for counter, _ in await self._store.taken_by(work, feature, reference):
            before = await self._store.hold(work, counter)
            taken = dict(await self._store.taken_by(work, feature, reference)).get(counter, 0)
            limit = None
            if counter.feature in self._features and self._features[counter.feature].watchers:
                limit = (await self.terms(work, counter.feature, counter.subject)).limit
            undone = Entry(
                counter=counter,
                amount=-min(taken, before),
                kind=EntryKind.GIVE_BACK,
                feature=feature,
                subject=subject,
                reference=reference,
            )
            await self._move(work, undone, limit, before)
        return await self.allowance(work, feature, subject)

    async def _set(self, work: Work, feature: str, subject: str, used: int, kind: EntryKind) -> Allowance:
        terms = await self.terms(work, feature, subject, hold=True)
        counter = _counter(feature, subject, terms)
        before = await self._store.hold(work, counter)
        entry = Entry(counter=counter, amount=used - before, kind=kind, feature=feature, subject=subject)
        return await self._move(work, entry, terms.limit, before)

    async def _move(self, work: Work, entry: Entry, limit: int | None, before: int) -> Allowance:
        if entry.amount == 0 and entry.kind is not EntryKind.RESET:
            return Allowance(limit, before)
        used = await self._store.move(work, entry)
        return await self._changed(work, entry.counter, limit, before, used)

    async def _changed(self, work: Work, counter: Counter, limit: int | None, before: int, after: int) -> Allowance:
        allowance = Allowance(limit, after)
        feature = self._features.get(counter.feature)
        for watcher in feature.watchers if feature is not None else ():
            await watcher(work, counter.subject, Allowance(limit, before), allowance)
        return allowance


def _counter(feature: str, subject: str, terms: Terms) -> Counter:
    name, key = terms.counter or (feature, subject)
    return Counter(name, key, terms.period)
