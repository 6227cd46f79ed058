"""What lists of pages answer to, and how pages come to applications and leave them."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from core.access.principal import Caller
from core.primitives.errors import DomainError, Kind, message, missing
from core.primitives.page import Filter, FilterKind, Listing, ListQuery, Page
from core.resources import ResourceId
from core.work import Work
from plugins.driven.applications.service import APPLICATION_NOT_FOUND
from plugins.driven.icons import IconResource, IconStore

W = TypeVar("W")

FOLDER = "uploads/pages"
_ORDERING = ("page_id", "nom", "description", "lien", "app_id", "creer_a", "modifier_a")
LISTING = Listing(ordering=_ORDERING, default_ordering=("page_id",))
NARROWED = Listing(filters=(Filter("app_id", FilterKind.ID),), ordering=_ORDERING, default_ordering=("page_id",))
"""With the filter that the path of an application's pages gives."""

PAGE_NOT_FOUND = message("driven_page_not_found", fr="Page non trouvée", en="Page not found")
UNKNOWN_PAGES = message(
    "driven_pages_unknown", fr="Page(s) inconnue(s) : {inconnues}", en="Unknown page(s): {inconnues}"
)
UNKNOWN_APPLICATION = message(
    "driven_application_unknown", fr="Cette application n'existe pas", en="This application does not exist"
)


class PageStore(IconStore[W], Protocol[W]):
    """What pages need of their store."""

    async def hold_application(self, work: Work, app_id: ResourceId) -> bool:
        """Whether an application is there; it is kept there until the transaction ends."""
        ...

    async def hold(self, work: Work, ids: Sequence[int]) -> list[int]:
        """Return those of the pages that are there, and hold them until the transaction ends."""
        ...

    async def attach(self, work: Work, app_id: ResourceId, ids: Sequence[int], number: int | None) -> None:
        """Have pages belong to an application; `number` is the account that does it."""
        ...

    async def detach(self, work: Work, app_id: ResourceId, ids: Sequence[int], number: int | None) -> None:
        """Have those of the pages belong to none that belong to an application."""
        ...


class Pages(IconResource[W]):
    """Pages."""

    store: PageStore[W]

    async def page(self, caller: Caller, query: ListQuery) -> Page[W]:
        """Return a page of the list. Raises `DomainError` of kind missing where it is that of an application that is
        not there."""
        async with self.works.reading(caller) as work:
            found = await self.store.page(work, query)
            app_id = dict(query.filters).get("app_id")
            if app_id is not None and not found.count and not await self.store.hold_application(work, app_id):
                raise missing(APPLICATION_NOT_FOUND)
        return found

    async def add(self, caller: Caller, app_id: ResourceId, ids: Sequence[int]) -> None:
        """Have pages belong to an application, whatever they belonged to. Raises `DomainError` of kind missing where it
        or one of the pages is not there; then nothing is changed."""
        async with self.works.within(caller) as work:
            held = await self._held(work, app_id, ids)
            await self.store.attach(work, app_id, held, _number(work))
            work.audit("UPDATE", "Application", app_id, details={"pages_ajoutees": held})
            await work.commit()

    async def remove(self, caller: Caller, app_id: ResourceId, ids: Sequence[int]) -> None:
        """Take pages from an application; those of others stay theirs. Raises like `add`."""
        async with self.works.within(caller) as work:
            held = await self._held(work, app_id, ids)
            await self.store.detach(work, app_id, held, _number(work))
            work.audit("UPDATE", "Application", app_id, details={"pages_retirees": held})
            await work.commit()

    async def _held(self, work: Work, app_id: ResourceId, ids: Sequence[int]) -> list[int]:
        if not await self.store.hold_application(work, app_id):
            raise missing(APPLICATION_NOT_FOUND)
        held = await self.store.hold(work, ids)
        unknown = [each for each in dict.fromkeys(ids) if each not in held]
        if unknown:
            raise DomainError(UNKNOWN_PAGES, Kind.MISSING, {"inconnues": ", ".join(map(str, unknown))})
        return held


def _number(work: Work) -> int | None:
    return work.caller.principal.number if work.caller.principal else None
