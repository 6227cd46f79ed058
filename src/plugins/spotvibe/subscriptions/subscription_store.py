"""Rows of subscriptions and of their history."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.subscriptions.domain import Abonnement, Action, Statut


def _one_of(column: str, values: Any) -> str:
    listed = ", ".join(f"'{each.value}'" for each in values)
    return f"{column} in ({listed})"


class AbonnementRow(NumberedRow, Timestamps):
    """A subscription; somebody has one that is active at most.

    `rappele_jours` is the smallest number of days before `date_fin` that was reminded of, `renouvele_pour` the end for
    which the automatic renewal was begun.
    """

    __tablename__ = "spotvibe_abonnement"
    __table_args__ = (
        CheckConstraint(_one_of("statut", Statut), name="statut"),
        CheckConstraint("date_fin >= date_debut", name="date_fin"),
        CheckConstraint("prix_paye >= 0 and prix_paye < 1e12", name="prix_paye"),
        CheckConstraint("prix_periode >= 0 and prix_periode < 1e12", name="prix_periode"),
        CheckConstraint("jours_periode > 0", name="jours_periode"),
        Index("uq_spotvibe_abonnement_actif", "user_id", unique=True, postgresql_where=text("statut = 'ACTIF'")),
        Index("ix_spotvibe_abonnement_user_id", "user_id", text("id desc")),
        Index("ix_spotvibe_abonnement_plan_id", "plan_id"),
        Index("ix_spotvibe_abonnement_statut", "statut", "date_fin"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    plan_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_plan.id"))
    statut: Mapped[str] = mapped_column(server_default="ACTIF")
    date_debut: Mapped[datetime]
    date_fin: Mapped[datetime]
    prix_paye: Mapped[Decimal]
    prix_periode: Mapped[Decimal]
    jours_periode: Mapped[int]
    renouvellement_automatique: Mapped[bool] = mapped_column(server_default=text("true"))
    methode: Mapped[str | None]
    telephone: Mapped[str | None]
    rappele_jours: Mapped[int | None]
    renouvele_pour: Mapped[datetime | None]


class HistoriqueRow(NumberedRow):
    """Something that happened to a subscription."""

    __tablename__ = "spotvibe_abonnement_historique"
    __table_args__ = (
        CheckConstraint(_one_of("action", Action), name="action"),
        Index("ix_spotvibe_abonnement_historique_user_id", "user_id", text("id desc")),
        Index("ix_spotvibe_abonnement_historique_abonnement_id", "abonnement_id"),
        Index("ix_spotvibe_abonnement_historique_plan_id", "plan_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    abonnement_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_abonnement.id"))
    plan_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_plan.id"))
    action: Mapped[str]
    date_action: Mapped[datetime]


_ALL = """
select a.id, a.user_id, a.plan_id, p.nom, a.statut, a.date_debut, a.date_fin, a.prix_periode, a.jours_periode,
       a.renouvellement_automatique, a.methode, a.telephone
from spotvibe_abonnement a join spotvibe_plan p on p.id = a.plan_id
"""
# locks are "no key": whoever inserts a row that references what is locked need not wait, so that none waits in a circle
_HOLD_USER = "select user_id from spotvibe_profile where user_id = $1 for no key update"
_ACTIVE = f"{_ALL} where a.user_id = $1 and a.statut = 'ACTIF'"
_RUNNING = sql(f"{_ALL} where a.user_id = cast(:number as bigint) and a.statut = 'ACTIF' and a.date_fin > :now")
_ONE = f"{_ALL} where a.id = $1"
_INSERT = """
insert into spotvibe_abonnement (user_id, plan_id, date_debut, date_fin, prix_paye, prix_periode, jours_periode,
                                 methode, telephone)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (user_id) where statut = 'ACTIF' do nothing returning id
