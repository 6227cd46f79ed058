"""The use cases of settings (DECISIONS.md section 2, "faq, settings"): staff write, everybody reads the public ones."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from core.access.principal import Caller
from core.primitives.errors import invalid, invalid_request, missing
from core.primitives.page import ListQuery, Page
from core.work import Work, Works
from plugins.spotvibe.core.domain import READ_BY_SERVER, Setting, TypeValeur, is_read, setting_problem
from plugins.spotvibe.users.profile_service import moderates

OBJECT_TYPE: Final = "Parametre"


class SettingStore(Protocol):
    """What settings need of their store. Keys are the same whatever their case."""

    async def page(self, work: Work, query: ListQuery, *, whole: bool) -> Page[Any]:
        """Return a page of settings by key: public ones, or the `whole` list."""
        ...

    async def get(self, work: Work, cle: str) -> Any:
        """Return a setting; None where there is none."""
        ...

    async def lock(self, work: Work, cle: str) -> Any:
        """Return a setting and hold it until the transaction ends; None where there is none."""
        ...

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Any:
        """Insert a setting. Raises `DomainError` of kind invalid on `cle` where it is there already."""
        ...

    async def update(self, work: Work, cle: str, values: Mapping[str, Any]) -> Any:
        """Change fields of a setting and return it."""
        ...

    async def delete(self, work: Work, cle: str) -> bool:
        """Delete a setting; False where there is none."""
        ...


class Settings:
    """Settings of the application."""

    def __init__(self, works: Works, store: SettingStore) -> None:
        self._works = works
        self._store = store

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return a page of public settings, for staff of all."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, query, whole=moderates(caller))

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Any:
        """Make a setting. Raises `DomainError` of kind invalid for a value that is not of its type, and for a key that
        is there already."""
        self._check(values["cle"], values)
        async with self._works.within(caller) as work:
            made = await self._store.insert(work, values)
            work.audit("CREATE", OBJECT_TYPE, made.cle)
            await work.commit(made)
        return made

    async def change(self, caller: Caller, cle: str, given: Mapping[str, Any]) -> Any:
        """Change the given fields. Raises `DomainError` of kind missing, or invalid as `create`."""
        async with self._works.within(caller) as work:
            present = await self._store.lock(work, cle)
            if present is None:
                raise missing()
            merged = {"type_valeur": present.type_valeur, "valeur": present.valeur, **given}
            self._check(present.cle, merged)
            changed = await self._store.update(work, cle, given)
            work.audit("UPDATE", OBJECT_TYPE, changed.cle)
            await work.commit()
        return changed

    async def delete(self, caller: Caller, cle: str) -> None:
        """Delete a setting. Raises `DomainError` of kind missing, and invalid for one that the server reads."""
        if is_read(cle):
            raise invalid_request(READ_BY_SERVER, kind=TypeValeur.INTEGER.value)
        async with self._works.within(caller) as work:
            if not await self._store.delete(work, cle):
                raise missing()
            work.audit("DELETE", OBJECT_TYPE, cle)
            await work.commit()

    async def get(self, work: Work, cle: str) -> Setting | None:
        """Return a setting, inside the unit of work of its reader; None where there is none."""
        found = await self._store.get(work, cle)
        return None if found is None else Setting(found.cle, found.valeur, TypeValeur(found.type_valeur))

    def _check(self, cle: str, values: Mapping[str, Any]) -> None:
        problem = setting_problem(cle, TypeValeur(values["type_valeur"]), values["valeur"])
        if problem is not None:
            raise invalid(problem)
