"""The use cases that crm's plain resources share: who creates a thing is its author, and what others refer to is not
deleted."""

from typing import Any, TypeVar

from core.primitives.errors import invalid_request, message
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works
from plugins.crm.uses import Uses

W = TypeVar("W")

STILL_USED = message(
    "crm_still_used",
    fr="Encore utilisé ailleurs : impossible de le supprimer.",
    en="Still in use elsewhere: it cannot be deleted.",
)
STILL_USED_BY = message(
    "crm_still_used_by",
    fr="Encore utilisé ({uses}) : supprimez-les d'abord.",
    en="Still in use ({uses}): delete these first.",
)


class AuthoredResource(Resource[W]):
    """A resource whose rows know their author. `uses` are the kinds of things that refer to it."""

    def __init__(self, works: Works, store: ResourceStore[W], *, object_type: str) -> None:
        super().__init__(works, store, object_type=object_type)
        self.uses = Uses()

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Note the author of a new one: the signed-in account, whatever a body says (DECISIONS.md section 0, "Creator
        fields")."""
        if key is None:
            principal = work.caller.principal
            values["cree_par"] = principal.number if principal else None
        return values

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Refuse where others refer to it. Raises `DomainError` of kind invalid that counts them."""
        found = await self.uses.found(work, int(key))
        if found:
            raise invalid_request(STILL_USED_BY, uses=found)
