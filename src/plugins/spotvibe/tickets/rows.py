"""Rows of orders and tickets."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, UuidRow
from plugins.spotvibe.events.store import EvenementRow
from plugins.spotvibe.users.store import ProfileRow


class CommandeRow(UuidRow):
    """Tickets that are bought together, with the payment that pays them now or has paid them. Its seats are held while
    it is EN_ATTENTE, until `echeance` at most, and taken while it is PAYE. `rendu_le` is when its money was sent on its
    way back because the event was cancelled."""

    __tablename__ = "spotvibe_commande"
    __table_args__ = (
        UniqueConstraint("paiement_id"),
        CheckConstraint("quantite between 1 and 10", name="quantite"),
        CheckConstraint("prix_unitaire > 0 and prix_unitaire < 1e12", name="prix_unitaire"),
        CheckConstraint("statut in ('EN_ATTENTE', 'PAYE', 'ANNULE', 'REMBOURSE', 'EXPIRE')", name="statut"),
        Index("ix_spotvibe_commande_evenement_id", "evenement_id", "statut", "id"),
        Index("ix_spotvibe_commande_user_id", "user_id"),
        Index("ix_spotvibe_commande_echeance", "echeance", postgresql_where=text("statut = 'EN_ATTENTE'")),
    )

    evenement_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey(EvenementRow.__table__.c.id))
    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey(ProfileRow.__table__.c.user_id))
    paiement_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    quantite: Mapped[int]
    prix_unitaire: Mapped[Decimal]
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")
    echeance: Mapped[datetime]
    rendu_le: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class BilletRow(NumberedRow):
    """A ticket: one seat of an order, or a free one, which has no order and no price. It is made with its order, and
    its statut is all that changes: there is never a second one of a seat."""

    __tablename__ = "spotvibe_billet"
    __table_args__ = (
        UniqueConstraint("uuid"),
        UniqueConstraint("commande_id", "position"),
        CheckConstraint("position between 1 and 10", name="position"),
        CheckConstraint("prix >= 0 and prix < 1e12", name="prix"),
        CheckConstraint("(commande_id is null) = (prix = 0)", name="commande_id"),
        CheckConstraint("statut in ('EN_ATTENTE', 'PAYE', 'UTILISE', 'ANNULE', 'REMBOURSE', 'EXPIRE')", name="statut"),
        CheckConstraint("statut <> 'UTILISE' or utilise_le is not null", name="utilise_le"),
        Index("ix_spotvibe_billet_user_id", "user_id", "id"),
        Index("ix_spotvibe_billet_evenement_id", "evenement_id", "user_id", "statut"),
        Index("ix_spotvibe_billet_statut", "statut", "id"),
        Index("ix_spotvibe_billet_scanne_par", "scanne_par"),
        Index(
            "uq_spotvibe_billet_gratuit",
            "evenement_id",
            "user_id",
            unique=True,
            postgresql_where=text("commande_id is null and statut in ('PAYE', 'UTILISE')"),
        ),
    )

    uuid: Mapped[UUID]
    commande_id: Mapped[UUID | None] = mapped_column(ForeignKey(CommandeRow.__table__.c.id))
    position: Mapped[int] = mapped_column(server_default=text("1"))
    evenement_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey(EvenementRow.__table__.c.id))
    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey(ProfileRow.__table__.c.user_id))
    prix: Mapped[Decimal]
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")
    utilise_le: Mapped[datetime | None]
    scanne_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"))
    rappele_le: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
