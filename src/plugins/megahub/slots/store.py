"""Rows of slots, and of purchases of them."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row, Timestamps, Version


class SlotsRow(Row, Timestamps, Version):
    """How many brands and users a company may have. One that has no row yet has what the settings give."""

    __tablename__ = "megahub_slots"
    __table_args__ = (
        CheckConstraint("brands_slots >= 0", name="brands_slots"),
        CheckConstraint("users_slots >= 0", name="users_slots"),
        Index("ix_megahub_slots_created_at", "created_at"),
    )

    organisation_number: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("organisation.number"), primary_key=True, autoincrement=False
    )
    brands_slots: Mapped[int]
    users_slots: Mapped[int]


class SlotPurchaseRow(NumberedRow, Timestamps):
    """A purchase of slots: how many, what they cost, and whether they are there."""

    __tablename__ = "megahub_slot_purchase"
    __table_args__ = (
        CheckConstraint("brands >= 0", name="brands"),
        CheckConstraint("users >= 0 and brands + users > 0", name="users"),
        CheckConstraint("amount > 0 and amount < 1e12", name="amount"),
        CheckConstraint("status in ('pending', 'delivered', 'failed', 'refunded')", name="status"),
        Index("ix_megahub_slot_purchase_organisation_number", "organisation_number", "id"),
        Index("ix_megahub_slot_purchase_account_id", "account_id"),
    )

    organisation_number: Mapped[int] = mapped_column(BigInteger(), ForeignKey("organisation.number"))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    brands: Mapped[int]
    users: Mapped[int]
    amount: Mapped[Decimal]
    status: Mapped[str] = mapped_column(server_default="pending")
