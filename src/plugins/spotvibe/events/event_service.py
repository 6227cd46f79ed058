"""The use cases of those who make events (contracts/spotvibe.md section 4.2; DECISIONS.md section 2, "Events")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from core.access.principal import Caller
from core.access.usage import Usage
from core.files.public import PublicFile, PublicFiles
from core.files.service import Upload, accept
from core.kernel import Installation
from core.primitives import messages
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, FieldProblem, forbidden, invalid, invalid_request, missing, stale
from core.primitives.page import Versioned
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.events.domain import (
    CLOSED,
    COVER_FOLDER,
    COVER_KINDS,
    EVENT_NOT_FOUND,
    FEATURE,
    FINAL,
    NOT_YOURS_TO_CHANGE,
    NOT_YOURS_TO_DELETE,
    PRICE_FROZEN,
    QUOTA_USED,
    TICKETS_PAID,
    Evenement,
    Sales,
    Statut,
    Viewer,
    member_of,
)
from plugins.spotvibe.events.draft import drafted, problems_of, zoned
from plugins.spotvibe.events.moderation_service import OBJECT_TYPE

COVER: Final = "image_couverture"
_UNMODERATED: Final = frozenset({"capacite"})
"""What a creator may change of a VALIDE event without staff looking at it again: it is no content."""
_SUBMITTED: Final = (Statut.VALIDE, Statut.REJETE)
"""A content change by the creator puts such an event before staff again."""
_PRICE: Final = ("type_acces", "prix")


class Held(msgspec.Struct, frozen=True):
    """An event that is about to be changed: as others see it, its version, and its fields by column."""

    evenement: Evenement
    version: int
    values: Mapping[str, Any]


class EventStore(Protocol):
    """What making events needs of their store."""

    async def get(self, work: Work, key: int) -> Evenement | None:
        """Return an event, whatever its statut."""
        ...

    async def hold(self, work: Work, key: int) -> Held | None:
        """Return what may be changed of an event, and hold it until the transaction ends."""
        ...

    async def insert(self, work: Work, values: Mapping[str, Any]) -> int:
        """Insert an event and return its id. Raises `DomainError` of kind invalid for an unknown category."""
        ...

    async def update(self, work: Work, key: int, values: Mapping[str, Any]) -> None:
        """Change fields of an event that is held. Raises as `insert`."""
        ...

    async def archive(self, work: Work, key: int) -> None:
        """Delete an event that is held, for all but its tickets."""
        ...


class EventDetails(Protocol):
    """How an event is shown."""

    async def detail(self, work: Work, key: int, viewer: Viewer) -> Versioned[Any] | None:
        """Return an event that the viewer sees, with its version."""
        ...


class KnownCategories(Protocol):
    """What categories there are."""

    async def exists(self, work: Work, key: int) -> bool:
        """Whether there is such a category."""
        ...


class Organisers(Protocol):
    """Who makes something in spotvibe (`plugins.spotvibe.users.api`)."""

    async def acting(self, work: Work, caller: Caller) -> int:
        """Return the number of a caller who makes something of his own."""
        ...


class Events:
    """Makes, changes and deletes events."""

    def __init__(
        self,
        works: Works,
        store: EventStore,
        details: EventDetails,
        categories: KnownCategories,
        organisers: Organisers,
        files: PublicFiles,
        usage: Usage,
        sales: Sales,
        clock: Clock,
        installation: Installation,
        *,
        max_cover_bytes: int,
    ) -> None:
        self._works = works
        self._store = store
        self._details = details
        self._categories = categories
        self._organisers = organisers
        self._files = files
        self._usage = usage
        self._sales = sales
        self._clock = clock
        self._zone = installation.time_zone
        self._max_cover_bytes = max_cover_bytes

    async def create(self, caller: Caller, given: Mapping[str, Any]) -> Versioned[Any]:
        """Make an event, which awaits staff's decision, and return it as its detail shows it. Raises `DomainError` of
        kind invalid with every failing field, of kind forbidden where the organiser has used up his month's events;
        then nothing is made or counted."""
        number, _ = member_of(caller)
        values, upload = self._parted(given)
        changed = drafted(zoned(values, self._zone), {})
        problems = problems_of(changed, {}, self._clock.now())
        data = await self._content(upload, problems)
        async with self._works.reading(caller) as work:
            if not await self._categories.exists(work, changed["categorie_id"]):
                problems.append(FieldProblem(("categorie",), messages.NOT_REFERENCE))
        if problems:
            raise invalid(*problems)
        cover = await self._received(caller, data)
        async with self._works.within(caller) as work:
            await self._organisers.acting(work, caller)
            await self._usage.take(work, FEATURE, str(number), QUOTA_USED)
            if cover is not None:
                await self._files.keep(work, cover)
                changed[COVER] = cover.path
            key = await self._store.insert(work, {**changed, "createur_id": number})
            made = await self._shown(work, key, number)
            work.audit("CREATE", OBJECT_TYPE, key)
            await work.commit(made)
        return made

    async def change(
        self, caller: Caller, key: ResourceId, given: Mapping[str, Any], version: int | None = None
    ) -> Versioned[Any]:
        """Change the given fields of an event and return it. A content change by its creator puts a VALIDE (or
        REJETE) event before staff again. A new cover replaces the one before, null takes it away.

        Raises `DomainError` of kind missing, of kind forbidden for who is neither its creator nor staff, of kind stale
        where `version` is not the present one, of kind invalid with the failing fields.
        """
        number, staff = member_of(caller)
        values, upload = self._parted(given)
        values = zoned(values, self._zone)
        problems: list[FieldProblem] = []
        data = await self._content(upload, problems)
        async with self._works.reading(caller) as work:
            standing = await self._store.get(work, int(key))
            self._admit(standing, number, forbidden(NOT_YOURS_TO_CHANGE), staff=staff)
            if "categorie_id" in values and not await self._categories.exists(work, values["categorie_id"]):
                problems.append(FieldProblem(("categorie",), messages.NOT_REFERENCE))
        cover = None if problems else await self._received(caller, data)
        async with self._works.within(caller) as work:
            held = await self._held(work, int(key), version)
            changed = drafted(values, held.values)
            await self._refuse(work, held, changed, problems)
            before = held.values[COVER]
            if cover is not None:
                await self._files.keep(work, cover)
                changed[COVER] = cover.path
            owned = held.evenement.createur == number
            if owned and held.evenement.statut in _SUBMITTED and not _UNMODERATED.issuperset(changed):
                changed["statut"] = Statut.EN_ATTENTE
            if changed:
                await self._store.update(work, int(key), changed)
                work.audit("UPDATE", OBJECT_TYPE, int(key), details={"champs": sorted(changed)})
            if COVER in changed and before is not None:
                await self._files.release(work, before)
            shown = await self._shown(work, int(key), held.evenement.createur)
            await work.commit()
        return shown

    async def delete(self, caller: Caller, key: ResourceId, version: int | None = None) -> None:
        """Delete an event. Raises `DomainError` of kind missing, forbidden and stale as `change`, of kind invalid where
        tickets of it are paid: it can be cancelled."""
        number, staff = member_of(caller)
        async with self._works.within(caller) as work:
            self._admit(await self._store.get(work, int(key)), number, forbidden(NOT_YOURS_TO_DELETE), staff=staff)
            held = await self._held(work, int(key), version)
            if await self._sales.any(work, int(key)):
                raise invalid_request(TICKETS_PAID)
            await self._store.archive(work, int(key))
            if held.values[COVER] is not None:
                await self._files.release(work, held.values[COVER])
            work.audit("DELETE", OBJECT_TYPE, int(key))
            await work.commit()

    def _parted(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], Upload | None]:
        """The fields by column, and the cover where one was sent. The address of the present one stands for it."""
        values = dict(given)
        if "categorie" in values:
            values["categorie_id"] = values.pop("categorie")
        cover = values.pop(COVER, "")
        if cover is None:
            values[COVER] = None
        return values, cover if isinstance(cover, Upload) else None

    async def _content(self, upload: Upload | None, problems: list[FieldProblem]) -> bytes | None:
        if upload is None:
            return None
        data = await upload.read()
        try:
            accept(COVER, data, COVER_KINDS, self._max_cover_bytes)
        except DomainError as refused:
            problems += refused.problems
        return data

    async def _received(self, caller: Caller, data: bytes | None) -> PublicFile | None:
        if data is None:
            return None
        return await self._files.receive(caller, COVER, COVER_FOLDER, data, COVER_KINDS, self._max_cover_bytes)

    def _admit(self, standing: Evenement | None, number: int, refusal: DomainError, *, staff: bool) -> None:
        if standing is None:
            raise missing(EVENT_NOT_FOUND)
        if not staff and standing.createur != number:
            raise refusal

    async def _held(self, work: Work, key: int, version: int | None) -> Held:
        held = await self._store.hold(work, key)
        if held is None:
            raise missing(EVENT_NOT_FOUND)
        if version is not None and held.version != version:
            raise stale()
        return held

    async def _refuse(self, work: Work, held: Held, changed: Mapping[str, Any], problems: list[FieldProblem]) -> None:
        if held.evenement.statut in FINAL:
            raise invalid_request(CLOSED)
        now: datetime = self._clock.now()
        found = [*problems, *problems_of(changed, held.values, now, held.evenement)]
        priced = [name for name in _PRICE if name in changed]
        if priced and await self._sales.any(work, held.evenement.id):
            found += [FieldProblem((name,), PRICE_FROZEN) for name in priced]
        if found:
            raise invalid(*found)

    async def _shown(self, work: Work, key: int, createur: int) -> Versioned[Any]:
        found = await self._details.detail(work, key, Viewer(createur))
        if found is None:
            raise missing(EVENT_NOT_FOUND)
        return found
