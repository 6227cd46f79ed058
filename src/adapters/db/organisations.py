"""Rows of the organisations and access areas."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Timestamps, UuidRow, Version, search_index


class OrganisationRow(UuidRow, Timestamps, Version):
    """A company: a tenant of the installation. Archived, it and its data vanish from every answer."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("ix_organisation_created_at", "created_at", "id"),
        Index("ix_organisation_admin_id", "admin_id"),
        search_index("organisation"),
        Index(
            "uq_organisation_name",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("name_unique and archived_at is null"),
        ),
        search_index("organisation", column="billing_text"),
    )

    number: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), unique=True)
    name: Mapped[str]
    sector: Mapped[str]
    kind: Mapped[str]
    address: Mapped[str]
    size: Mapped[int]
    billing_email: Mapped[str | None]
    admin_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    is_active: Mapped[bool] = mapped_column(server_default="true")
    archived_at: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(
        Computed("socle_fold(name || E'\\n' || sector || E'\\n' || kind)", persisted=True)
    )
    name_unique: Mapped[bool] = mapped_column(server_default="false")
    """Whether no other open organisation of this kind has its name (DECISIONS.md section 4: those that megahub
    made)."""
    billing_text: Mapped[str | None] = mapped_column(Computed("socle_fold(billing_email)", persisted=True))


class RoleRow(UuidRow, Timestamps, Version):
    """A role: what its holders may do in their organisation. Seeded ones are neither deleted nor renamed."""

    __tablename__ = "role"
    __table_args__ = (Index("uq_role_name", text("lower(name)"), unique=True),)

    name: Mapped[str]
    description: Mapped[str]
    permissions: Mapped[dict[str, Any]] = mapped_column(JSONB())
    seeded: Mapped[bool] = mapped_column(server_default="false")
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(name)", persisted=True))


class MembershipRow(UuidRow, Timestamps, Version):
    """An account's place in an organisation: its role, its status, and whether it is the owner."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("account_id", "organisation_id"),
        Index("uq_membership_owner", "organisation_id", unique=True, postgresql_where=text("owner")),
        Index("ix_membership_organisation_id", "organisation_id", "created_at", "id"),
        Index("ix_membership_role_id", "role_id"),
        CheckConstraint("status in ('actif', 'inactif', 'en_attente')", name="status"),
        CheckConstraint("not owner or status = 'actif'", name="owner_active"),
        {"info": {"tenant": "organisation_id"}},
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    role_id: Mapped[UUID] = mapped_column(ForeignKey("role.id"))
    status: Mapped[str]
    owner: Mapped[bool] = mapped_column(server_default="false")
