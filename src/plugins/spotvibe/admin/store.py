"""The rows of admin."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row


class AdminActionRow(NumberedRow):
    """An entry of the audit trail that is an administrator's action, with the integer id that it is shown under, and
    the reason that was given. The database adds it when the entry is written (migration 0010), so that no feature can
    forget to."""

    __tablename__ = "spotvibe_admin_action"
    __table_args__ = ({"info": {"grants": "select, insert"}},)

    audit_id: Mapped[UUID] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    reason: Mapped[str] = mapped_column(server_default="")


class SuspensionRow(Row):
    """A user whom staff keep out of spotvibe. His account is left alone: other products are not theirs to close
    (DECISIONS.md section 0, "One account, several products")."""

    __tablename__ = "spotvibe_suspension"
    __table_args__ = (Index("ix_spotvibe_suspension_suspended_by", "suspended_by"),)

    user_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("spotvibe_profile.user_id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[str] = mapped_column(server_default="")
    suspended_by: Mapped[int] = mapped_column(BigInteger(), ForeignKey("account.number"))
    suspended_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
