"""Templates, which staff write (contracts/spotvibe.md section 7.3; DECISIONS.md section 2, "faq, settings, …")."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, invalid_field, invalid_request, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.notifications.domain import KEPT_TYPE, TEMPLATE_NOT_FOUND, UNKNOWN_PLACES, Canal, places_of
from plugins.spotvibe.notifications.types import ALWAYS, DIGEST, PLACES

OBJECT_TYPE: Final = "NotificationTemplate"
TEXTS: Final = ("sujet_fr", "corps_fr", "sujet_en", "corps_en")


class TemplateStore(Protocol):
    """What templates need of their store."""

    async def page(self, work: Work, query: ListQuery) -> Page[Any]:
        """Return templates by type."""
        ...

    async def detail(self, work: Work, key: int) -> Any:
        """Return a template; None where there is none."""
        ...

    async def hold(self, work: Work, key: int) -> dict[str, Any] | None:
        """Return a template's fields, and hold it until the transaction ends."""
        ...

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Any:
        """Insert a template and return it. Raises `DomainError` of kind invalid where its type has one."""
        ...

    async def update(self, work: Work, key: int, values: Mapping[str, Any]) -> Any:
        """Change a template and return it. Raises as `insert`."""
        ...

    async def delete(self, work: Work, key: int) -> None:
        """Delete a template."""
        ...


class Templates:
    """Templates. Those of the product's own types may be written anew, not renamed and not deleted."""

    def __init__(self, works: Works, store: TemplateStore) -> None:
        self._works = works
        self._store = store

    async def page(self, caller: Caller, query: ListQuery) -> Page[Any]:
        """Return templates by type."""
        async with self._works.reading(caller) as work:
            return await self._store.page(work, query)

    async def detail(self, caller: Caller, key: ResourceId) -> Any:
        """Return a template. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.detail(work, int(key))
        if found is None:
            raise missing(TEMPLATE_NOT_FOUND)
        return found

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Any:
        """Create a template of a new type. Raises `DomainError` of kind invalid with the failing fields."""
        given = _prepared(values)
        async with self._works.within(caller) as work:
            made = await self._store.insert(work, given)
            work.audit("CREATE", OBJECT_TYPE, made.id)
            await work.commit(made)
        return made

    async def change(self, caller: Caller, key: ResourceId, values: Mapping[str, Any]) -> Any:
        """Change the given fields. Raises `DomainError` of kind missing, of kind invalid with the failing fields."""
        async with self._works.within(caller) as work:
            before = await self._store.hold(work, int(key))
            if before is None:
                raise missing(TEMPLATE_NOT_FOUND)
            given = _prepared({**before, **values})
            if before["type_notification"] in PLACES and given["type_notification"] != before["type_notification"]:
                raise invalid_field("type_notification", KEPT_TYPE)
            changed = await self._store.update(work, int(key), given)
            work.audit("UPDATE", OBJECT_TYPE, int(key))
            await work.commit()
        return changed

    async def delete(self, caller: Caller, key: ResourceId) -> None:
        """Delete a template of the staff's own. Raises `DomainError` of kind missing, of kind invalid for a type that
        the product sends."""
        async with self._works.within(caller) as work:
            before = await self._store.hold(work, int(key))
            if before is None:
                raise missing(TEMPLATE_NOT_FOUND)
            if before["type_notification"] in PLACES:
                raise invalid_request(KEPT_TYPE)
            await self._store.delete(work, int(key))
            work.audit("DELETE", OBJECT_TYPE, int(key))
            await work.commit()


def _prepared(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a whole template, checked; channels once each, in a fixed order."""
    problems = list(_problems(values))
    if problems:
        raise invalid(*problems)
    chosen = frozenset(values["canaux_actifs"])
    return {**values, "canaux_actifs": [canal.value for canal in Canal if canal in chosen]}


def _problems(values: Mapping[str, Any]) -> Iterator[FieldProblem]:
    kind = values["type_notification"]
    if kind == DIGEST:
        yield FieldProblem(("type_notification",), messages.ALREADY_USED)
    for name in TEXTS:
        unknown = places_of(values[name]) - PLACES[kind] - ALWAYS if kind in PLACES else ()
        if unknown:
            yield FieldProblem((name,), UNKNOWN_PLACES, {"places": ", ".join(sorted(unknown))})
