"""What usage is counted with: counters, the entries of their journal, and the port of the store that keeps both."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

from core.work import Work


class Counter(msgspec.Struct, frozen=True):
    """Where something is counted: a feature, one of its subjects, and the span that is counted apart ("" for ever)."""

    feature: str
    subject: str
    period: str = ""


class EntryKind(StrEnum):
    """Why a counter changed. `OPENING` is what was counted before there was a journal; `RECOUNT` brings a counter to
    its rows; `RESET` begins anew, so that what was taken before it is given back no more; `SETTLE` takes account of
    rows that came or went while nobody capped them."""

    OPENING = "opening"
    TAKE = "take"
    GIVE_BACK = "give_back"
    RECOUNT = "recount"
    RESET = "reset"
    SETTLE = "settle"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a counter by `amount`. `feature` and `subject` are what was asked for, where it counts on another
    feature's counter; `reference` names the thing that is counted."""

    counter: Counter
    amount: int
    kind: EntryKind
    feature: str = ""
    subject: str = ""
    reference: str = ""


class CounterFault(msgspec.Struct, frozen=True):
    """A counter that is not what it should be: `against` names what proves it, "journal" or "rows"."""

    counter: Counter
    used: int
    proven: int
    against: str


class UsageStore(Protocol):
    """Counts what is used, by feature, subject and period. Every change writes its entry of the journal."""

    async def take(self, work: Work, entry: Entry, limit: int | None) -> int | None:
        """Add to what is used and return the sum; None, and nothing is added, where it would pass the limit."""
        ...

    async def move(self, work: Work, entry: Entry) -> int:
        """Change a counter that is held, and return what is used."""
        ...

    async def hold(self, work: Work, counter: Counter) -> int:
        """Lock a counter until the transaction ends, make it where it is missing, and return what is used."""
        ...

    async def used(self, work: Work, counter: Counter) -> int:
        """Return what is used."""
        ...

    async def taken_by(self, work: Work, feature: str, reference: str) -> Sequence[tuple[Counter, int]]:
        """Return what a reference has taken of a feature and not given back, by the counter where it was taken, in
        the order in which counters are locked. What was taken before a counter's reset is not part of it."""
        ...

    async def share(self, work: Work, counter: Counter, feature: str, subject: str) -> int:
        """Return how many of a subject's rows a counter has taken account of."""
        ...

    async def set_share(self, work: Work, counter: Counter, feature: str, subject: str, used: int) -> None:
        """Keep how many of a subject's rows a counter that is held has taken account of."""
        ...

    async def freeze(self, work: Work) -> None:
        """Have all that a work reads be of one moment; nothing has been read on it yet."""
        ...

    async def faults(self, work: Work) -> Sequence[CounterFault]:
        """Return the counters that are not the sum of their journal."""
        ...

    async def counters(self, work: Work, feature: str) -> Mapping[str, int]:
        """Return what is used of a feature that is counted for ever, by subject."""
        ...
