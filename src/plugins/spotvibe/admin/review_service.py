"""Identity verifications as staff review them: with their documents (DECISIONS.md section 2, "Verification")."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM
from core.files.service import Files
from core.primitives.page import ListQuery, Page
from core.work import Work, Works


class Submission(msgspec.Struct, frozen=True):
    """A submission with the files that it holds."""

    id: int
    user_id: int
    username: str
    first_name: str
    last_name: str
    statut: str
    date_soumission: datetime
    commentaire_admin: str
    traite_par: str | None
    date_traitement: datetime | None
    document: UUID
    document_name: str
    selfie: UUID | None
    selfie_name: str | None


class Reviewed(msgspec.Struct, frozen=True):
    """A submission, and signed paths that show its files until they expire."""

    submission: Submission
    document: str
    selfie: str | None


class ReviewStore(Protocol):
    """What the list needs of its store."""

    async def page(self, work: Work, query: ListQuery, statuts: Sequence[str]) -> Page[Submission]:
        """Return a page of submissions that stand so, newest first."""
        ...


class Reviews:
    """The list of submissions. Documents are shown to whom the operation's rule admits: to staff."""

    def __init__(self, works: Works, store: ReviewStore, files: Files) -> None:
        self._works = works
        self._store = store
        self._files = files

    async def page(self, query: ListQuery, statuts: Sequence[str]) -> Page[Reviewed]:
        """Return a page of submissions with the paths of their documents."""
        async with self._works.everywhere(SYSTEM) as work:
            found = await self._store.page(work, query, statuts)
        return Page(found.count, [self._with_paths(each) for each in found.items])

    def _with_paths(self, found: Submission) -> Reviewed:
        selfie = None
        if found.selfie is not None and found.selfie_name is not None:
            selfie = self._files.path(found.selfie, found.selfie_name)
        return Reviewed(found, self._files.path(found.document, found.document_name), selfie)
