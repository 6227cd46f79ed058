"""What other slices of crm may ask of projects."""

from decimal import Decimal
from typing import Any

import msgspec

from core.access.principal import Caller
from core.primitives.errors import missing
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.projets.projet_service import ClientOfQuote, Openings, Projets


class Known(msgspec.Struct, frozen=True):
    """A project that is there, and its client."""

    id: int
    client: int


class ProjetsApi:
    """Projects, for the slices that refer to them. `uses` takes the kinds of things that keep a project from being
    deleted; as the `parent` of a list below `/api/projets/{id}/`, it answers for the project. The slice of quotes
    tells by `know_quotes` whom a quote was made for, so that a project names its own client's."""

    def __init__(self, works: Works, known: ResourceStore[Known], openings: Openings, projets: Projets[Any]) -> None:
        self._works = works
        self._known = known
        self._openings = openings
        self._projets = projets
        self.uses = projets.uses

    def know_quotes(self, client_of_quote: ClientOfQuote) -> None:
        """Have the quote of a project checked from now on."""
        self._projets.client_of_quote = client_of_quote

    async def require(self, caller: Caller, key: ResourceId) -> None:
        """Return where the caller may see the project. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            if await self._known.get(work, key) is None:
                raise missing()

    async def open_for(self, work: Work, client: int, titre: str, budget: Decimal, devis: int) -> int:
        """Open a project to do for a client, of an accepted quote; return its id. The caller answers for the client and
        the quote: both are of one organisation."""
        principal = work.caller.principal
        author = principal.number if principal else None
        made = await self._openings.open(work, client, titre, budget, devis, author)
        work.audit("CREATE", "Projet", made, details={"devis": devis})
        return made
