"""Rows of clients."""

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, tenant_search_indexes
from adapters.db.store import Store
from core.primitives.page import Listing
from plugins.crm.clients.client_service import EMAIL_USED, LISTING
from plugins.crm.clients.domain import Contact
from plugins.crm.rows import Authored, ReferredStore

W = TypeVar("W")


class ClientRow(NumberedRow, Authored):
    """A client of an organisation. Its email is folded to lower case, and unique in the organisation."""

    __tablename__ = "crm_client"
    __table_args__ = (
        UniqueConstraint("id", "entreprise"),
        UniqueConstraint("entreprise", "email"),
        Index("ix_crm_client_entreprise", "entreprise", text("date_creation desc"), text("id desc")),
        Index("ix_crm_client_nom", "entreprise", text("lower(nom)")),
        Index("ix_crm_client_societe", "entreprise", text("lower(societe)")),
        Index("ix_crm_client_categorie", "entreprise", text("lower(categorie)")),
        Index("ix_crm_client_cree_par", "cree_par"),
        *tenant_search_indexes("crm_client", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True}},
    )

    nom: Mapped[str]
    societe: Mapped[str]
    email: Mapped[str | None]
    telephone: Mapped[str]
    notes: Mapped[str]
    categorie: Mapped[str]
    search_text: Mapped[str] = mapped_column(
        Computed(
            "socle_fold(nom || E'\\n' || societe || E'\\n' || coalesce(email, '') || E'\\n' || telephone)",
            persisted=True,
        )
    )


def _worth(source: Any) -> Any:
    """Weighted open opportunities and accepted quotes (DECISIONS.md section 5, "Clients"). The function stands in the
    database, so that it is 0 where nothing sells."""
    return sa.cast(sa.func.crm_valeur_client(source.c.id), sa.Numeric(26, 2))


class ClientStore(ReferredStore[W]):
    """Clients."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        super().__init__(
            ClientRow,
            struct,
            listing=LISTING,
            time_zone=time_zone,
            computed={"valeur_client": _worth},
            refusals={"uq_crm_client_entreprise_email": ("email", EMAIL_USED)},
        )


def contact_store(time_zone: ZoneInfo) -> Store[Contact]:
    """Reads how clients are addressed."""
    return Store(ClientRow, Contact, listing=Listing(), time_zone=time_zone)
