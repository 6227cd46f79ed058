"""Tickets as their holders and those at the door see them (DECISIONS.md section 2, "Tickets")."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from core.access.principal import SYSTEM, Caller
from core.documents.renderer import Documents
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, forbidden, invalid_field, invalid_request, missing
from core.primitives.page import ListQuery, Page
from core.work import Work, Works
from plugins.spotvibe.events.domain import Statut as EventStatut
from plugins.spotvibe.events.domain import member_of
from plugins.spotvibe.tickets.code import TicketCodes
from plugins.spotvibe.tickets.domain import (
    EVENT_CANCELLED,
    NOT_YOURS_TO_SCAN,
    REFUSALS,
    TICKET_FORGED,
    TICKET_NOT_FOUND,
    TICKET_OF_ANOTHER,
    TICKET_USED,
    Billet,
    Statut,
)
from plugins.spotvibe.tickets.printing import TEMPLATE, Printed, local_moment

IMAGE_KEY_USE = "spotvibe_tickets images"
CODE = "code"


class TicketStore(Protocol):
    """What tickets need of their store."""

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's tickets, newest first."""
        ...

    async def get(self, work: Work, uuid: UUID) -> Billet | None:
        """Return a ticket with its event."""
        ...

    async def scan(self, work: Work, uuid: UUID, by: int, now: datetime) -> bool:
        """Use a paid ticket of an event that was not cancelled; False where it is none (any more)."""
        ...


class ImagePaths:
    """Addresses of QRs, signed and expiring: who has one needs no token, as an image of a page needs."""

    def __init__(self, key: bytes, clock: Clock, lifetime: timedelta) -> None:
        self._key = key
        self._clock = clock
        self._lifetime = lifetime

    def path(self, billet: UUID) -> str:
        """Return the path of a ticket's QR, good from now on until it expires."""
        expires = int((self._clock.now() + self._lifetime).timestamp())
        return f"/media/tickets/{billet}.png?expires={expires}&signature={self._sign(billet, expires)}"

    def check(self, billet: UUID, expires: int, signature: str) -> None:
        """Raise `DomainError` of kind missing for a path that was not given out, or has expired."""
        good = hmac.compare_digest(signature.encode(), self._sign(billet, expires).encode())
        if not good or expires < self._clock.now().timestamp():
            raise missing(TICKET_NOT_FOUND)

    def _sign(self, billet: UUID, expires: int) -> str:
        return hmac.new(self._key, f"{billet}:{expires}".encode(), hashlib.sha256).hexdigest()


class Tickets:
    """Tickets of an installation. `png` and `svg` draw a code as a QR; `printed` lays a ticket out for paper."""

    def __init__(
        self,
        works: Works,
        store: TicketStore,
        codes: TicketCodes,
        images: ImagePaths,
        documents: Documents,
        clock: Clock,
        *,
        png: Callable[[str], bytes],
        printed: Printed,
    ) -> None:
        self._works = works
        self._store = store
        self._codes = codes
        self._images = images
        self._documents = documents
        self._clock = clock
        self._png = png
        self._printed = printed

    @property
    def codes(self) -> TicketCodes:
        """The codes of tickets."""
        return self._codes

    def image_path(self, uuid: UUID, statut: str) -> str | None:
        """The signed path of a ticket's QR; None for one that is not paid."""
        return self._images.path(uuid) if statut in (Statut.PAYE, Statut.UTILISE) else None

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return the caller's tickets, newest first."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, member_of(caller)[0], query)

    async def image(self, uuid: UUID, expires: int, signature: str) -> bytes:
        """Return the PNG of a ticket's QR to who holds a good path. Raises `DomainError` of kind missing."""
        self._images.check(uuid, expires, signature)
        async with self._works.reading(SYSTEM) as work:
            billet = await self._store.get(work, uuid)
        if billet is None or not billet.code_shown:
            raise missing(TICKET_NOT_FOUND)
        return await asyncio.to_thread(self._png, self._codes.write(billet.uuid, billet.evenement))

    async def pdf(self, caller: Caller, uuid: UUID) -> tuple[str, bytes]:
        """Return a ticket of the caller's as a PDF, with its name. Raises `DomainError` of kind missing for another's,
        of kind invalid for one that is not paid."""
        async with self._works.reading(caller) as work:
            billet = await self._store.get(work, uuid)
        if billet is None or billet.user != member_of(caller)[0]:
            raise missing(TICKET_NOT_FOUND)
        if not billet.code_shown:
            raise invalid_request(REFUSALS[billet.statut])
        code = self._codes.write(billet.uuid, billet.evenement)
        data = await asyncio.to_thread(self._printed.data, billet, code, caller.locale)
        return self._printed.filename(billet), await self._documents.pdf(TEMPLATE, data)

    async def scan(self, caller: Caller, code: str, evenement: int | None) -> Billet:
        """Let the holder of a ticket in, once. `evenement` is the one at whose door it is, where that was said.

        Raises `DomainError` of kind invalid on `code` for what is no ticket's, another event's, or a ticket that is
        not (any longer) paid; of kind forbidden for who neither organises the event nor is staff; of kind conflict
        for one that was scanned before (`AlreadyScanned`).
        """
        number, staff = member_of(caller)
        named = self._codes.read(code.strip())
        if named is None:
            raise invalid_field(CODE, TICKET_FORGED)
        async with self._works.within(caller) as work:
            billet = await self._store.get(work, named.billet)
            if billet is None or billet.evenement != named.evenement:
                raise invalid_field(CODE, TICKET_FORGED)
            if billet.createur != number and not staff:
                raise forbidden(NOT_YOURS_TO_SCAN)
            if evenement is not None and billet.evenement != evenement:
                raise invalid_field(CODE, TICKET_OF_ANOTHER, titre=billet.titre)
            if not await self._store.scan(work, billet.uuid, number, self._clock.now()):
                billet = await self._store.get(work, named.billet) or billet
                raise self._refusal(billet, caller)
            billet = await self._store.get(work, named.billet) or billet
            work.audit("SCAN", "Billet", billet.id, details={"evenement": billet.evenement})
            await work.commit()
        return billet

    def _refusal(self, billet: Billet, caller: Caller) -> DomainError:
        if billet.statut is Statut.UTILISE and billet.utilise_le is not None:
            le = local_moment(billet.utilise_le, self._printed.time_zone, caller.locale)
            return AlreadyScanned(billet.utilise_le, le)
        refused = REFUSALS.get(billet.statut)
        if refused is None and billet.evenement_statut == EventStatut.ANNULE:
            refused = EVENT_CANCELLED
        return invalid_field(CODE, refused or TICKET_FORGED)


class AlreadyScanned(DomainError):
    """A ticket that was scanned before, at `utilise_le`; `le` is that moment as people read it."""

    def __init__(self, utilise_le: datetime, le: str) -> None:
        super().__init__(TICKET_USED, Kind.CONFLICT, {"le": le})
        self.utilise_le = utilise_le
