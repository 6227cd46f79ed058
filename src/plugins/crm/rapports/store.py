"""Reading reports: groups that figures are added up from, the first lines, and all lines in batches; and the rows of
exports."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import TOUCHED, NumberedRow
from adapters.db.building import Shapes
from adapters.db.referred import of_referred
from adapters.db.work import pg
from core.primitives.page import Listing
from core.work import Work
from plugins.crm.clients.store import ClientStore
from plugins.crm.opportunites.store import OpportuniteStore
from plugins.crm.projets.domain import Statut
from plugins.crm.projets.store import ProjetStore
from plugins.crm.rapports.domain import Asked, LigneClient, LigneOpportunite, LigneProjet, Rapport
from plugins.crm.rapports.reading_service import LISTINGS
from plugins.crm.rapports.resumes import ClientGroup, ClosedGroup, EtapeGroup, ProjetGroup
from plugins.crm.rows import today

BATCH = 1000

Expressions = Mapping[str, Callable[[Any], Any]]


class ExportRow(NumberedRow):
    """An export that a job makes. `lignes` counts the rows that there were when it was asked for, `lignes_faites` those
    that are written. Without `entreprise` it is a superuser's, of everything."""

    __tablename__ = "crm_export"
    __table_args__ = (
        CheckConstraint(
            "rapport in ('clients', 'projets', 'opportunites', 'pipeline', 'performances')", name="rapport"
        ),
        CheckConstraint("format in ('csv', 'xlsx', 'pdf')", name="format"),
        CheckConstraint("statut in ('En attente', 'En cours', 'Terminé', 'Échoué')", name="statut"),
        CheckConstraint("lignes >= 0 and lignes_faites >= 0", name="lignes"),
        CheckConstraint("(statut = 'Terminé') = (fichier is not null)", name="fichier"),
        Index("ix_crm_export_entreprise", "entreprise", "id"),
        Index("uq_crm_export_fichier", "fichier", unique=True),
        Index("ix_crm_export_cree_par", "cree_par", "id"),
        Index("ix_crm_export_statut", "statut", "date_modification"),
        Index("ix_crm_export_date_creation", "date_creation"),
        {"info": {"tenant": "entreprise"}},
    )

    entreprise: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    rapport: Mapped[str]
    format: Mapped[str]
    filtres: Mapped[Any] = mapped_column(JSONB())
    langue: Mapped[str]
    statut: Mapped[str] = mapped_column(server_default="En attente")
    lignes: Mapped[int] = mapped_column(BigInteger())
    lignes_faites: Mapped[int] = mapped_column(BigInteger(), server_default=text("0"))
    fichier: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    nom_fichier: Mapped[str] = mapped_column(server_default=text("''"))
    cree_par: Mapped[int] = mapped_column(BigInteger(), ForeignKey("account.number"))
    date_creation: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    date_modification: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=91, info=TOUCHED)


class Reported(Shapes):
    """A resource's store that reads reports of it as well, with the filters and search of its lists."""

    _lines: Expressions = {}
    _measures: Callable[[Any], Sequence[Any]]
    _grouped_by: Callable[[Any], Sequence[Any]]
    _group: type[Any]

    def report_on(
        self,
        listing: Listing,
        group: type[Any],
        *,
        by: Callable[[Any], Sequence[Any]],
        measures: Callable[[Any], Sequence[Any]],
        lines: Expressions,
    ) -> None:
        """Say what the report filters, what its rows are grouped by and measured in, in the order of the struct
        `group`, and what its lines compute."""
        self.listing = listing
        self._filters = {declared.name: declared for declared in listing.filters}
        self._lines, self._measures, self._grouped_by, self._group = lines, measures, by, group

    def expression(self, name: str, source: Any) -> Any:
        """What a field of the line reads."""
        found = self._lines.get(name)
        return found(source) if found else super().expression(name, source)

    def _build_groups(self, everything: bool, filters: Sequence[str], searching: bool) -> Any:
        source, conditions = self._matching(everything, filters, searching)
        keys = self._grouped_by(source)
        measured = [*keys, *self._measures(source)]
        return sa.select(*measured).select_from(source).where(*conditions).group_by(*keys)

    def _build_lines(self, everything: bool, filters: Sequence[str], searching: bool, order: Sequence[Any]) -> Any:
        return self._page_rows(everything, filters, searching, order)

    async def hold_still(self, work: Work) -> None:
        """Have everything that is read in a new unit of work be of one moment. Where a unit of work has looked up the
        organisation that its caller is narrowed to, it is too late: then each statement is of a moment of its own."""
        if work.caller.narrowed_to is None:
            await pg(work).connection.execute("set transaction isolation level repeatable read, read only")

    async def groups(self, work: Work, asked: Asked, **parameters: Any) -> list[Any]:
        """The groups of the rows in scope that match."""
        db = pg(work)
        statement = self.statement("groups", *self._shape(work, asked))
        records = await db.all(statement, **self._parameters(work, asked), **parameters)
        return [self._group(*record) for record in records]

    async def first(self, work: Work, asked: Asked, limit: int) -> list[Any]:
        """The first lines."""
        db = pg(work)
        statement = self.statement("lines", *self._shape(work, asked), asked.ordering or self.default_order)
        records = await db.all(statement, limit_rows=limit, skip_rows=0, **self._parameters(work, asked))
        return [self.struct(*record) for record in records]

    async def batches(self, work: Work, asked: Asked) -> AsyncIterator[Sequence[Any]]:
        """All lines, from a cursor: no more than a batch of them is in memory. They are one snapshot."""
        statement = self.statement("lines", *self._shape(work, asked), asked.ordering or self.default_order)
        arguments = statement.arguments({"limit_rows": None, "skip_rows": 0, **self._parameters(work, asked)})
        cursor = await pg(work).connection.cursor(statement.sql, *arguments)
        while batch := await cursor.fetch(BATCH):
            yield batch

    def _shape(self, work: Work, asked: Asked) -> tuple[bool, tuple[str, ...], bool]:
        return pg(work).scope.everything, tuple(name for name, _ in asked.filters), bool(asked.search)

    def _parameters(self, work: Work, asked: Asked) -> dict[str, Any]:
        parameters = self.parameters(pg(work).scope)
        for name, value in asked.filters:
            parameters.update(self.filter_parameters(name, value))
        return {**parameters, "search": asked.search} if asked.search else parameters


