"""Tasks: what their lists answer to, whom they are shown to, and what writing them means."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.clock import Clock
from core.primitives.errors import FieldProblem, invalid, missing
from core.primitives.page import Filter, FilterKind, Listing, ListQuery, Page, Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works, organisation_of
from plugins.crm.authored import AuthoredResource
from plugins.crm.filters import Id, filters_of
from plugins.crm.taches.domain import (
    CLIENT_OR_PROJECT,
    NOT_MEMBER,
    OTHER_CLIENT,
    Priorite,
    Statut,
    finished_at,
    is_seen,
    sees_all,
)

W = TypeVar("W")

FIELDS: Final[Mapping[str, type]] = {
    "id": Id,
    "titre": str,
    "description": str,
    "assigne_a": Id,
    "client_associe": Id,
    "projet_associe": Id,
    "priorite": str,
    "date_echeance": date,
    "statut": str,
    "en_retard": bool,
    "terminee_le": datetime,
    "cree_par": Id,
    "date_creation": datetime,
    "date_modification": datetime,
}
LISTING: Final = Listing(
    filters=filters_of(FIELDS, choices={"statut": tuple(Statut), "priorite": tuple(Priorite)}),
    search=("titre", "description"),
    ordering=tuple(FIELDS),
    default_ordering=("-date_creation",),
)
SEEN_BY: Final = "vue_par"
"""A filter that no client asks for: the tasks that an account created or does."""
_PLACES: Final = frozenset({"client_associe", "projet_associe"})
KEPT_LISTING: Final = msgspec.structs.replace(LISTING, filters=(*LISTING.filters, Filter(SEEN_BY, FilterKind.ID)))


class TacheStore(ResourceStore[W], Protocol[W]):
    """What tasks need of their store."""

    async def hold_projets(self, work: Work, key: ResourceId, projet: int | None) -> None:
        """Hold the projects that a task leaves and joins: whoever gives a project another client holds it first, and
        its tasks then; in another order both would wait for each other."""
        ...

    async def client_of_projet(self, work: Work, organisation: UUID, projet: int) -> int | None:
        """Return the client of an organisation's project."""
        ...

    async def is_member(self, work: Work, organisation: UUID, number: int) -> bool:
        """Whether an account is an active member of an organisation; it stays one until the transaction ends."""
        ...


class Taches(AuthoredResource[W]):
    """The use cases of tasks: a member sees those that it created or does, an administrator all; others are not there
    (DECISIONS.md section 5, "Scope")."""

    store: TacheStore[W]

    def __init__(self, works: Works, store: TacheStore[W], clock: Clock) -> None:
        super().__init__(works, store, object_type="Tache")
        self._clock = clock

    async def page(self, caller: Caller, query: ListQuery) -> Page[W]:
        """Return a page of the tasks that the caller sees."""
        if not sees_all(caller) and caller.principal is not None:
            seen = (SEEN_BY, caller.principal.number)
            query = msgspec.structs.replace(query, filters=(*query.filters, seen))
        return await super().page(caller, query)

    async def get(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Return a task that the caller sees. Raises `DomainError` of kind missing."""
        return self._seen(caller, await super().get(caller, key))

    async def complete(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Note that a task is done (`mark_completed`); one that is done already stays as it is."""
        async with self.works.within(caller) as work:
            held = await self._held(work, key)
            task: Any = held.value
            if task.statut == Statut.TERMINEE:
                return held
            values = {"statut": str(Statut.TERMINEE), "terminee_le": self._clock.now()}
            done = await self.store.update(work, key, values, None)
            if done is None:
                raise missing()
            work.audit("COMPLETE", self.object_type, key, organisation=done.organisation)
            await work.commit()
        return done

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Note the author of a new one; find the client, see that who does it is a member, and note when it is done.
        Raises `DomainError` of kind missing where the caller does not see it, and of kind invalid."""
        values = await super().prepare(work, values, key)
        if key is not None and not values.keys().isdisjoint(_PLACES):
            await self.store.hold_projets(work, key, values.get("projet_associe"))
        held = None if key is None else await self._held(work, key)
        present: Any = held.value if held else None
        organisation = held.organisation if held and held.organisation else organisation_of(work)
        problems = await self._place(work, organisation, values, present)
        problems += await self._assign(work, organisation, values, present)
        if problems:
            raise invalid(*problems)
        if present is None:
            values.setdefault("statut", str(Statut.A_FAIRE))
        if "statut" in values:
            before = present.terminee_le if present else None
            values["terminee_le"] = finished_at(values["statut"], before, self._clock.now())
        return values

    async def _place(self, work: Work, organisation: UUID, values: dict[str, Any], present: Any) -> list[FieldProblem]:
        """Give the task the client of its project; refuse a client that is another's, and a task of nobody."""
        if present is not None and values.keys().isdisjoint(_PLACES):
            return []
        projet = values.get("projet_associe", present.projet_associe if present else None)
        if projet is None:
            if present is None and "client_associe" not in values:
                return [FieldProblem(("client_associe",), CLIENT_OR_PROJECT)]
            return []
        client = await self.store.client_of_projet(work, organisation, projet)
        if client is None:
            return [FieldProblem(("projet_associe",), messages.NOT_REFERENCE)]
        if values.setdefault("client_associe", client) != client:
            return [FieldProblem(("client_associe",), OTHER_CLIENT)]
        return []

    async def _assign(self, work: Work, organisation: UUID, values: dict[str, Any], present: Any) -> list[FieldProblem]:
        """Give a new task to its creator unless somebody is named; refuse who is no active member. Who does it already
        may have left since."""
        if present is None and "assigne_a" not in values:
            author = values["cree_par"]
            member = author is not None and await self.store.is_member(work, organisation, author)
            values["assigne_a"] = author if member else None
            return []
        named = values.get("assigne_a")
        if named is None or (present is not None and named == present.assigne_a):
            return []
        member = await self.store.is_member(work, organisation, named)
        return [] if member else [FieldProblem(("assigne_a",), NOT_MEMBER)]

    async def _held(self, work: Work, key: ResourceId) -> Versioned[W]:
        found = await self.store.lock(work, key)
        if found is None:
            raise missing(self.absent)
        return self._seen(work.caller, found)

    def _seen(self, caller: Caller, found: Versioned[W]) -> Versioned[W]:
        task: Any = found.value
        if not is_seen(caller, task.cree_par, task.assigne_a):
            raise missing(self.absent)
        return found
