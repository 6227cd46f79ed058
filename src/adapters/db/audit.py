"""Rows of the audit area: append-only, the application role may insert and select."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import UuidRow, search_index


class AuditEntryRow(UuidRow):
    """What was done, by whom, through which request. Written in the transaction of what it records."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_organisation_id", "organisation_id", "created_at", "id"),
        Index("ix_audit_entry_account_id", "account_id", "created_at"),
        search_index("audit_entry", "organisation_id"),
        {"info": {"tenant": "organisation_id", "grants": "select, insert", "counted": True}},
    )

    action: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    ip_address: Mapped[str]
    user_agent: Mapped[str]
    status_code: Mapped[int]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSONB())
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    search_text: Mapped[str] = mapped_column(
        Computed(
            "socle_fold(action || E'\\n' || object_type || E'\\n' || object_id || E'\\n'"
            " || path || E'\\n' || ip_address)",
            persisted=True,
        )
    )
