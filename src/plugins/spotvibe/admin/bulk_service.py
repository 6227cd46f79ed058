"""Actions on many things at once (contracts/spotvibe.md section 8.4): each thing in a unit of work of its own, so that
one that cannot be keeps none of the others from being done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from core.access.principal import Caller
from core.primitives.errors import DomainError, Kind, invalid_field
from core.primitives.locale import Locale
from core.work import Work, Works
from plugins.spotvibe.admin.domain import NONE_FOUND, UNKNOWN_ACTION

Act = Callable[[Work, int, str], Awaitable[object]]
"""Does something to the thing with an id, for a reason, inside a unit of work. Raises `DomainError`."""
Whole = Callable[[Caller, int], Awaitable[object]]
"""Does something to a thing in a unit of work of its own. Raises `DomainError`."""


class ReasonStore(Protocol):
    """Keeps reasons."""

    async def give_reason(self, work: Work, reason: str) -> None:
        """Have every administrator's action of this transaction recorded with a reason."""
        ...


class Outcome(msgspec.Struct, omit_defaults=True):
    """What came of one thing; `error` says why where nothing did."""

    id: int
    success: bool
    error: str | None = None


class BulkActions:
    """Bulk actions: `acts` by their names, and those that open their own units of work (`whole`)."""

    def __init__(
        self, works: Works, reasons: ReasonStore, acts: Mapping[str, Act], whole: Mapping[str, Whole] | None = None
    ) -> None:
        self._works = works
        self._reasons = reasons
        self._acts = acts
        self._whole = whole or {}

    @property
    def names(self) -> list[str]:
        """The actions that there are."""
        return sorted([*self._acts, *self._whole])

    async def run(self, caller: Caller, name: str, keys: Sequence[int], reason: str) -> list[Outcome]:
        """Do it to each thing, once, in the order given, and tell what came of each. Raises `DomainError` of kind
        invalid: on `action_type` for an unknown action, on `object_ids` where no thing was found."""
        if name not in self._acts and name not in self._whole:
            raise invalid_field("action_type", UNKNOWN_ACTION, value=name)
        outcomes = []
        found = False
        for key in dict.fromkeys(keys):
            try:
                await self._do(caller, name, key, reason)
            except DomainError as refused:
                found = found or refused.kind is not Kind.MISSING
                outcomes.append(Outcome(key, success=False, error=_said(refused, caller.locale)))
            else:
                found = True
                outcomes.append(Outcome(key, success=True))
        if not found:
            raise invalid_field("object_ids", NONE_FOUND)
        return outcomes

    async def _do(self, caller: Caller, name: str, key: int, reason: str) -> None:
        if name in self._whole:
            await self._whole[name](caller, key)
            return
        async with self._works.everywhere(caller) as work:
            await self._reasons.give_reason(work, reason)
            await self._acts[name](work, key, reason)
            await work.commit()


def _said(refused: DomainError, locale: Locale) -> str:
    if refused.problems:
        problem = refused.problems[0]
        return problem.message.say(locale, problem.params)
    return refused.message.say(locale, refused.params)
