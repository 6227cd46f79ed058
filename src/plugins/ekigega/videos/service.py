"""Training videos: what their list answers to. Those that a superuser makes outside of an organisation are shown to
all tenants, and changed by superusers alone (DECISIONS.md section 1)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from core.access.principal import Caller
from core.primitives.clock import Clock
from core.primitives.page import Filter, FilterKind, Listing, Versioned
from core.resources import Resource, ResourceStore
from core.work import Works

W = TypeVar("W")


class Status(StrEnum):
    """The state of a video; the third carries its accent on the wire."""

    ACTIF = "actif"
    INACTIF = "inactif"
    ARCHIVE = "archivé"


LISTING = Listing(
    filters=(Filter("langue", FilterKind.EXACT_FOLDED), Filter("status", choices=tuple(Status))),
    search=("titre",),
    ordering=("id", "titre", "url", "duree", "langue", "status", "date_genere", "created_at", "updated_at"),
)


class Videos(Resource[W]):
    """The use cases of training videos."""

    def __init__(self, works: Works, store: ResourceStore[W], clock: Clock) -> None:
        super().__init__(works, store, object_type="Video")
        self._clock = clock

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Make a video of the caller's organisation; a superuser who has not narrowed itself makes one for all."""
        shared = caller.superuser and caller.narrowed_to is None
        own = {"entreprise": None} if shared else {}
        return await super().create(caller, {**values, "date_genere": self._clock.now(), **own})
