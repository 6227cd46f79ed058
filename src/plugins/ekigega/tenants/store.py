"""Organisations as the companies API reads them."""

from typing import TypeVar
from zoneinfo import ZoneInfo

from adapters.db.organisations import OrganisationRow
from adapters.db.store import Store
from core.organisations.errors import ORGANISATION_NAME_TAKEN
from core.primitives.page import Filter, FilterKind, Listing
from plugins.ekigega.tenants.service import LISTING

W = TypeVar("W")

_COLUMNS = {"nom": "name", "secteur": "sector", "type": "kind", "adresse": "address", "taille": "size"}


def entreprise_store(struct: type[W], time_zone: ZoneInfo) -> Store[W]:
    """The store of companies. Beside what clients may filter, it can be narrowed to one by `id`, which the use cases
    do in production."""
    narrowed = Listing(filters=(Filter("id", FilterKind.ID),), search=LISTING.search, ordering=LISTING.ordering)
    return Store(
        OrganisationRow,
        struct,
        listing=narrowed,
        time_zone=time_zone,
        columns=_COLUMNS,
        hidden="archived_at",
        refusals={"uq_organisation_name": ("nom", ORGANISATION_NAME_TAKEN)},
    )
