"""The use cases of a plain resource: list, read, create, replace, change, delete, each in one unit of work with its
audit entry. A feature passes its store and overrides the rules that are its own."""

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from core.access.principal import Caller
from core.primitives.errors import NOT_FOUND, Message, missing, stale
from core.primitives.page import ListQuery, Page, Versioned
from core.work import Work, Works

W = TypeVar("W")

ResourceId = UUID | int


class ResourceStore(Protocol[W]):
    """What the use cases need of a store. `W` is the wire struct that rows are read into."""

    async def page(self, work: Work, query: ListQuery) -> Page[W]:
        """Return a page of the rows in scope."""
        ...

    async def get(self, work: Work, key: ResourceId) -> Versioned[W] | None:
        """Return a row in scope."""
        ...

    async def lock(self, work: Work, key: ResourceId) -> Versioned[W] | None:
        """Return a row in scope and hold it until the transaction ends."""
        ...

    async def find(self, work: Work, name: str, value: Any) -> Versioned[W] | None:
        """Return the row in scope that has this value in a unique field."""
        ...

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Versioned[W]:
        """Insert a row, under a new id unless one is given, and return it as it stands."""
        ...

    async def update(
        self, work: Work, key: ResourceId, values: Mapping[str, Any], version: int | None
    ) -> Versioned[W] | None:
        """Change a row and return it; None where it is not in scope, or not in the version given."""
        ...

    async def delete(self, work: Work, key: ResourceId, version: int | None) -> Versioned[ResourceId] | None:
        """Delete a row and return its id; None where it is not in scope, or not in the version given."""
        ...


class Resource(Generic[W]):
    """The use cases of a resource. `object_type` is its name in the audit trail, `key` the field that holds its id,
    `absent` what is said of one that is not there."""

    def __init__(
        self, works: Works, store: ResourceStore[W], *, object_type: str, key: str = "id", absent: Message = NOT_FOUND
    ) -> None:
        self.works = works
        self.absent = absent
        self.key = key
        self.store = store
        self.object_type = object_type

    async def page(self, caller: Caller, query: ListQuery) -> Page[W]:
        """Return a page of the list."""
        async with self.works.reading(caller) as work:
            return await self.store.page(work, query)

    async def get(self, caller: Caller, key: ResourceId) -> Versioned[W]:
        """Return one. Raises `DomainError` of kind missing."""
        async with self.works.reading(caller) as work:
            found = await self.store.get(work, key)
        if found is None:
            raise missing(self.absent)
        return found

    async def find(self, caller: Caller, name: str, value: Any) -> Versioned[W]:
        """Return one by a unique field. Raises `DomainError` of kind missing."""
        async with self.works.reading(caller) as work:
            found = await self.store.find(work, name, value)
        if found is None:
            raise missing(self.absent)
        return found

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Create one."""
        async with self.works.within(caller) as work:
            prepared = await self.prepare(work, dict(values), None)
            made = await self.store.insert(work, prepared)
            self.record(work, "CREATE", made)
            await work.commit(made)
        return made

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change the given fields (all of them for a PUT). Raises `DomainError` of kind missing, or stale where
        `version` is not the present one."""
        async with self.works.within(caller) as work:
            prepared = await self.prepare(work, dict(values), key)
            changed = await self.store.update(work, key, prepared, version)
            if changed is None:
                raise await self._absent(work, key, version)
            self.record(work, "UPDATE", changed)
            await work.commit()
        return changed

    async def delete(self, caller: Caller, key: ResourceId, version: int | None = None) -> None:
        """Delete one. Raises like `change`."""
        async with self.works.within(caller) as work:
            await self.before_delete(work, key)
            deleted = await self.store.delete(work, key, version)
            if deleted is None:
                raise await self._absent(work, key, version)
            work.audit("DELETE", self.object_type, key, organisation=deleted.organisation)
            await work.commit()

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:  # noqa: ARG002
        """Check and complete the values to be written; `key` is None for a new one. Features override it."""
        return values

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Refuse a deletion, or prepare it. Features override it."""

    def record(self, work: Work, action: str, written: Versioned[W]) -> None:
        """Record the audit entry of a write, in the organisation that the row belongs to."""
        key: ResourceId = getattr(written.value, self.key)
        work.audit(action, self.object_type, key, organisation=written.organisation)

    async def _absent(self, work: Work, key: ResourceId, version: int | None) -> Exception:
        # locked, not read: what the caller may see and not change is missing, whatever its version
        if version is not None and await self.store.lock(work, key) is not None:
            return stale()
        return missing(self.absent)
