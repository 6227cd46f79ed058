"""Projects: what their lists answer to, and their dates."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Protocol, TypeVar

from core.primitives import messages
from core.primitives.errors import invalid_field, message, missing
from core.primitives.page import Filter, FilterKind, Listing
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.authored import AuthoredResource
from plugins.crm.filters import Id, filters_of
from plugins.crm.projets.domain import Statut, check_dates

W = TypeVar("W")

FIELDS: Final[Mapping[str, type]] = {
    "id": Id,
    "client": Id,
    "titre": str,
    "description": str,
    "statut": str,
    "date_debut": date,
    "date_fin": date,
    "budget": Decimal,
    "devis_associe": Id,
    "duree": int,
    "en_retard": bool,
    "cree_par": Id,
    "date_creation": datetime,
    "date_modification": datetime,
}
LISTING: Final = Listing(
    filters=(*filters_of(FIELDS, choices={"statut": tuple(Statut)}), Filter("actif", FilterKind.BOOLEAN)),
    search=("titre", "description"),
    ordering=tuple(FIELDS),
    default_ordering=("-date_creation",),
)
"""`actif` finds the projects that are not finished: `get_projets_actifs` of the document is
`/api/clients/{id}/projets/?actif=true`."""


JUDGED_TOGETHER: Final = (frozenset({"date_debut", "date_fin"}), frozenset({"client", "devis_associe"}))
"""Fields of which one means nothing without the other."""


class Openings(Protocol):
    """What opening a project needs of the store."""

    async def open(self, work: Work, client: int, titre: str, budget: Decimal, devis: int, cree_par: int | None) -> int:
        """Insert a project to do, in the client's organisation; return its id."""
        ...


DEVIS_OF_ANOTHER = message(
    "crm_projet_devis_of_another",
    fr="Ce devis est celui d'un autre client.",
    en="This quote is another client's.",
)

ClientOfQuote = Callable[[Work, int], Awaitable[int | None]]
"""Returns the client that a quote in scope was made for; None where there is no such quote."""


class Projets(AuthoredResource[W]):
    """The use cases of projects. `client_of_quote` is given by the slice that keeps quotes, where it is switched on."""

    def __init__(self, works: Works, store: ResourceStore[W]) -> None:
        super().__init__(works, store, object_type="Projet")
        self.client_of_quote: ClientOfQuote | None = None

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Refuse an end that is not later than the start, and another client's quote, also where a change gives one of
        the two."""
        merged = dict(values)
        if key is not None and any(0 < len(pair & values.keys()) < len(pair) for pair in JUDGED_TOGETHER):
            held = await self.store.lock(work, key)
            if held is None:
                raise missing(self.absent)
            kept: Any = held.value
            merged = {name: values.get(name, getattr(kept, name)) for pair in JUDGED_TOGETHER for name in pair}
        check_dates(merged.get("date_debut"), merged.get("date_fin"))
        await self._check_quote(work, merged)
        return await super().prepare(work, values, key)

    async def _check_quote(self, work: Work, merged: Mapping[str, Any]) -> None:
        quote = merged.get("devis_associe")
        if quote is None or self.client_of_quote is None:
            return
        client = await self.client_of_quote(work, quote)
        if client is None:
            raise invalid_field("devis_associe", messages.NOT_REFERENCE)
        if client != merged["client"]:
            raise invalid_field("devis_associe", DEVIS_OF_ANOTHER)
