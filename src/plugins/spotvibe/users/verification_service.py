"""Identity verification (contracts/spotvibe.md section 2.3; DECISIONS.md section 2, "Verification"): documents are
checked by content and stored privately; staff decide."""

from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.files.service import Files, StoredFile, Upload, accept
from core.organisations.entities import OWN_ORGANISATION
from core.primitives.clock import Clock
from core.primitives.errors import (
    DomainError,
    FieldProblem,
    Kind,
    invalid,
    invalid_request,
    message,
    missing,
)
from core.work import Delivery, Work, Works
from plugins.spotvibe.users.domain import DOCUMENT_KINDS, Statut
from plugins.spotvibe.users.events import VerificationDecided
from plugins.spotvibe.users.profile_service import ProfileStore, principal_of

OBJECT_TYPE: Final = "Verification"

PENDING_ALREADY = message(
    "spotvibe_verification_pending",
    fr="Une demande de vérification est déjà en attente.",
    en="A verification is already awaiting review.",
)
VERIFIED_ALREADY = message(
    "spotvibe_verified_already", fr="Votre identité est déjà vérifiée.", en="Your identity is already verified."
)
NOTHING_SUBMITTED = message(
    "spotvibe_nothing_submitted",
    fr="Aucune demande de vérification n'a été soumise.",
    en="No verification has been submitted.",
)
DECIDED_ALREADY = message(
    "spotvibe_verification_decided",
    fr="Cette demande de vérification est déjà traitée.",
    en="This verification is already decided.",
)


class Papers(msgspec.Struct, frozen=True):
    """The documents of a submission: files and their names."""

    user_id: int
    document: UUID
    document_name: str
    selfie: UUID | None
    selfie_name: str | None


class VerificationStore(Protocol):
    """What verification needs of its store."""

    async def newest(self, work: Work, number: int) -> Any:
        """Return how a user's newest submission stands; None where there is none."""
        ...

    async def insert(self, work: Work, number: int, document: UUID, selfie: UUID | None) -> int:
        """Insert a submission and return its id. Raises `DomainError` of kind invalid where one awaits review."""
        ...

    async def decide(self, work: Work, key: int, statut: str, comment: str, reviewer: int, at: datetime) -> int | None:
        """Decide a submission that awaits review and return whose it is; None where there is none to decide."""
        ...

    async def expire(self, work: Work, at: datetime, before: datetime) -> list[int]:
        """End what was submitted before a moment and awaits review still; returns the submissions."""
        ...

    async def exists(self, work: Work, key: int) -> bool:
        """Whether there is such a submission."""
        ...

    async def mark_verified(self, work: Work, number: int) -> None:
        """Record that a user's identity is verified."""
        ...

    async def papers(self, work: Work, key: int) -> Papers | None:
        """Return the documents of a submission."""
        ...


class Verifications:
    """Submissions and their review. Documents belong to the installation's own organisation, whoever sends them: no
    company of the sender's sees them."""

    def __init__(
        self,
        works: Works,
        store: VerificationStore,
        profiles: ProfileStore,
        files: Files,
        clock: Clock,
        *,
        max_bytes: int,
        lifetime: timedelta,
    ) -> None:
        self._works = works
        self._store = store
        self._profiles = profiles
        self._files = files
        self._clock = clock
        self._max_bytes = max_bytes
        self._lifetime = lifetime

    async def submit(self, caller: Caller, document: Upload, selfie: Upload | None) -> int:
        """Submit documents and return the submission's id. Raises `DomainError` of kind invalid for files that are
        none of the accepted kinds, naming each, while a submission awaits review, and once one was approved."""
        number = principal_of(caller).number
        keeper = msgspec.structs.replace(caller, narrowed_to=OWN_ORGANISATION)
        async with self._works.within(keeper) as work:
            self._refuse_another(await self._store.newest(work, number))
        given = {"document_identite": document}
        if selfie is not None:
            given["document_selfie"] = selfie
        received = await self._receive(keeper, given)
        async with self._works.within(keeper) as work:
            if caller.superuser:
                await self._profiles.ensure(work, number)
            kept = received.get("document_selfie")
            made = await self._store.insert(
                work, number, received["document_identite"].id, kept.id if kept is not None else None
            )
            for file in received.values():
                await self._files.keep(work, file)
            work.audit("CREATE", OBJECT_TYPE, made)
            await work.commit(made)
        return made

    async def expire(self, delivery: Delivery) -> None:
        """Handle the job `expire_verifications`: what nobody has reviewed in time is EXPIRE, and its user may submit
        anew."""
        async with self._works.delivering(delivery) as work:
            now = self._clock.now()
            for key in await self._store.expire(work, now, now - self._lifetime):
                work.audit("EXPIRE", OBJECT_TYPE, key)
            await work.commit()

    def _refuse_another(self, newest: Any) -> None:
        if newest is not None and newest.statut == Statut.EN_ATTENTE:
            raise invalid_request(PENDING_ALREADY)
        if newest is not None and newest.statut == Statut.APPROUVE:
            raise invalid_request(VERIFIED_ALREADY)

    async def _receive(self, keeper: Caller, given: dict[str, Upload]) -> dict[str, StoredFile]:
        contents = {field: await file.read() for field, file in given.items()}
        problems: list[FieldProblem] = []
        for field, data in contents.items():
            try:
                accept(field, data, DOCUMENT_KINDS, self._max_bytes)
            except DomainError as refused:
                problems += refused.problems
        if problems:
            raise invalid(*problems)
        return {
            field: await self._files.receive(
                keeper, field, given[field].filename, data, DOCUMENT_KINDS, self._max_bytes
            )
            for field, data in contents.items()
        }

    async def status(self, caller: Caller) -> Any:
        """Return how the caller's newest submission stands. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.newest(work, principal_of(caller).number)
        if found is None:
            raise missing(NOTHING_SUBMITTED)
        return found

    async def decide(self, work: Work, key: int, statut: Statut, reviewer: int, comment: str) -> int:
        """Approve or reject a submission, in the unit of work of its reviewer, and return whose it is. Raises
        `DomainError` of kind missing for an unknown one, of kind conflict for one that is decided already."""
        number = await self._store.decide(work, key, statut, comment, reviewer, self._clock.now())
        if number is None:
            if not await self._store.exists(work, key):
                raise missing()
            raise DomainError(DECIDED_ALREADY, Kind.CONFLICT)
        if statut is Statut.APPROUVE:
            await self._store.mark_verified(work, number)
        work.audit("UPDATE", OBJECT_TYPE, key, details={"statut": statut.value})
        work.publish(VerificationDecided(user=number, statut=statut.value, commentaire=comment))
        return number

    async def paths(self, work: Work, key: int) -> tuple[str, str | None]:
        """Return signed paths that show a submission's documents to its reviewer, until they expire. `work` sees
        everything. Raises `DomainError` of kind missing."""
        papers = await self._store.papers(work, key)
        if papers is None:
            raise missing()
        selfie = None
        if papers.selfie is not None and papers.selfie_name is not None:
            selfie = self._files.path(papers.selfie, papers.selfie_name)
        return self._files.path(papers.document, papers.document_name), selfie
