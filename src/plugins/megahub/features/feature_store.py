"""The catalogue in PostgreSQL."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from adapters.db.store import Store
from adapters.db.work import pg
from core.primitives.errors import DomainError, Kind
from core.primitives.page import Listing
from core.work import Work
from plugins.megahub.features.messages import FEATURE_IN_USE, NAME_USED
from plugins.megahub.features.store import FeatureRow

W = TypeVar("W")

_SUBSCRIBED: Any = sa.table("megahub_subscribed", sa.column("feature_id", sa.BigInteger()))
_IS_ACTIVE = "select is_active from megahub_feature where id = $1 for share"


def _subscribers(source: Any) -> Any:
    """How many companies are subscribed: the view counts those of all tenants, but for archived ones."""
    counted = sa.select(sa.func.count()).select_from(_SUBSCRIBED).where(_SUBSCRIBED.c.feature_id == source.c.id)
    return counted.scalar_subquery()


class PlainConflicts(Store[W]):
    """A store whose conflicts (409) are one message: no field has failed (document, "409 Conflict")."""

    async def guarded(self, running: Any) -> Any:
        """Await a statement; see `Store.guarded`."""
        try:
            return await super().guarded(running)
        except DomainError as error:
            if error.kind is not Kind.CONFLICT:
                raise
            raise DomainError(error.message, error.kind) from error


class FeatureStore(PlainConflicts[W]):
    """Features of the catalogue."""

    def __init__(self, struct: type[W], *, listing: Listing, time_zone: ZoneInfo) -> None:
        super().__init__(
            FeatureRow,
            struct,
            listing=listing,
            time_zone=time_zone,
            computed={"subscribed_companies_count": _subscribers},
            refusals={
                "uq_megahub_feature_name": ("name", NAME_USED, Kind.CONFLICT),
                "fk_megahub_subscription_feature_id": ("", FEATURE_IN_USE, Kind.CONFLICT),
            },
        )

    async def is_active(self, work: Work, key: int) -> bool | None:
        """Whether a feature is offered, and hold it so until the transaction ends; None where there is none."""
        active: bool | None = await pg(work).connection.fetchval(_IS_ACTIVE, key)
        return active
