"""What the lists of settings answer to, and what a setting may join."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, message
from core.primitives.page import Filter, FilterKind, Listing
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work

W = TypeVar("W")

LISTING = Listing(ordering=("id_set", "id_utilisateur", "id_codification"), default_ordering=("id_set",))
FILTERS = (Filter("id_utilisateur", FilterKind.ID),)
"""What the path of an utilisateur's settings narrows by."""

SETTING_NOT_FOUND = message("driven_setting_not_found", fr="Paramètre non trouvé", en="Setting not found")
SETTING_EXISTS = message(
    "driven_setting_exists",
    fr="Cet utilisateur a déjà ce paramètre",
    en="This user has this setting already",
)


class SettingStore(ResourceStore[W], Protocol[W]):
    """What settings need of their store."""

    async def unknown(self, work: Work, values: Mapping[str, Any]) -> Sequence[str]:
        """Return those of the given fields that name nothing."""
        ...


class Settings(Resource[W]):
    """Settings."""

    store: SettingStore[W]

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:  # noqa: ARG002
        """Refuse an unknown utilisateur, an unknown codification, and both at once."""
        unknown = await self.store.unknown(work, values)
        if unknown:
            raise invalid(*(FieldProblem((field,), messages.NOT_REFERENCE) for field in unknown))
        return values
