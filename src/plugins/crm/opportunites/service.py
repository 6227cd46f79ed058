"""Opportunities: what their lists answer to, and what writing them does."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

import msgspec

from core.access.principal import Caller
from core.primitives.clock import Clock
from core.primitives.errors import missing
from core.primitives.page import Listing, Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.authored import AuthoredResource
from plugins.crm.filters import Id, filters_of
from plugins.crm.opportunites.domain import ETAPES, Outcome, Resultat, decided, next_stage

W = TypeVar("W")

_SCALARS: Final[Mapping[str, type]] = {
    "nom": str,
    "client": Id,
    "montant": Decimal,
    "probabilite": int,
    "etape": str,
    "date_conclusion_estimee": date,
    "notes": str,
    "valeur_ponderee": Decimal,
    "resultat": str,
    "motif_perte": str,
    "date_cloture": datetime,
    "cree_par": Id,
    "date_creation": datetime,
    "date_modification": datetime,
}
LISTING: Final = Listing(
    filters=filters_of(_SCALARS, choices={"etape": tuple(ETAPES), "resultat": tuple(Resultat)}),
    search=("nom", "notes"),
    ordering=("id", *_SCALARS),
    default_ordering=("-date_creation",),
)
_DECISIVE: Final = frozenset({"etape", "resultat", "motif_perte"})


class OpportuniteStore(ResourceStore[W], Protocol[W]):
    """What opportunities need of their store."""

    async def outcome(self, work: Work, key: ResourceId) -> Outcome | None:
        """Return where an opportunity in scope stands, and hold it until the transaction ends."""
        ...


class Opportunites(AuthoredResource[W]):
    """The use cases of opportunities."""

    store: OpportuniteStore[W]

    def __init__(self, works: Works, store: OpportuniteStore[W], clock: Clock) -> None:
        super().__init__(works, store, object_type="Opportunite")
        self._clock = clock

    async def advance(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Move one step on (`advance_stage`). Raises `DomainError` of kind invalid at "conclusion"."""
        async with self.works.within(caller) as work:
            present = await self.store.outcome(work, key)
            if present is None:
                raise missing()
            moved = await self.store.update(work, key, {"etape": str(next_stage(present.etape))}, None)
            if moved is None:
                raise missing()
            work.audit("ADVANCE", self.object_type, key, organisation=moved.organisation)
            await work.commit()
        return moved

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Note the author of a new one; keep stage and outcome in step."""
        values = await super().prepare(work, values, key)
        if key is not None and _DECISIVE.isdisjoint(values):
            return values
        present = Outcome() if key is None else await self.store.outcome(work, key)
        if present is None:
            raise missing()
        return {**values, **msgspec.structs.asdict(decided(present, values, self._clock.now()))}
