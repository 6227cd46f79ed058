"""The use cases of categories (contracts/spotvibe.md section 4.1; DECISIONS.md section 2: staff write them)."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from core.access.principal import Caller
from core.primitives.errors import message, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works

OBJECT_TYPE: Final = "Categorie"

CATEGORY_NOT_FOUND = message("spotvibe_category_not_found", fr="Catégorie non trouvée.", en="Category not found.")
CATEGORY_IN_USE = message(
    "spotvibe_category_in_use",
    fr="Des événements sont de cette catégorie : elle ne peut être supprimée.",
    en="Events are of this category: it cannot be deleted.",
)


class CategoryStore(Protocol):
    """What categories need of their store."""

    async def page(self, work: Work, query: ListQuery) -> Page[Any]:
        """Return a page of the categories."""
        ...

    async def exists(self, work: Work, key: int) -> bool:
        """Whether there is such a category."""
        ...

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Any:
        """Insert a category and return it. Raises `DomainError` of kind invalid for a name that is used."""
        ...

    async def update(self, work: Work, key: int, values: Mapping[str, Any]) -> Any:
        """Change the given fields of a category and return it; None where there is none. Raises as `insert`."""
        ...

    async def delete(self, work: Work, key: int) -> bool:
        """Delete a category; False where there is none. Raises `DomainError` of kind conflict for one in use."""
        ...


class Categories:
    """The kinds of events."""

    def __init__(self, works: Works, store: CategoryStore) -> None:
        self._works = works
        self._store = store

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of the categories."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, query)

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Any:
        """Make a category. Raises `DomainError` of kind invalid for a name that is used, whatever its case and
        accents."""
        async with self._works.within(caller) as work:
            made = await self._store.insert(work, values)
            work.audit("CREATE", OBJECT_TYPE, made.id)
            await work.commit(made)
        return made

    async def change(self, caller: Caller, key: ResourceId, values: Mapping[str, Any]) -> Any:
        """Change the given fields of a category. Raises `DomainError` of kind missing, and as `create`."""
        async with self._works.within(caller) as work:
            changed = await self._store.update(work, int(key), values)
            if changed is None:
                raise missing(CATEGORY_NOT_FOUND)
            work.audit("UPDATE", OBJECT_TYPE, int(key))
            await work.commit()
        return changed

    async def delete(self, caller: Caller, key: ResourceId) -> None:
        """Delete a category. Raises `DomainError` of kind missing, of kind conflict where events are of it."""
        async with self._works.within(caller) as work:
            if not await self._store.delete(work, int(key)):
                raise missing(CATEGORY_NOT_FOUND)
            work.audit("DELETE", OBJECT_TYPE, int(key))
            await work.commit()
