"""Rows of participations."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.participations.domain import StatutParticipation
from plugins.spotvibe.participations.reminder_service import REMINDED_BEFORE, Due


class ParticipationRow(NumberedRow):
    """Somebody who takes part in an event, once. `place_prise`: it holds a seat of its own, which no ticket holds."""

    __tablename__ = "spotvibe_participation"
    __table_args__ = (
        CheckConstraint("statut in ('PARTICIPE', 'INTERESSE')", name="statut"),
        CheckConstraint("statut = 'PARTICIPE' or not place_prise", name="place_prise"),
        UniqueConstraint("evenement_id", "user_id"),
        Index("ix_spotvibe_participation_evenement_id", "evenement_id", "id"),
        Index("ix_spotvibe_participation_user_id", "user_id", "id"),
        Index("ix_spotvibe_participation_statut", "statut", "evenement_id"),
        Index(
            "ix_spotvibe_participation_rappel_le",
            "evenement_id",
            postgresql_where=text("statut = 'PARTICIPE' and rappel_le is null"),
        ),
    )

    evenement_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_evenement.id"))
    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    statut: Mapped[str]
    place_prise: Mapped[bool] = mapped_column(server_default=text("false"))
    date_participation: Mapped[datetime] = mapped_column(server_default=text("now()"))
    rappel_le: Mapped[datetime | None]


_JOIN = """
insert into spotvibe_participation (evenement_id, user_id, statut, place_prise) values ($1, $2, $3, $4)
on conflict (evenement_id, user_id) do update
    set statut = excluded.statut, place_prise = excluded.place_prise, date_participation = now()
    where spotvibe_participation.statut = 'INTERESSE' and excluded.statut = 'PARTICIPE'
returning id
"""
_LEAVE = "delete from spotvibe_participation where evenement_id = $1 and user_id = $2 returning place_prise"
_TAKING_PART = """
from spotvibe_participation p join account a on a.number = p.user_id join spotvibe_profile f on f.user_id = p.user_id
where p.evenement_id = cast(:evenement as bigint) and a.is_active
      and (cast(:statut as text) is null or p.statut = cast(:statut as text))
"""
_PARTICIPANTS = sql(f"""
select a.number, a.username, '/' || f.photo_profil, p.statut, (select count(*) {_TAKING_PART})
{_TAKING_PART} order by p.id limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT_PARTICIPANTS = sql(f"select count(*) {_TAKING_PART}")
_OWN = """
from spotvibe_participation p join spotvibe_evenement e on e.id = p.evenement_id
where p.user_id = cast(:number as bigint) and e.archived_at is null
"""
_PAGE = sql(f"""
select p.id, p.statut, p.date_participation, e.id, e.titre, e.date_debut, e.date_fin, e.lieu, e.type_acces,
       '/' || e.image_couverture, e.statut, (select count(*) {_OWN})
{_OWN} order by p.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql(f"select count(*) {_OWN}")
_TOTAL = sql("select count(*) from spotvibe_participation where statut = 'PARTICIPE'")
_CONCERNED = sql("select user_id from spotvibe_participation where evenement_id = cast(:evenement as bigint)")
_REMIND = """
with due as (
    select p.id, e.titre, e.date_debut,
           exists (select from spotvibe_billet b where b.evenement_id = p.evenement_id and b.user_id = p.user_id
                   and b.statut in ('PAYE', 'UTILISE')) as holds
    from spotvibe_evenement e join spotvibe_participation p on p.evenement_id = e.id
    where e.statut = 'VALIDE' and e.date_debut > $1 and e.date_debut <= $2
          and p.statut = 'PARTICIPE' and p.rappel_le is null and p.date_participation < e.date_debut - $3::interval
    limit $4 for update of p skip locked
)
update spotvibe_participation p set rappel_le = $1 from due where p.id = due.id
returning p.evenement_id, due.titre, due.date_debut, p.user_id, due.holds
"""
_WITHDRAW = """
delete from spotvibe_participation p using spotvibe_evenement e
where p.user_id = $1 and p.statut = 'PARTICIPE' and e.id = p.evenement_id
      and e.type_acces = 'PAYANT' and e.statut = 'VALIDE' and e.date_fin > now()
      and not exists (select from spotvibe_billet b where b.evenement_id = p.evenement_id and b.user_id = p.user_id
                      and b.statut in ('PAYE', 'UTILISE'))
returning p.id
"""


class ParticipationStore:
    """Participations in PostgreSQL. `participant`, `participation` and `evenement` make the wire structs of their
    columns."""

    def __init__(
        self, *, participant: Callable[..., Any], participation: Callable[..., Any], evenement: Callable[..., Any]
    ) -> None:
        self._participant = participant
        self._participation = participation
        self._evenement = evenement

    async def join(
        self, work: Work, evenement: int, number: int, statut: StatutParticipation, *, place_prise: bool
    ) -> int | None:
        """Record that somebody takes part, or comes who was interested, and return the participation; None where he
        takes part so already, or comes."""
        made: int | None = await pg(work).connection.fetchval(_JOIN, evenement, number, statut.value, place_prise)
        return made

    async def leave(self, work: Work, evenement: int, number: int) -> bool | None:
        """Delete somebody's participation and return whether it held a seat of its own; None where there is none."""
        seated: bool | None = await pg(work).connection.fetchval(_LEAVE, evenement, number)
        return seated

    async def participants(
        self, work: Work, evenement: int, query: ListQuery, statut: StatutParticipation | None
    ) -> Page[Any]:
        """Return a page of the active users who take part, the first one first."""
        given = {"evenement": evenement, "statut": statut.value if statut else None}
        return await counted_page(work, query, _PARTICIPANTS, _COUNT_PARTICIPANTS, self._participant, **given)

    async def own(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a page of somebody's participations, newest first."""

        def shown(key: int, statut: str, joined: datetime, *evenement: Any) -> Any:
            return self._participation(key, self._evenement(*evenement), statut, joined)

        return await counted_page(work, query, _PAGE, _COUNT, shown, number=number)

    async def total(self, work: Work) -> int:
        """Count those who come, to all events (DECISIONS.md section 2, "Figures")."""
        total: int = await pg(work).value(_TOTAL)
        return total

    async def concerned(self, work: Work, evenement: int) -> Sequence[int]:
        """Return the numbers of those who come to an event, or are interested."""
        return [record[0] for record in await pg(work).all(_CONCERNED, evenement=evenement)]

    async def withdraw(self, work: Work, number: int) -> int:
        """Delete somebody's participations in paid events to come of which he holds no good ticket; returns how
        many."""
        return len(await pg(work).connection.fetch(_WITHDRAW, number))

    async def remind(self, work: Work, now: datetime, until: datetime, limit: int) -> Sequence[Due]:
        """Mark participants of events that begin between two moments as reminded, and return them: those who joined
        before the event was as near as `until` is now, once each."""
        records = await pg(work).connection.fetch(_REMIND, now, until, REMINDED_BEFORE, limit)
        return [Due(*record) for record in records]
