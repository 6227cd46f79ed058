"""The statements of the dashboard."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from adapters.db.work import pg
from core.primitives.page import Filter, FilterKind
from core.work import Work
from plugins.crm.dashboard.dashboard_service import ACTIVE, COMING, DAYS_AHEAD
from plugins.crm.dashboard.domain import Decided, Stage, Stats
from plugins.crm.opportunites.service import LISTING as OPPORTUNITES
from plugins.crm.opportunites.store import OpportuniteStore
from plugins.crm.rows import today
from plugins.crm.taches.store import TacheStore

W = TypeVar("W")

_MINE = "with mine as materialized (select id from organisation where archived_at is null and ($1 or id = $2))"
"""The organisations in scope. The predicate is the application's own, beside row-level security."""
_OF_MINE = "entreprise in (select id from mine)"


def _kept(table: str) -> str:
    """The count of a table's rows that triggers keep: its cost does not grow with the organisation."""
    return (
        f"(select coalesce(sum(amount), 0)::bigint from row_tally where name = '{table}' "  # noqa: S608
        "and organisation_id in (select id from mine))"
    )


_STATS = f"""
{_MINE}, opened as (
    select count(*) as number, coalesce(sum(montant), 0)::numeric(26, 2) as amount,
        coalesce(sum(crm_valeur_ponderee(montant, probabilite)), 0)::numeric(26, 2) as weighted
    from crm_opportunite where {_OF_MINE} and etape <> 'conclusion'
), tasks as (
    select count(*) as number, count(*) filter (
        where terminee_le is null and date_echeance < (now() at time zone socle_zone())::date
    ) as late
    from crm_tache where {_OF_MINE} and ($3::bigint is null or cree_par = $3 or assigne_a = $3)
)
select {_kept("crm_client")}, {_kept("crm_projet")},
    (select count(*) from crm_projet where {_OF_MINE} and statut = 'En cours'),
    {_kept("crm_opportunite")}, opened.number, tasks.number, tasks.late, {_kept("crm_devis")},
    opened.amount, opened.weighted
from opened, tasks
"""  # noqa: S608 - nothing of a request
_DECIDED = f"""
{_MINE}
select date_trunc('month', date_cloture at time zone socle_zone())::date,
    count(*) filter (where resultat = 'gagnee'), count(*) filter (where resultat = 'perdue'),
    coalesce(sum(montant) filter (where resultat = 'gagnee'), 0)::numeric(26, 2)
from crm_opportunite where {_OF_MINE} and date_cloture is not null group by 1
"""  # noqa: S608 - nothing of a request
_STAGES = f"""
{_MINE}
select etape, count(*), sum(montant)::numeric(26, 2), sum(crm_valeur_ponderee(montant, probabilite))::numeric(26, 2)
from crm_opportunite where {_OF_MINE} and etape <> 'conclusion' group by etape
"""  # noqa: S608 - nothing of a request


class PgFigures:
    """Figures in PostgreSQL."""

    async def stats(self, work: Work, seen_by: int | None) -> Stats:
        """Count what there is."""
        db = pg(work)
        found = await db.connection.fetchrow(_STATS, db.scope.everything, db.scope.organisation, seen_by)
        return Stats(*found)

    async def decided(self, work: Work) -> Sequence[Decided]:
        """Add up what was decided, by month."""
        db = pg(work)
        found = await db.connection.fetch(_DECIDED, db.scope.everything, db.scope.organisation)
        return [Decided(*row) for row in found]

    async def stages(self, work: Work) -> Sequence[Stage]:
        """Add up what is open, by stage."""
        db = pg(work)
        found = await db.connection.fetch(_STAGES, db.scope.everything, db.scope.organisation)
        return [Stage(*row) for row in found]


class ActiveOpportunites(OpportuniteStore[W]):
    """Opportunities, by whether they are active."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        listing = msgspec.structs.replace(OPPORTUNITES, filters=(Filter(ACTIVE, FilterKind.BOOLEAN),))
        super().__init__(struct, listing=listing, **options)

    def filter_condition(self, name: str, source: Any) -> sa.ColumnElement[bool]:  # noqa: ARG002
        """Those that are not at "conclusion"."""
        given = sa.bindparam(f"filter_{ACTIVE}", type_=sa.Boolean())
        active: sa.ColumnElement[bool] = (source.c.etape != sa.literal_column("'conclusion'", sa.Text())) == given
        return active


class ComingTaches(TacheStore[W]):
    """Tasks, by whether they are coming up."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        super().__init__(struct, **options)
        self._filters[COMING] = Filter(COMING, FilterKind.BOOLEAN)

    def filter_condition(self, name: str, source: Any) -> sa.ColumnElement[bool]:
        """Those that are unfinished, and due within the next days or overdue."""
        if name != COMING:
            return super().filter_condition(name, source)
        near = source.c.date_echeance <= today() + DAYS_AHEAD
        return sa.and_(source.c.terminee_le.is_(None), near, sa.bindparam(f"filter_{COMING}", type_=sa.Boolean()))
