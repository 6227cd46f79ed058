"""The rows of core."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row, Timestamps


class SettingRow(NumberedRow, Timestamps):
    """A setting of the application, found by its key whatever its case. `public` ones are shown to everybody."""

    __tablename__ = "spotvibe_setting"
    __table_args__ = (
        CheckConstraint("type_valeur in ('INTEGER', 'STRING', 'BOOLEAN', 'DECIMAL', 'JSON')", name="type_valeur"),
        Index("uq_spotvibe_setting_cle", text("lower(cle)"), unique=True),
    )

    cle: Mapped[str]
    valeur: Mapped[str]
    type_valeur: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    public: Mapped[bool] = mapped_column(server_default=text("false"))


class FaqRow(NumberedRow, Timestamps):
    """A question that is asked often, with its answer."""

    __tablename__ = "spotvibe_faq"
    __table_args__ = (
        Index("ix_spotvibe_faq_ordre", "ordre", "id"),
        Index("ix_spotvibe_faq_categorie", text("lower(categorie)")),
    )

    question: Mapped[str]
    reponse: Mapped[str]
    categorie: Mapped[str]
    ordre: Mapped[int] = mapped_column(server_default=text("0"))


class ContactRow(NumberedRow, Timestamps):
    """A message to the people behind the application, from anybody."""

    __tablename__ = "spotvibe_contact"
    __table_args__ = (
        CheckConstraint("statut in ('NOUVEAU', 'LU', 'TRAITE')", name="statut"),
        Index("ix_spotvibe_contact_statut", "statut", "id"),
    )

    nom: Mapped[str]
    email: Mapped[str]
    sujet: Mapped[str]
    message: Mapped[str]
    statut: Mapped[str] = mapped_column(server_default="NOUVEAU")


class FeedbackRow(NumberedRow):
    """What somebody thinks of the application; `user_id` where he was signed in."""

    __tablename__ = "spotvibe_feedback"
    __table_args__ = (Index("ix_spotvibe_feedback_user_id", "user_id"),)

    user_id: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"))
    subject: Mapped[str]
    message: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ReportRow(NumberedRow, Timestamps):
    """Content that somebody reports. `object_id` is the id of a thing of the kind `content_type`: it names a row of one
    table or another, and outlives it."""

    __tablename__ = "spotvibe_report"
    __table_args__ = (
        CheckConstraint("content_type in ('event', 'user')", name="content_type"),
        CheckConstraint("statut in ('NOUVEAU', 'LU', 'TRAITE')", name="statut"),
        Index("ix_spotvibe_report_user_id", "user_id"),
        Index("ix_spotvibe_report_statut", "statut", "id"),
        Index("ix_spotvibe_report_content_type", "content_type", "object_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("account.number"))
    content_type: Mapped[str]
    object_id: Mapped[int] = mapped_column(BigInteger())
    reason: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    statut: Mapped[str] = mapped_column(server_default="NOUVEAU")


class UploadRow(Row):
    """Who uploaded a public file, and as what."""

    __tablename__ = "spotvibe_upload"
    __table_args__ = (
        CheckConstraint("type in ('image', 'document')", name="type"),
        Index("ix_spotvibe_upload_user_id", "user_id"),
    )

    path: Mapped[str] = mapped_column(ForeignKey("public_file.path"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("account.number"))
    type: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class MaintenanceRow(Row):
    """Whether the product is closed for maintenance: one row."""

    __tablename__ = "spotvibe_maintenance"
    __table_args__ = (
        CheckConstraint("id = 1", name="id"),
        Index("ix_spotvibe_maintenance_changed_by", "changed_by"),
        {"info": {"grants": "select, update"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    active: Mapped[bool] = mapped_column(server_default=text("false"))
    message: Mapped[str] = mapped_column(server_default="")
    changed_by: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"))
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
