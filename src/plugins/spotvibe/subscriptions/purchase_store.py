"""Rows of purchases: what payments of subscriptions pay for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps
from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.subscriptions.domain import Achat, Difference, Duree, Nature, Plan, StatutAchat


def _one_of(column: str, values: Any) -> str:
    listed = ", ".join(f"'{each.value}'" for each in values)
    return f"{column} in ({listed})"


class AchatRow(NumberedRow, Timestamps):
    """A purchase. `depuis_id` is what it renews or upgrades, `abonnement_id` what it made or extended once paid."""

    __tablename__ = "spotvibe_abonnement_achat"
    __table_args__ = (
        UniqueConstraint("payment_id"),
        CheckConstraint(_one_of("nature", Nature), name="nature"),
        CheckConstraint(_one_of("statut", StatutAchat), name="statut"),
        CheckConstraint("(nature = 'SOUSCRIPTION') = (depuis_id is null)", name="depuis"),
        CheckConstraint(
            "(statut in ('PAYE', 'REMBOURSE')) = (abonnement_id is not null)"
            " and (abonnement_id is null) = (debut is null) and (abonnement_id is null) = (fin is null)",
            name="livre",
        ),
        CheckConstraint("montant >= 0 and montant < 1e12", name="montant"),
        CheckConstraint("prix_periode >= 0 and prix_periode < 1e12", name="prix_periode"),
        CheckConstraint("credit >= 0 and credit < 1e12", name="credit"),
        CheckConstraint("jours_offerts >= 0", name="jours_offerts"),
        Index("ix_spotvibe_abonnement_achat_user_id", "user_id", text("id desc")),
        Index("ix_spotvibe_abonnement_achat_plan_id", "plan_id"),
        Index("ix_spotvibe_abonnement_achat_depuis_id", "depuis_id"),
        Index("ix_spotvibe_abonnement_achat_abonnement_id", "abonnement_id"),
        Index("ix_spotvibe_abonnement_achat_statut", "statut", "id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    nature: Mapped[str]
    plan_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_plan.id"))
    depuis_id: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("spotvibe_abonnement.id"))
    abonnement_id: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("spotvibe_abonnement.id"))
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")
    montant: Mapped[Decimal]
    prix_periode: Mapped[Decimal]
    credit: Mapped[Decimal] = mapped_column(server_default=text("0"))
    jours_offerts: Mapped[int] = mapped_column(server_default=text("0"))
    automatique: Mapped[bool] = mapped_column(server_default=text("false"))
    methode: Mapped[str | None]
    telephone: Mapped[str | None]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    debut: Mapped[datetime | None]
    fin: Mapped[datetime | None]


_INSERT = """
insert into spotvibe_abonnement_achat (user_id, nature, plan_id, depuis_id, montant, prix_periode, credit,
                                       jours_offerts, automatique, methode)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id
"""
_ATTACH = "update spotvibe_abonnement_achat set payment_id = $2, telephone = $3 where id = $1"
_ALL = """
select o.id, o.user_id, o.nature, o.plan_id, p.nom, p.duree, o.depuis_id, o.abonnement_id, o.statut, o.montant,
       o.prix_periode, o.credit, o.jours_offerts, o.automatique, o.methode, o.telephone, o.debut, o.fin
from spotvibe_abonnement_achat o join spotvibe_plan p on p.id = o.plan_id
"""
_LOCK = f"{_ALL} where o.id = $1 for no key update of o"
_PAID = """
update spotvibe_abonnement_achat
set statut = 'PAYE', abonnement_id = $2, debut = $3, fin = $4, methode = $5, telephone = $6, updated_at = now()
where id = $1
"""
_MOVE = "update spotvibe_abonnement_achat set statut = $2, updated_at = now() where id = $1"
_UPGRADE_FROM = f"""
{_ALL} where o.depuis_id = $1 and o.nature = 'MISE_A_NIVEAU' and o.statut = 'PAYE' order by o.id desc limit 1
"""
_SHORTEN = "update spotvibe_abonnement_achat set fin = $2, credit = 0, updated_at = now() where id = $1"
_PENDING = """
select exists (select from spotvibe_abonnement_achat
               where depuis_id = $1 and nature = 'RENOUVELLEMENT' and statut = 'EN_ATTENTE')
"""
_TITLES = """
select o.id, p.nom from spotvibe_abonnement_achat o join spotvibe_plan p on p.id = o.plan_id where o.id = any($1)
"""


def _achat(record: Any) -> Achat | None:
    if record is None:
        return None
    key, user, nature, plan, nom, duree, depuis, abonnement, statut, *rest = record
    return Achat(key, user, Nature(nature), plan, nom, Duree(duree), depuis, abonnement, StatutAchat(statut), *rest)


class PurchaseStore:
    """Purchases in PostgreSQL."""

    async def insert(
        self,
        work: Work,
        *,
        user: int,
        nature: Nature,
        plan: Plan,
        depuis: int | None,
        price: Difference,
        automatique: bool,
        methode: str | None,
    ) -> Achat:
        """Insert a purchase that waits for its payment."""
        run = pg(work).connection
        key = await run.fetchval(
            _INSERT,
            user,
            nature.value,
            plan.id,
            depuis,
            price.montant,
            plan.prix,
            price.credit,
            price.jours_offerts,
            automatique,
            methode,
        )
        made = _achat(await run.fetchrow(f"{_ALL} where o.id = $1", key))
        if made is None:
            raise LookupError(f"purchase {key} is not there")
        return made

    async def attach(self, work: Work, key: int, payment: UUID, telephone: str | None) -> None:
        """Write which payment pays a purchase, and from which number."""
        await pg(work).connection.execute(_ATTACH, key, payment, telephone)

    async def lock(self, work: Work, key: int) -> Achat | None:
        """Return a purchase and hold it until the transaction ends."""
        return _achat(await pg(work).connection.fetchrow(_LOCK, key))

    async def set_paid(
        self,
        work: Work,
        key: int,
        *,
        abonnement: int,
        debut: datetime,
        fin: datetime,
        methode: str | None,
        telephone: str | None,
    ) -> None:
        """Record that a purchase was paid and what it delivered."""
        await pg(work).connection.execute(_PAID, key, abonnement, debut, fin, methode, telephone)

    async def move(self, work: Work, key: int, statut: StatutAchat) -> None:
        """Move a purchase."""
        await pg(work).connection.execute(_MOVE, key, statut.value)

    async def upgrade_from(self, work: Work, abonnement: int) -> Achat | None:
        """Return the paid purchase that replaced a subscription."""
        return _achat(await pg(work).connection.fetchrow(_UPGRADE_FROM, abonnement))

    async def take_credit(self, work: Work, key: int, fin: datetime) -> None:
        """Record that the credit of an upgrade is void, and what it delivers without it."""
        await pg(work).connection.execute(_SHORTEN, key, fin)

    async def renewal_pending(self, work: Work, abonnement: int) -> bool:
        """Whether a renewal of a subscription waits for its payment."""
        pending: bool = await pg(work).connection.fetchval(_PENDING, abonnement)
        return pending

    async def titles(self, work: Work, keys: Sequence[int]) -> Mapping[int, str]:
        """Return the names of the plans that were bought, by purchase."""
        return {record[0]: record[1] for record in await pg(work).connection.fetch(_TITLES, list(keys))}
