"""Rows of quotes."""

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, tenant_search_indexes
from core.primitives import messages
from plugins.crm.devis.devis_service import LISTING
from plugins.crm.devis.domain import FROZEN
from plugins.crm.rows import Authored, ReferredStore

W = TypeVar("W")


class DevisRow(NumberedRow, Authored):
    """A version of a quote. Versions of the same quote have the same `lignee`. `fichier` is the PDF that was sent,
    `lien_hash` the digest of the token that opens it. A trigger keeps what left its draft from changing."""

    __tablename__ = "crm_devis"
    __table_args__ = (
        UniqueConstraint("id", "entreprise"),
        UniqueConstraint("lignee", "numero_version"),
        ForeignKeyConstraint(["opportunite", "entreprise"], ["crm_opportunite.id", "crm_opportunite.entreprise"]),
        CheckConstraint("montant > 0 and montant < 1e12", name="montant"),
        CheckConstraint("numero_version >= 1", name="numero_version"),
        CheckConstraint("statut in ('Brouillon', 'Envoyé', 'Consulté', 'Accepté', 'Refusé')", name="statut"),
        CheckConstraint(
            "statut <> 'Brouillon' or (date_envoi is null and fichier is null and lien_hash is null)",
            name="brouillon",
        ),
        CheckConstraint("statut not in ('Envoyé', 'Consulté') or date_envoi is not null", name="date_envoi"),
        CheckConstraint("(statut in ('Accepté', 'Refusé')) = (date_reponse is not null)", name="date_reponse"),
        CheckConstraint("(lien_hash is null) = (lien_expire is null)", name="lien_expire"),
        Index("ix_crm_devis_entreprise", "entreprise", text("date_creation desc"), text("id desc")),
        Index("ix_crm_devis_statut", "entreprise", "statut", text("date_creation desc")),
        Index("ix_crm_devis_opportunite", "opportunite", "entreprise"),
        Index("ix_crm_devis_cree_par", "cree_par"),
        *tenant_search_indexes("crm_devis", "entreprise"),
        Index("uq_crm_devis_accepte", "lignee", unique=True, postgresql_where=text("statut = 'Accepté'")),
        Index("uq_crm_devis_lien_hash", "lien_hash", unique=True),
        Index("uq_crm_devis_fichier", "fichier", unique=True),
        {"info": {"tenant": "entreprise", "counted": True}},
    )

    opportunite: Mapped[int] = mapped_column(BigInteger())
    lignee: Mapped[UUID]
    numero_version: Mapped[int]
    montant: Mapped[Decimal]
    contenu: Mapped[str]
    statut: Mapped[str]
    date_envoi: Mapped[datetime | None]
    date_consultation: Mapped[datetime | None]
    date_reponse: Mapped[datetime | None]
    motif_refus: Mapped[str]
    fichier: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    lien_hash: Mapped[bytes | None] = mapped_column(LargeBinary())
    lien_expire: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(contenu)", persisted=True))


class DevisStore(ReferredStore[W]):
    """Quotes, as the resource writes and lists them."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        refusals: dict[str, Any] = {
            "fk_crm_devis_opportunite_entreprise": ("opportunite", messages.NOT_REFERENCE),
            "ck_crm_devis_fige": ("", FROZEN),
        }
        super().__init__(
            DevisRow,
            struct,
            listing=LISTING,
            time_zone=time_zone,
            columns={"version": "numero_version"},
            refusals=refusals,
        )
