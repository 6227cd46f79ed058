"""Rows of features and of subscriptions to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps, Version


class FeatureRow(NumberedRow, Timestamps, Version):
    """A feature of the catalogue, which all companies share."""

    __tablename__ = "megahub_feature"
    __table_args__ = (
        CheckConstraint(
            "feature_type in ('websites', 'templates', 'tasks', 'analytics', 'crm', 'integrations')",
            name="feature_type",
        ),
        CheckConstraint("sort_order >= 0", name="sort_order"),
        Index("uq_megahub_feature_name", text("lower(name)"), unique=True),
        Index("ix_megahub_feature_sort_order", "sort_order", "id"),
        Index("ix_megahub_feature_feature_type", "feature_type", "sort_order"),
    )

    name: Mapped[str]
    display_name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    feature_type: Mapped[str]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_premium: Mapped[bool] = mapped_column(server_default=text("false"))
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    search_text: Mapped[str] = mapped_column(
        Computed("socle_fold(name || E'\\n' || display_name || E'\\n' || description)", persisted=True)
    )


class SubscriptionRow(NumberedRow, Timestamps, Version):
    """A company's subscription to a feature. What is used of it is the kernel's counter (`domain.USAGE`);
    `expiry_warned` says how many days before its end the company was warned last."""

    __tablename__ = "megahub_subscription"
    __table_args__ = (
        UniqueConstraint("organisation_id", "feature_id"),
        CheckConstraint("usage_limit >= 0", name="usage_limit"),
        CheckConstraint("expiry_warned > 0", name="expiry_warned"),
        Index("ix_megahub_subscription_feature_id", "feature_id"),
        Index("ix_megahub_subscription_organisation_id", "organisation_id", "created_at", "id"),
        Index("ix_megahub_subscription_created_at", "created_at", "id"),
        Index("ix_megahub_subscription_expires_at", "expires_at", postgresql_where=text("expires_at is not null")),
        {"info": {"tenant": "organisation_id"}},
    )

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    feature_id: Mapped[int] = mapped_column(ForeignKey("megahub_feature.id"))
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    usage_limit: Mapped[int | None] = mapped_column(BigInteger())
    expires_at: Mapped[datetime | None]
    expiry_warned: Mapped[int | None]
