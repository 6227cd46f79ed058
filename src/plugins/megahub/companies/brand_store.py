"""Brands in PostgreSQL."""

from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from adapters.db.organisations import OrganisationRow
from adapters.db.referred import of_referred
from adapters.db.store import Store
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.work import Work
from plugins.megahub.companies.domain import BRAND_LIST
from plugins.megahub.companies.store import BrandRow

W = TypeVar("W")

_ORGANISATION: Any = OrganisationRow.__table__
_COUNTED = sql(
    """
    select organisation.number, count(*) from megahub_brand
    join organisation on organisation.id = megahub_brand.organisation_id group by organisation.number
    """
)
_company = of_referred(_ORGANISATION.c.number, "organisation_id")


class BrandRows(Store[W]):
    """Brands, and what proves their counters."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        super().__init__(BrandRow, struct, listing=BRAND_LIST, time_zone=time_zone, computed={"company": _company})

    async def counted(self, work: Work) -> Mapping[str, int]:
        """Return how many brands companies have, by their number."""
        return {str(number): count for number, count in await pg(work).all(_COUNTED)}
