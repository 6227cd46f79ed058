"""Brands: each of them takes a brand slot of its company (DECISIONS.md section 4, "Brands and users")."""

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from core.access.principal import Caller
from core.access.usage import Subject, Usage
from core.organisations.seats import without_limit
from core.primitives.errors import Kind, missing, stale
from core.primitives.page import ListQuery, Page, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works
from plugins.megahub.companies.company_service import Companies
from plugins.megahub.companies.domain import BRANDS, BRANDS_FULL

W = TypeVar("W")


class BrandStore(ResourceStore[W], Protocol[W]):
    """What the use cases need of the store."""

    async def counted(self, work: Work) -> Mapping[str, int]:
        """Return how many brands companies have, by their number, on a work that sees everything."""
        ...


class Brands(Generic[W]):
    """The use cases of a company's brands. All of them raise `DomainError` of kind missing for another company's."""

    def __init__(self, works: Works, store: BrandStore[W], companies: Companies[Any], usage: Usage) -> None:
        self._works = works
        self._store = store
        self._companies = companies
        self._usage = usage
        self._plain = Resource(works, store, object_type="Marque")
        usage.declare(BRANDS, without_limit, subject=Subject.ORGANISATION, counted=store.counted)

    async def page(self, caller: Caller, company: ResourceId, query: ListQuery) -> Page[W]:
        """Return a page of a company's brands."""
        inside, _ = await self._companies.inside(caller, company)
        return await self._plain.page(inside, query)

    async def get(self, caller: Caller, company: ResourceId, key: ResourceId) -> Versioned[W]:
        """Return one."""
        inside, _ = await self._companies.inside(caller, company)
        return await self._plain.get(inside, key)

    async def create(self, caller: Caller, company: ResourceId, values: Mapping[str, Any]) -> Versioned[W]:
        """Make one. Raises `DomainError` of kind invalid where the company's slots are full, and nothing is made."""
        inside, owner = await self._companies.inside(caller, company)
        async with self._works.within(inside) as work:
            await self._usage.take(work, BRANDS, str(owner.number), BRANDS_FULL, kind=Kind.INVALID)
            made = await self._store.insert(work, values)
            self._plain.record(work, "CREATE", made)
            await work.commit(made)
        return made

    async def change(
        self, caller: Caller, company: ResourceId, key: ResourceId, values: Mapping[str, Any], version: int | None
    ) -> Versioned[W]:
        """Change the given fields. Raises `DomainError` of kind stale where `version` is not the present one."""
        inside, _ = await self._companies.inside(caller, company)
        return await self._plain.change(inside, key, values, version)

    async def delete(self, caller: Caller, company: ResourceId, key: ResourceId, version: int | None) -> None:
        """Delete one: its slot is free again. Raises as `change`."""
        inside, owner = await self._companies.inside(caller, company)
        async with self._works.within(inside) as work:
            # first the counter, as whoever makes one does: the row is gone for good once that is held
            await self._usage.hold(work, BRANDS, str(owner.number))
            if await self._store.delete(work, key, version) is None:
                if version is not None and await self._store.get(work, key) is not None:
                    raise stale()
                raise missing()
            await self._usage.give_back(work, BRANDS, str(owner.number))
            work.audit("DELETE", self._plain.object_type, key, organisation=owner.id)
            await work.commit()
