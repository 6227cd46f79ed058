"""What other slices of crm may ask of clients."""

from core.access.principal import Caller
from core.primitives.errors import missing
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.clients.domain import Contact
from plugins.crm.uses import Uses


class ClientsApi:
    """Clients, for the slices that refer to them. `uses` takes the kinds of things that keep a client from being
    deleted; as the `parent` of a list below `/api/clients/{id}/`, it answers for the client."""

    def __init__(self, works: Works, contacts: ResourceStore[Contact], uses: Uses) -> None:
        self._works = works
        self._contacts = contacts
        self.uses = uses

    async def require(self, caller: Caller, key: ResourceId) -> None:
        """Return where the caller may see the client. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            if await self.contact(work, key) is None:
                raise missing()

    async def contact(self, work: Work, key: ResourceId) -> Contact | None:
        """Return how a client in scope is addressed; None where there is none."""
        found = await self._contacts.get(work, key)
        return None if found is None else found.value
