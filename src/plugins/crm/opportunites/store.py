"""Rows of opportunities."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKeyConstraint, Index, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, tenant_search_indexes
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.ids import MAX_INTEGER_ID
from core.resources import ResourceId
from core.work import Work
from plugins.crm.opportunites.domain import Outcome
from plugins.crm.rows import Authored, ReferredStore

W = TypeVar("W")


class OpportuniteRow(NumberedRow, Authored):
    """A sale that may come about. `date_cloture` is when the outcome was set."""

    __tablename__ = "crm_opportunite"
    __table_args__ = (
        Unique("id", "entreprise"),
        ForeignKeyConstraint(["client", "entreprise"], ["crm_client.id", "crm_client.entreprise"]),
        CheckConstraint("montant >= 0 and montant < 1e12", name="montant"),
        CheckConstraint("probabilite between 0 and 100", name="probabilite"),
        CheckConstraint(
            "etape in ('prospect', 'qualification', 'proposition', 'négociation', 'conclusion')", name="etape"
        ),
        CheckConstraint("resultat in ('gagnee', 'perdue')", name="resultat"),
        CheckConstraint("resultat is null or etape = 'conclusion'", name="resultat_etape"),
        CheckConstraint("(resultat is null) = (date_cloture is null)", name="date_cloture"),
        CheckConstraint("motif_perte = '' or (resultat is not null and resultat = 'perdue')", name="motif_perte"),
        Index("ix_crm_opportunite_entreprise", "entreprise", text("date_creation desc"), text("id desc")),
        Index("ix_crm_opportunite_etape", "entreprise", "etape", text("date_creation desc")),
        Index("ix_crm_opportunite_client", "client", "entreprise"),
        Index(
            "ix_crm_opportunite_date_cloture",
            "entreprise",
            "date_cloture",
            postgresql_where=text("date_cloture is not null"),
        ),
        Index("ix_crm_opportunite_cree_par", "cree_par"),
        *tenant_search_indexes("crm_opportunite", "entreprise"),
        {"info": {"tenant": "entreprise", "counted": True}},
    )

    client: Mapped[int] = mapped_column(BigInteger())
    nom: Mapped[str]
    montant: Mapped[Decimal]
    probabilite: Mapped[int]
    etape: Mapped[str]
    date_conclusion_estimee: Mapped[date | None]
    notes: Mapped[str]
    resultat: Mapped[str | None]
    motif_perte: Mapped[str]
    date_cloture: Mapped[datetime | None]
    search_text: Mapped[str] = mapped_column(Computed("socle_fold(nom || E'\\n' || notes)", persisted=True))


def _weighted(source: Any) -> Any:
    """The weighted value. Its formula stands in the database, where the dashboard and what a client is worth ask for
    it too."""
    return sa.cast(sa.func.crm_valeur_ponderee(source.c.montant, source.c.probabilite), sa.Numeric(14, 2))


_OUTCOME = """
select etape, resultat, motif_perte, date_cloture from crm_opportunite
where id = $1 and ($2 or entreprise = $3) for no key update
"""
_OF_CLIENT = "select count(*) from crm_opportunite where client = $1"
_WIN = """
update crm_opportunite
set etape = 'conclusion', resultat = 'gagnee', motif_perte = '', version = version + 1, date_modification = now(),
    date_cloture = case when resultat = 'gagnee' then date_cloture else $2 end
where id = $1
"""


class OpportuniteStore(ReferredStore[W]):
    """Opportunities."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals = {"fk_crm_opportunite_client_entreprise": ("client", messages.NOT_REFERENCE)}
        super().__init__(OpportuniteRow, struct, computed={"valeur_ponderee": _weighted}, refusals=refusals, **options)

    async def outcome(self, work: Work, key: ResourceId) -> Outcome | None:
        """Return where an opportunity in scope stands, and hold it until the transaction ends."""
        db = pg(work)
        if not isinstance(key, int) or key > MAX_INTEGER_ID:
            return None
        found = await db.connection.fetchrow(_OUTCOME, key, db.scope.everything, db.scope.organisation)
        return None if found is None else Outcome(*found)

    async def of_client(self, work: Work, client: int) -> int:
        """Count the opportunities of a client."""
        return int(await pg(work).connection.fetchval(_OF_CLIENT, client))

    async def win(self, work: Work, key: int, now: datetime) -> None:
        """Note that an opportunity is won."""
        await pg(work).connection.execute(_WIN, key, now)
