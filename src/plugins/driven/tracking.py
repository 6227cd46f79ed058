"""Resources whose rows tell who made and changed them."""

from typing import Any, TypeVar

from core.resources import Resource, ResourceId
from core.work import Work

W = TypeVar("W")


class TrackedResource(Resource[W]):
    """Writes the authenticated account into `creer_par` and `modifier_par`, whatever the request says (DECISIONS.md
    section 0, "Creator fields")."""

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Add who writes."""
        number = work.caller.principal.number if work.caller.principal else None
        return {**values, "modifier_par": number, **({"creer_par": number} if key is None else {})}
