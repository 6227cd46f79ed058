"""Subscriptions: what their list answers to, and the order of their dates."""

from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from core.primitives.errors import invalid_field, message, missing
from core.primitives.page import Filter, FilterKind, Listing
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")


class Status(StrEnum):
    """The state of a subscription; a job sets `expire` once its last day is over."""

    ACTIF = "actif"
    SUSPENDU = "suspendu"
    EXPIRE = "expire"
    ANNULE = "annule"


LISTING = Listing(
    filters=(Filter("type", FilterKind.EXACT_FOLDED), Filter("status", choices=tuple(Status))),
    search=("type", "fonctionnalites"),
    ordering=("id", "type", "date_debut", "date_fin", "prix", "status", "created_at", "updated_at"),
)

DATES_REVERSED = message(
    "subscription_dates_reversed",
    fr="La date de fin précède la date de début.",
    en="The end date is before the start date.",
)


class Abonnements(Resource[W]):
    """The use cases of subscriptions."""

    def __init__(self, works: Works, store: ResourceStore[W]) -> None:
        super().__init__(works, store, object_type="Abonnement")

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Refuse an end before the start (DECISIONS.md section 1), also where a change gives one of the two."""
        start, end = values.get("date_debut"), values.get("date_fin")
        if key is not None and (start is None) != (end is None):
            held = await self.store.lock(work, key)
            if held is None:
                raise missing()
            kept: Any = held.value
            start, end = start or kept.date_debut, end or kept.date_fin
        if isinstance(start, date) and isinstance(end, date) and end < start:
            raise invalid_field("date_fin", DATES_REVERSED)
        return values
