"""Quotes as a resource: what their lists answer to, drafts that are written, versions that are made."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

from core.access.principal import Caller
from core.files.service import Files
from core.primitives.errors import invalid_field, invalid_request, missing
from core.primitives.ids import new_id
from core.primitives.page import Listing, Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.authored import AuthoredResource
from plugins.crm.devis.domain import (
    ACCEPTED_STAYS,
    OTHER_VERSIONS,
    Dossier,
    Statut,
    check_editable,
    check_renewable,
)
from plugins.crm.filters import Id, filters_of

W = TypeVar("W")

_SCALARS: Final[Mapping[str, type]] = {
    "opportunite": Id,
    "montant": Decimal,
    "statut": str,
    "version": int,
    "contenu": str,
    "date_envoi": datetime,
    "date_consultation": datetime,
    "date_reponse": datetime,
    "motif_refus": str,
    "lien_expire": datetime,
    "cree_par": Id,
    "date_creation": datetime,
    "date_modification": datetime,
}
LISTING: Final = Listing(
    filters=filters_of(_SCALARS, choices={"statut": tuple(Statut)}),
    search=("contenu",),
    ordering=("id", *_SCALARS),
    default_ordering=("-date_creation",),
)


class Dossiers(Protocol):
    """What the resource needs of quotes with all that belongs to them."""

    async def hold(self, work: Work, key: ResourceId) -> Dossier | None:
        """Return a quote in scope, and hold its opportunity until the transaction ends."""
        ...

    async def active(self, work: Work, opportunite: ResourceId) -> Dossier | None:
        """Return the quote that counts of an opportunity in scope: the accepted one, else the newest that was not
        refused."""
        ...

    async def latest(self, work: Work, lignee: Any) -> int:
        """The number of the newest version."""
        ...


class Quotes(AuthoredResource[W]):
    """The use cases of quotes as a resource. Only drafts are changed."""

    def __init__(self, works: Works, store: ResourceStore[W], dossiers: Dossiers, files: Files) -> None:
        super().__init__(works, store, object_type="Devis")
        self._dossiers = dossiers
        self._files = files

    async def active(self, caller: Caller, opportunite: ResourceId) -> Versioned[W]:
        """Return the quote that counts of an opportunity (`get_devis_actif`): the accepted one, else the newest that
        was not refused. Raises `DomainError` of kind missing where there is none."""
        async with self.works.within(caller) as work:
            counting = await self._dossiers.active(work, opportunite)
        if counting is None:
            raise missing()
        return await self.get(caller, counting.id)

    async def renew(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Copy a quote as a draft with the next number (`create_new_version`). Raises `DomainError` of kind invalid
        where a version was accepted."""
        async with self.works.within(caller) as work:
            present = await self._held(work, key)
            check_renewable(present)
            copied = {
                "entreprise": present.entreprise,
                "opportunite": present.opportunite,
                "montant": present.montant,
                "contenu": present.contenu,
                **_draft(present.lignee, await self._dossiers.latest(work, present.lignee) + 1),
            }
            made = await self.store.insert(work, await super().prepare(work, copied, None))
            self.record(work, "CREATE", made)
            await work.commit(made)
        return made

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Begin a new quote as version 1; refuse to change what left its draft."""
        values = await super().prepare(work, values, key)
        if key is None:
            return {**values, **_draft(new_id(), 1)}
        present = await self._held(work, key)
        check_editable(present)
        if present.siblings and values.get("opportunite", present.opportunite) != present.opportunite:
            raise invalid_field("opportunite", OTHER_VERSIONS)
        return values

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Refuse to delete what was accepted; let go of the PDF that was sent."""
        present = await self._held(work, key)
        if present.statut is Statut.ACCEPTE:
            raise invalid_request(ACCEPTED_STAYS)
        await super().before_delete(work, key)
        if present.fichier is not None:
            await self._files.release(work, present.fichier)

    async def _held(self, work: Work, key: ResourceId) -> Dossier:
        found = await self._dossiers.hold(work, key)
        if found is None:
            raise missing()
        return found


def _draft(lignee: Any, number: int) -> dict[str, Any]:
    return {"lignee": lignee, "numero_version": number, "statut": str(Statut.BROUILLON), "motif_refus": ""}