class ClientReport(Reported, ClientStore[LigneClient]):
    """The clients report."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        super().__init__(LigneClient, time_zone=time_zone)
        self.report_on(
            LISTINGS[Rapport.CLIENTS],
            ClientGroup,
            by=lambda source: [source.c.categorie],
            measures=lambda source: [
                func.count(),
                func.count().filter(
                    source.c.date_creation >= sa.bindparam("nouveaux_depuis", type_=sa.DateTime(timezone=True))
                ),
            ],
            lines={
                "projets": lambda source: _number_of("crm_projet", source),
                "opportunites": lambda source: _number_of("crm_opportunite", source),
            },
        )


class ProjetReport(Reported, ProjetStore[LigneProjet]):
    """The projects report."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        super().__init__(LigneProjet, time_zone=time_zone)
        self.report_on(
            LISTINGS[Rapport.PROJETS],
            ProjetGroup,
            by=lambda source: [source.c.statut],
            measures=lambda source: [
                func.count(),
                func.count().filter(source.c.date_fin < today(), source.c.statut != sa.literal(Statut.TERMINE.value)),
                func.sum(source.c.budget),
            ],
            lines={"client_nom": _client_name},
        )


class OpportuniteReport(Reported, OpportuniteStore[LigneOpportunite]):
    """The reports of opportunities and of the pipeline."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        super().__init__(LigneOpportunite, listing=LISTINGS[Rapport.OPPORTUNITES], time_zone=time_zone)
        self.report_on(
            LISTINGS[Rapport.OPPORTUNITES],
            EtapeGroup,
            by=lambda source: [source.c.etape],
            measures=lambda source: [
                func.count(),
                func.sum(source.c.montant),
                func.sum(self.expression("valeur_ponderee", source)),
            ],
            lines={"client_nom": _client_name},
        )


class PerformanceReport(Reported, OpportuniteStore[LigneOpportunite]):
    """What persons closed, month by month."""

    def __init__(self, time_zone: ZoneInfo) -> None:
        super().__init__(LigneOpportunite, listing=LISTINGS[Rapport.PERFORMANCES], time_zone=time_zone)
        self.report_on(
            LISTINGS[Rapport.PERFORMANCES],
            ClosedGroup,
            by=lambda source: [source.c.cree_par, _person_name(source), _month(source)],
            measures=_outcomes,
            lines={},
        )

    def readable(self, source: Any, everything: bool) -> list[Any]:
        """Only what was won or lost."""
        return [*super().readable(source, everything), source.c.date_cloture.is_not(None)]


def _number_of(table: str, source: Any) -> Any:
    other: Any = sa.table(table, sa.column("client", sa.BigInteger()), sa.column("entreprise", sa.Uuid()))
    counted = sa.select(func.count()).select_from(other)
    return counted.where(other.c.client == source.c.id, other.c.entreprise == source.c.entreprise).scalar_subquery()


_client: Any = sa.table("crm_client", sa.column("id", sa.BigInteger()), sa.column("nom", sa.Text()))
_client_name = of_referred(_client.c.nom, "client")


def _person_name(source: Any) -> Any:
    account: Any = sa.table(
        "account",
        sa.column("number", sa.BigInteger()),
        *(sa.column(name, sa.Text()) for name in ("first_name", "last_name", "username")),
    )
    full = func.btrim(func.concat_ws(sa.literal_column("' '"), account.c.first_name, account.c.last_name))
    shown = func.coalesce(func.nullif(full, sa.literal_column("''")), account.c.username)
    found = sa.select(shown).where(account.c.number == source.c.cree_par).scalar_subquery()
    return func.coalesce(found, sa.literal_column("''"))


def _month(source: Any) -> Any:
    return func.to_char(func.timezone(func.socle_zone(), source.c.date_cloture), sa.literal_column("'YYYY-MM'"))


def _outcomes(source: Any) -> list[Any]:
    won = source.c.resultat == sa.literal_column("'gagnee'")
    lost = source.c.resultat == sa.literal_column("'perdue'")
    amount = func.coalesce(func.sum(source.c.montant).filter(won), sa.literal_column("0.00"))
    return [func.count().filter(won), func.count().filter(lost), amount]
