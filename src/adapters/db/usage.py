"""Rows of the kernel's usage counters."""

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row


class UsageRow(Row):
    """What a subject has used of a feature in a period."""

    __tablename__ = "usage_counter"
    __table_args__ = (CheckConstraint("used >= 0", name="used"),)

    feature: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger())
