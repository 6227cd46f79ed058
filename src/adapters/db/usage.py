"""Rows of the kernel's usage counters, and of the journal that proves them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row

_COUNTER = ("feature", "subject", "period")
_COUNTER_KEY = ("usage_counter.feature", "usage_counter.subject", "usage_counter.period")


class UsageRow(Row):
    """What a subject has used of a feature in a period: the sum of its journal."""

    __tablename__ = "usage_counter"
    __table_args__ = (CheckConstraint("used >= 0", name="used"),)

    feature: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger())


class UsageEntryRow(Row):
    """One change of a counter, in the transaction of what it counts: never changed, never deleted.

    `asked_feature` and `asked_subject` are what was used where it counts on another feature's counter (a company's
    subscription); `reference` names the thing that was counted, so that it can be given back.
    """

    __tablename__ = "usage_entry"
    __table_args__ = (
        ForeignKeyConstraint(_COUNTER, _COUNTER_KEY),
        CheckConstraint("kind in ('opening', 'take', 'give_back', 'recount', 'reset', 'settle')", name="kind"),
        CheckConstraint("amount <> 0 or kind = 'reset'", name="amount"),
        Index("ix_usage_entry_feature_subject_period", *_COUNTER, "id", postgresql_include=["amount"]),
        Index(
            "ix_usage_entry_asked_feature_reference",
            "asked_feature",
            "reference",
            postgresql_where=text("reference <> ''"),
        ),
        {"info": {"grants": "select, insert"}},
    )

    id: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), primary_key=True)
    feature: Mapped[str]
    subject: Mapped[str]
    period: Mapped[str]
    asked_feature: Mapped[str]
    asked_subject: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger())
    reference: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class UsageShareRow(Row):
    """How many rows of a feature a counter has taken account of: what is made while nobody caps the feature is not
    counted, and is found by the difference."""

    __tablename__ = "usage_share"
    __table_args__ = (
        ForeignKeyConstraint(_COUNTER, _COUNTER_KEY),
        CheckConstraint("used >= 0", name="used"),
    )

    feature: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    asked_feature: Mapped[str] = mapped_column(primary_key=True)
    asked_subject: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger())
