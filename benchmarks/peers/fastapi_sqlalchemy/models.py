"""Socle's tables, mapped."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, DateTime, ForeignKey, LargeBinary, Numeric, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """All rows."""

    type_annotation_map = {
        str: Text(),
        datetime: DateTime(timezone=True),
        Decimal: Numeric(14, 2),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
    }


class Tenanted:
    """A row of a tenant."""

    id: Mapped[UUID] = mapped_column(primary_key=True)
    entreprise: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default="1", deferred=True)
    __mapper_args__ = {"eager_defaults": True}


class SessionAccess(Base):
    """Who holds a session: the view that Socle's edge reads as well."""

    __tablename__ = "session_access"
    session_id: Mapped[UUID] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
    account_id: Mapped[UUID]
    organisation_id: Mapped[UUID | None]
    permissions: Mapped[dict[str, Any] | None]
    owner: Mapped[bool | None]


class Produit(Tenanted, Base):
    """A product."""

    __tablename__ = "produit"
    nom: Mapped[str]
    categorie: Mapped[str]
    prix: Mapped[Decimal]
    quantite: Mapped[int]
    archived_at: Mapped[datetime | None] = mapped_column(deferred=True)
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(nom || E'\\n' || categorie)"), deferred=True)


class Partner(Tenanted, Base):
    """A client or supplier."""

    __tablename__ = "partner"
    type: Mapped[str]
    archived_at: Mapped[datetime | None] = mapped_column(deferred=True)


class VenteItem(Base):
    """A line of a sale."""

    __tablename__ = "vente_item"
    vente: Mapped[UUID] = mapped_column(ForeignKey("vente.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    entreprise: Mapped[UUID] = mapped_column(deferred=True)
    produit: Mapped[UUID]
    quantite: Mapped[int]
    prix_unitaire: Mapped[Decimal]


class Vente(Tenanted, Base):
    """A sale."""

    __tablename__ = "vente"
    client: Mapped[UUID]
    statut: Mapped[str]
    total: Mapped[Decimal] = mapped_column(Numeric(26, 2))
    items: Mapped[list[VenteItem]] = relationship(order_by=VenteItem.position, lazy="raise")


class Depense(Base):
    """An expense."""

    __tablename__ = "depense"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    entreprise: Mapped[UUID]
    montant: Mapped[Decimal]
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """What was done."""

    __tablename__ = "audit_entry"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    action: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    ip_address: Mapped[str]
    user_agent: Mapped[str]
    status_code: Mapped[int]
    account_id: Mapped[UUID]
    organisation_id: Mapped[UUID]


class IdempotentAnswer(Base):
    """The answer to a request under an `Idempotency-Key`."""

    __tablename__ = "idempotent_answer"
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int]
    body: Mapped[bytes]
    headers: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
