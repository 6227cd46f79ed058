"""Sending quotes: the PDF, the letter, the link and its end (DECISIONS.md section 5, "Quotes")."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.documents.renderer import Documents
from core.files.content import PDF
from core.files.service import Files
from core.primitives.clock import Clock
from core.primitives.errors import missing
from core.resources import ResourceId
from core.work import Work, Works
from plugins.crm.devis.domain import (
    Dossier,
    changed_meanwhile,
    check_relinkable,
    check_sendable,
    digest_of,
    new_token,
)
from plugins.crm.devis.letters import QuoteLetters
from plugins.crm.devis.printing import TEMPLATE, Printed

ATTEMPTS: Final = 3
"""How often a quote is printed anew that changed while it was printed."""
MAX_PDF_BYTES: Final = 20_000_000


class SendingStore(Protocol):
    """What sending needs of the store."""

    async def read(self, work: Work, key: ResourceId) -> Dossier | None:
        """Return a quote in scope."""
        ...

    async def hold(self, work: Work, key: ResourceId) -> Dossier | None:
        """Return a quote in scope, and hold its opportunity until the transaction ends."""
        ...

    async def send(self, work: Work, key: int, now: datetime, *, file: UUID, digest: bytes, expires: datetime) -> None:
        """Note that a quote was sent, with its PDF and its link."""
        ...

    async def link(self, work: Work, key: int, digest: bytes | None, expires: datetime | None) -> None:
        """Give a quote another link, or none."""
        ...


class Sending:
    """Sends quotes, and gives out their PDF. `lifetime` is that of a link."""

    def __init__(
        self,
        works: Works,
        store: SendingStore,
        documents: Documents,
        files: Files,
        letters: QuoteLetters,
        printed: Printed,
        clock: Clock,
        *,
        lifetime: timedelta,
    ) -> None:
        self._works = works
        self._store = store
        self._documents = documents
        self._files = files
        self._letters = letters
        self._printed = printed
        self._clock = clock
        self._lifetime = lifetime

    async def send(self, caller: Caller, key: ResourceId, mount: str) -> None:
        """Print a quote, mail its link to the client, and set it "Envoyé" (`send_to_client`).

        The document is made and stored before the unit of work begins, and counts only if the quote is still what was
        printed. `mount` is the path prefix of crm. Raises `DomainError` of kind invalid where the quote cannot be sent,
        of kind conflict where it kept changing.
        """
        for _ in range(ATTEMPTS):
            devis = await self._checked(caller, key, check_sendable)
            own = narrowed(caller, devis.entreprise)
            now = self._clock.now()
            data = self._data(devis, caller, now)
            document = await self._documents.pdf(TEMPLATE, data)
            name = self._printed.filename(devis)
            file = await self._files.receive(own, "fichier", name, document, (PDF,), MAX_PDF_BYTES)
            token, expires = new_token(), now + self._lifetime
            async with self._works.within(own) as work:
                present = await self._held(work, key)
                check_sendable(present)
                if self._data(present, caller, now) != data:
                    continue
                await self._files.keep(work, file)
                await self._store.send(work, present.id, now, file=file.id, digest=digest_of(token), expires=expires)
                sent = msgspec.structs.replace(present, lien_expire=expires)
                self._letters.ask(work, sent, caller.locale, mount=mount, token=token)
                work.audit("SEND", "Devis", present.id, details={"client": present.client})
                await work.commit()
            return
        raise changed_meanwhile()

    async def relink(self, caller: Caller, key: ResourceId, mount: str) -> None:
        """Mail a new link to the client; the one before opens nothing any more. Raises `DomainError` of kind invalid
        where the quote does not wait for an answer."""
        token, expires = new_token(), self._clock.now() + self._lifetime
        async with self._works.within(caller) as work:
            present = await self._held(work, key)
            check_relinkable(present)
            await self._store.link(work, present.id, digest_of(token), expires)
            linked = msgspec.structs.replace(present, lien_expire=expires)
            self._letters.ask(work, linked, caller.locale, mount=mount, token=token)
            work.audit("SEND", "Devis", present.id, organisation=present.entreprise, details={"lien": "nouveau"})
            await work.commit()

    async def revoke(self, caller: Caller, key: ResourceId) -> None:
        """Take a quote's link away: it opens nothing any more. Where there is none, nothing happens."""
        async with self._works.within(caller) as work:
            present = await self._held(work, key)
            if present.lien_expire is not None:
                await self._store.link(work, present.id, None, None)
                work.audit("REVOKE", "Devis", present.id, organisation=present.entreprise)
            await work.commit()

    async def pdf(self, caller: Caller, key: ResourceId) -> tuple[str, bytes]:
        """Return a quote as a PDF (`generate_pdf`) with its name: what was sent, as it was sent; a quote that was not
        is printed as it stands. Raises `DomainError` of kind missing."""
        async with self._works.within(caller) as work:
            devis = await self._store.read(work, key)
        if devis is None:
            raise missing()
        return await self.document(devis, caller)

    async def document(self, devis: Dossier, caller: Caller) -> tuple[str, bytes]:
        """Return the PDF of a quote that the caller may see, with its name."""
        name = self._printed.filename(devis)
        kept = None if devis.fichier is None else await self._files.content(devis.fichier)
        if kept is not None:
            return name, kept
        data = self._printed.data(devis, caller.locale, issued=devis.date_envoi or devis.date_creation, expires=None)
        return name, await self._documents.pdf(TEMPLATE, data)

    def _data(self, devis: Dossier, caller: Caller, now: datetime) -> dict[str, Any]:
        expires = now + self._lifetime
        return self._printed.sent(self._printed.data(devis, caller.locale, issued=now, expires=expires))

    async def _checked(self, caller: Caller, key: ResourceId, check: Callable[[Dossier], None]) -> Dossier:
        async with self._works.within(caller) as work:
            devis = await self._store.read(work, key)
        if devis is None:
            raise missing()
        check(devis)
        return devis

    async def _held(self, work: Work, key: ResourceId) -> Dossier:
        found = await self._store.hold(work, key)
        if found is None:
            raise missing()
        return found


def narrowed(caller: Caller, organisation: UUID) -> Caller:
    """The caller in the organisation of the thing that is handled: a superuser sees all, and writes into one."""
    return msgspec.structs.replace(caller, narrowed_to=organisation)