"""
_EXTEND = """
update spotvibe_abonnement
set statut = 'ACTIF', date_fin = $2, jours_periode = $3, prix_paye = prix_paye + $4, prix_periode = $5,
    renouvellement_automatique = renouvellement_automatique or $6, methode = coalesce($7, methode),
    telephone = coalesce($8, telephone), rappele_jours = null, updated_at = now()
where id = $1
"""
_SET_STATUT = "update spotvibe_abonnement set statut = $2, updated_at = now() where id = $1"
_SHORTEN = """
update spotvibe_abonnement
set date_fin = greatest(date_debut, date_fin - $2::interval), prix_paye = prix_paye - least(prix_paye, $3),
    rappele_jours = null, updated_at = now()
where id = $1 returning date_fin
"""
_STOP_RENEWAL = """
update spotvibe_abonnement set renouvellement_automatique = false, updated_at = now()
where user_id = $1 and statut = 'ACTIF' and date_fin > $2 and renouvellement_automatique returning id, plan_id
"""
_RECORD = """
insert into spotvibe_abonnement_historique (user_id, abonnement_id, plan_id, action, date_action)
values ($1, $2, $3, $4, $5)
"""
_EXPIRE_ONE = "update spotvibe_abonnement set statut = 'EXPIRE', updated_at = now() where id = $1 and date_fin <= $2"
_EXPIRE = """
with due as (
    select id from spotvibe_abonnement where statut = 'ACTIF' and date_fin <= $1
    order by date_fin, id limit $2 for no key update
), ended as (
    update spotvibe_abonnement a set statut = 'EXPIRE', updated_at = now() from due where a.id = due.id
    returning a.id, a.user_id, a.plan_id
), recorded as (
    insert into spotvibe_abonnement_historique (user_id, abonnement_id, plan_id, action, date_action)
    select user_id, id, plan_id, 'EXPIRATION', $1 from ended
)
select ended.id, ended.user_id, p.nom from ended join spotvibe_plan p on p.id = ended.plan_id order by ended.id
"""
_REMIND = """
with due as (
    select id from spotvibe_abonnement
    where statut = 'ACTIF' and date_fin > $1 and date_fin <= $1 + make_interval(days => $2)
      and (rappele_jours is null or rappele_jours > $2)
    order by date_fin, id limit $3 for no key update
), told as (
    update spotvibe_abonnement a set rappele_jours = $2 from due where a.id = due.id
    returning a.id, a.user_id, a.plan_id, a.date_fin
)
select told.user_id, p.nom, told.date_fin from told join spotvibe_plan p on p.id = told.plan_id order by told.id
"""
_TO_RENEW = """
with due as (
    select id from spotvibe_abonnement
    where statut = 'ACTIF' and renouvellement_automatique and date_fin > $1 and date_fin <= $1 + $2::interval
      and renouvele_pour is distinct from date_fin
    order by date_fin, id limit $3 for no key update
)
update spotvibe_abonnement a set renouvele_pour = date_fin from due where a.id = due.id returning a.id
"""
_HOLDER = """
select a.user_id, c.id as account, c.language
from spotvibe_abonnement a join account c on c.number = a.user_id where a.id = $1 and c.is_active
"""
_LISTED = (
    "from spotvibe_abonnement a join spotvibe_plan p on p.id = a.plan_id where a.user_id = cast(:number as bigint)"
)
_PAGE = sql(f"""
select a.id, p.nom, a.date_debut, a.date_fin, a.statut, a.prix_paye, (select count(*) {_LISTED})
{_LISTED} order by a.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_PAGE_COUNT = sql(f"select count(*) {_LISTED}")
_DETAIL = sql(f"""
select a.id, p.id, p.nom, a.date_debut, a.date_fin, a.statut, a.prix_paye, a.renouvellement_automatique
{_LISTED} and a.id = cast(:key as bigint)
""")
_TOLD = """
from spotvibe_abonnement_historique h join spotvibe_plan p on p.id = h.plan_id where h.user_id = cast(:number as bigint)
"""
_HISTORY = sql(f"""
select h.id, h.action, p.nom, h.date_action, (select count(*) {_TOLD})
{_TOLD} order by h.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_HISTORY_COUNT = sql(f"select count(*) {_TOLD}")
_PLAN_OF = sql("""
select p.max_evenements_par_mois, p.commission_reduite, p.support_prioritaire, a.date_fin
from spotvibe_abonnement a join spotvibe_plan p on p.id = a.plan_id
where a.user_id = cast(:number as bigint) and a.statut = 'ACTIF' and a.date_fin > :now
""")
_FIGURES = sql("""
select count(*), count(*) filter (where statut = 'ACTIF' and date_fin > :now),
       count(*) filter (where statut = 'EXPIRE' or (statut = 'ACTIF' and date_fin <= :now))
from spotvibe_abonnement
""")
_COUNT_ACTIVE = sql("select count(*) from spotvibe_abonnement where statut = 'ACTIF' and date_fin > :now")


def _abonnement(record: Any) -> Abonnement | None:
    if record is None:
        return None
    key, user, plan, nom, statut, *rest = record
    return Abonnement(key, user, plan, nom, Statut(statut), *rest)


class SubscriptionStore:
    """Subscriptions in PostgreSQL. `listed`, `detail` and `told` make the wire structs of their columns."""

    def __init__(self, *, listed: Callable[..., Any], detail: Callable[..., Any], told: Callable[..., Any]) -> None:
        self._listed = listed
        self._detail = detail
        self._told = told

    # what purchases do

    async def hold_user(self, work: Work, number: int) -> None:
        """Hold a user until the transaction ends: whoever changes his subscriptions waits."""
        await pg(work).connection.fetchval(_HOLD_USER, number)

    async def running(self, work: Work, number: int, now: datetime) -> Abonnement | None:
        """Return a user's subscription whose benefits hold."""
        return _abonnement(await pg(work).one(_RUNNING, number=number, now=now))

    async def settle_running(self, work: Work, number: int, now: datetime) -> Abonnement | None:
        """Return a user's subscription whose benefits hold, and let one expire that is over. The user is held."""
        record = await pg(work).connection.fetchrow(f"{_ACTIVE} for no key update of a", number)
        found = _abonnement(record)
        if found is None or found.runs(now):
            return found
        await pg(work).connection.execute(_EXPIRE_ONE, found.id, now)
        await self.record(work, found, Action.EXPIRATION, now)
        return None

    async def lock(self, work: Work, key: int) -> Abonnement | None:
        """Return a subscription and hold it until the transaction ends."""
        return _abonnement(await pg(work).connection.fetchrow(f"{_ONE} for no key update of a", key))

    async def insert(
        self,
        work: Work,
        *,
        user: int,
        plan: int,
        debut: datetime,
        fin: datetime,
        montant: Decimal,
        prix_periode: Decimal,
        jours: int,
        methode: str | None,
        telephone: str | None,
    ) -> int | None:
        """Insert a subscription and return its id; None where the user has an active one."""
        made: int | None = await pg(work).connection.fetchval(
            _INSERT, user, plan, debut, fin, montant, prix_periode, jours, methode, telephone
        )
        return made

    async def extend(
        self,
        work: Work,
        key: int,
        *,
        fin: datetime,
        montant: Decimal,
        prix_periode: Decimal,
        jours: int,
        resume: bool,
        methode: str | None,
        telephone: str | None,
    ) -> None:
        """Add a period to a subscription, which is active by it. `resume` has it renewed by itself again."""
        await pg(work).connection.execute(_EXTEND, key, fin, jours, montant, prix_periode, resume, methode, telephone)

    async def set_statut(self, work: Work, key: int, statut: Statut) -> None:
        """Move a subscription."""
        await pg(work).connection.execute(_SET_STATUT, key, statut.value)

    async def shorten(self, work: Work, key: int, by: timedelta, montant: Decimal) -> datetime:
        """Take time, and what was paid for it, from a subscription; returns its end then."""
        end: datetime = await pg(work).connection.fetchval(_SHORTEN, key, by, montant)
        return end

    async def stop_renewal(self, work: Work, number: int, now: datetime) -> int | None:
        """End the renewal of a user's subscription and return its id; None where none is renewed."""
        record = await pg(work).connection.fetchrow(_STOP_RENEWAL, number, now)
        if record is None:
            return None
        await pg(work).connection.execute(_RECORD, number, record["id"], record["plan_id"], Action.ANNULATION, now)
        key: int = record["id"]
        return key

    async def record(self, work: Work, abonnement: Abonnement, action: Action, now: datetime) -> None:
        """Write an entry of the history."""
        await self.record_of(work, abonnement.user_id, abonnement.id, abonnement.plan_id, action, now)

    async def record_of(self, work: Work, user: int, key: int, plan: int, action: Action, now: datetime) -> None:
        """Write an entry of the history of a subscription of a plan."""
        await pg(work).connection.execute(_RECORD, user, key, plan, action.value, now)

    # what jobs do

    async def expire(self, work: Work, now: datetime, limit: int) -> Sequence[tuple[int, int, str]]:
        """Let subscriptions expire that are over; returns their ids, users and plans' names."""
        return [tuple(record) for record in await pg(work).connection.fetch(_EXPIRE, now, limit)]

    async def take_reminders(
        self, work: Work, now: datetime, days: int, limit: int
    ) -> Sequence[tuple[int, str, datetime]]:
        """Mark as reminded what ends within so many days and was not reminded of so late; returns users, plans' names
        and ends."""
        return [tuple(record) for record in await pg(work).connection.fetch(_REMIND, now, days, limit)]

    async def take_renewals(self, work: Work, now: datetime, lead: timedelta, limit: int) -> Sequence[int]:
        """Mark, and return the ids of, what ends within some time and is to be renewed by itself, once for each end."""
        return [record["id"] for record in await pg(work).connection.fetch(_TO_RENEW, now, lead, limit)]

    async def holder(self, work: Work, key: int) -> tuple[int, UUID, str | None] | None:
        """Return whose a subscription is: number, account, language; None where it, or an active account, is not
        there."""
        record = await pg(work).connection.fetchrow(_HOLDER, key)
        return None if record is None else (record["user_id"], record["account"], record["language"])

    # what is shown

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a page of a user's subscriptions, the newest first."""
        return await counted_page(work, query, _PAGE, _PAGE_COUNT, self._listed, number=number)

    async def history(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a page of what happened to a user's subscriptions, the newest first."""
        return await counted_page(work, query, _HISTORY, _HISTORY_COUNT, self._told, number=number)

    async def detail(self, work: Work, number: int, key: int, used: int) -> Any:
        """Return a user's subscription; `used` are his events of this month. None where there is none."""
        record = await pg(work).one(_DETAIL, number=number, key=key)
        return None if record is None else self._detail(*record, used)

    async def plan_of(
        self, work: Work, number: int, now: datetime
    ) -> tuple[int | None, Decimal, bool, datetime] | None:
        """Return what a user's plan allows: events a month, commission in percent, priority support; and its end."""
        record = await pg(work).one(_PLAN_OF, number=number, now=now)
        return None if record is None else tuple(record)

    async def figures(self, work: Work, now: datetime) -> tuple[int, int, int]:
        """Count all subscriptions, those whose benefits hold, and those that are over."""
        total, active, expired = await pg(work).one(_FIGURES, now=now)
        return total, active, expired

    async def active_count(self, work: Work, now: datetime) -> int:
        """Count the subscriptions whose benefits hold."""
        counted: int = await pg(work).value(_COUNT_ACTIVE, now=now)
        return counted
