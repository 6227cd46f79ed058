"""Answers to quotes: recorded by hand, or given by the client on the page behind the link (DECISIONS.md section 5,
"Quotes" and "Outcome")."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from core.access.principal import SYSTEM, Caller
from core.primitives.clock import Clock
from core.primitives.errors import message, missing
from core.resources import ResourceId
from core.work import Work, Works
from plugins.crm.devis.domain import Dossier, Statut, check_acceptable, check_refusable, digest_of
from plugins.crm.devis.events import DevisAccepte
from plugins.crm.devis.sending_service import narrowed

LINK_UNKNOWN = message(
    "crm_devis_link_unknown",
    fr="Ce lien n'ouvre aucun devis, ou n'est plus valable.",
    en="This link opens no quote, or is no longer good.",
)
MAX_TOKEN = 100


class AnswerStore(Protocol):
    """What answers need of the store."""

    async def hold(self, work: Work, key: ResourceId) -> Dossier | None:
        """Return a quote in scope, and hold its opportunity until the transaction ends."""
        ...

    async def by_link(self, work: Work, digest: bytes, now: datetime) -> Dossier | None:
        """Return the quote whose link has this digest and has not expired, whoever's it is."""
        ...

    async def see(self, work: Work, key: int, now: datetime, digest: bytes) -> bool:
        """Note that a quote was read by its client through this link; False where that was noted before, or it is
        answered."""
        ...

    async def answer(
        self, work: Work, key: int, statut: str, now: datetime, *, motif: str = "", by_client: bool
    ) -> None:
        """Note the answer to a quote."""
        ...

    async def close_others(self, work: Work, lignee: UUID, key: int, now: datetime) -> int:
        """Close the other versions of a quote that are not answered; return how many there were."""
        ...


class Opportunities(Protocol):
    """What answers do to opportunities."""

    async def win(self, work: Work, opportunite: int, now: datetime) -> None:
        """Note that an opportunity is won."""
        ...


class Projects(Protocol):
    """Opens projects."""

    async def open_for(self, work: Work, client: int, titre: str, budget: Decimal, devis: int) -> object:
        """Open a project of a client."""
        ...


class Answers:
    """Takes answers to quotes. With `projects`, accepting one opens a project of its client."""

    def __init__(
        self,
        works: Works,
        store: AnswerStore,
        opportunities: Opportunities,
        clock: Clock,
        *,
        projects: Projects | None = None,
    ) -> None:
        self._works = works
        self._store = store
        self._opportunities = opportunities
        self._clock = clock
        self._projects = projects

    # by hand

    async def accept(self, caller: Caller, key: ResourceId) -> None:
        """Record that the client accepted: the other versions are closed, the opportunity is won. Raises `DomainError`
        of kind invalid where it was answered, or is replaced."""
        async with self._works.within(await self._own(caller, key)) as work:
            await self._accept(work, await self._held(work, key), by_client=False)

    async def refuse(self, caller: Caller, key: ResourceId, motif: str) -> None:
        """Record that the client declined. Raises `DomainError` of kind invalid where it was answered."""
        async with self._works.within(caller) as work:
            await self._refuse(work, await self._held(work, key), motif, by_client=False)

    # by the client, on the page

    async def opened(self, token: str) -> Dossier:
        """Return the quote that a link opens. Raises `DomainError` of kind missing where it opens none: unknown,
        expired, revoked, or of an organisation that is archived."""
        if len(token) > MAX_TOKEN:
            raise missing(LINK_UNKNOWN)
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._store.by_link(work, digest_of(token), self._clock.now())
        if found is None:
            raise missing(LINK_UNKNOWN)
        return found

    async def see(self, caller: Caller, token: str) -> Statut:
        """Mark a quote "Consulté" once; return its state."""
        devis = await self.opened(token)
        async with self._works.within(narrowed(caller, devis.entreprise)) as work:
            if await self._store.see(work, devis.id, self._clock.now(), digest_of(token)):
                work.audit("VIEW", "Devis", devis.id)
                await work.commit()
                return Statut.CONSULTE
        return devis.statut

    async def accept_by_link(self, caller: Caller, token: str) -> None:
        """Accept a quote as its client. Raises like `accept`."""
        devis = await self.opened(token)
        async with self._works.within(narrowed(caller, devis.entreprise)) as work:
            await self._accept(work, await self._held_by_link(work, devis.id, token), by_client=True)

    async def refuse_by_link(self, caller: Caller, token: str, motif: str) -> None:
        """Decline a quote as its client. Raises like `refuse`."""
        devis = await self.opened(token)
        async with self._works.within(narrowed(caller, devis.entreprise)) as work:
            await self._refuse(work, await self._held_by_link(work, devis.id, token), motif, by_client=True)

    async def _accept(self, work: Work, devis: Dossier, *, by_client: bool) -> None:
        now = self._clock.now()
        check_acceptable(devis)
        await self._store.answer(work, devis.id, Statut.ACCEPTE, now, by_client=by_client)
        closed = await self._store.close_others(work, devis.lignee, devis.id, now)
        await self._opportunities.win(work, devis.opportunite, now)
        if self._projects is not None:
            await self._projects.open_for(work, devis.client, devis.titre, devis.montant, devis.id)
        accepted = DevisAccepte(
            devis=devis.id, opportunite=devis.opportunite, client=devis.client, montant=devis.montant
        )
        work.publish(accepted)
        details = {"par": "client" if by_client else "equipe", "versions_fermees": closed}
        work.audit("ACCEPT", "Devis", devis.id, organisation=devis.entreprise, details=details)
        await work.commit()

    async def _refuse(self, work: Work, devis: Dossier, motif: str, *, by_client: bool) -> None:
        check_refusable(devis)
        await self._store.answer(work, devis.id, Statut.REFUSE, self._clock.now(), motif=motif, by_client=by_client)
        details = {"par": "client" if by_client else "equipe"}
        work.audit("REFUSE", "Devis", devis.id, organisation=devis.entreprise, details=details)
        await work.commit()

    async def _held(self, work: Work, key: ResourceId) -> Dossier:
        found = await self._store.hold(work, key)
        if found is None:
            raise missing()
        return found

    async def _held_by_link(self, work: Work, key: int, token: str) -> Dossier:
        # the link may have been taken away since it opened the quote
        found = await self._held(work, key)
        if found.lien_hash != digest_of(token):
            raise missing(LINK_UNKNOWN)
        return found

    async def _own(self, caller: Caller, key: ResourceId) -> Caller:
        """The caller in the quote's organisation: a project is opened there."""
        if not caller.scope.everything:
            return caller
        async with self._works.within(caller) as work:
            return narrowed(caller, (await self._held(work, key)).entreprise)
