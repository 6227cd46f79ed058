"""Rows of sendings to many."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.notifications.bulk_service import Envoi
from plugins.spotvibe.notifications.domain import Annonce, Modele


class EnvoiRow(NumberedRow):
    """A sending to many. `contenu` is the template as it was, `donnees` what fills it; of sendings with one `cle` there
    is one."""

    __tablename__ = "spotvibe_envoi"
    __table_args__ = (
        CheckConstraint("statut in ('EN_ATTENTE', 'EN_COURS', 'TERMINE')", name="statut"),
        CheckConstraint("envoyes >= 0 and echecs >= 0 and envoyes + echecs <= total", name="total"),
        CheckConstraint("(statut = 'TERMINE') = (date_fin is not null)", name="date_fin"),
        UniqueConstraint("cle"),
        Index("ix_spotvibe_envoi_template_id", "template_id"),
        Index("ix_spotvibe_envoi_demande_par", "demande_par"),
    )

    cle: Mapped[str | None]
    template_id: Mapped[int | None] = mapped_column(
        BigInteger(), ForeignKey("spotvibe_notification_template.id", ondelete="SET NULL")
    )
    contenu: Mapped[dict[str, Any]] = mapped_column(JSONB())
    donnees: Mapped[dict[str, Any]] = mapped_column(JSONB())
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")
    total: Mapped[int]
    envoyes: Mapped[int] = mapped_column(server_default="0")
    echecs: Mapped[int] = mapped_column(server_default="0")
    demande_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    date_fin: Mapped[datetime | None]


class DestinataireRow(Row):
    """Somebody whom a sending goes to, once."""

    __tablename__ = "spotvibe_envoi_destinataire"
    __table_args__ = (
        CheckConstraint("statut in ('EN_ATTENTE', 'ENVOYE', 'ECHEC')", name="statut"),
        Index("ix_spotvibe_envoi_destinataire_user_id", "user_id"),
        Index(
            "ix_spotvibe_envoi_destinataire_en_attente",
            "envoi_id",
            "user_id",
            postgresql_where=text("statut = 'EN_ATTENTE'"),
        ),
    )

    envoi_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("spotvibe_envoi.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("spotvibe_profile.user_id"), primary_key=True, autoincrement=False
    )
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")


_TEMPLATE = """
select type_notification, canaux_actifs, sujet_fr, corps_fr, sujet_en, corps_en
from spotvibe_notification_template where id = $1
"""
_UNKNOWN = """
select number from unnest($1::bigint[]) given (number)
where not exists (select from spotvibe_profile p join account a on a.number = p.user_id
                  where p.user_id = given.number and a.is_active)
order by number
"""
_INSERT = """
insert into spotvibe_envoi (template_id, contenu, donnees, total, demande_par)
values ($1, $2::text::jsonb, $3::text::jsonb, $4, $5) returning id
"""
_ADDRESS = "insert into spotvibe_envoi_destinataire (envoi_id, user_id) select $1, unnest($2::bigint[])"
_INSERT_FOR_FOLLOWERS = """
with made as (
    insert into spotvibe_envoi (cle, contenu, donnees, total)
    select $1, $2::text::jsonb, $3::text::jsonb, f.total
    from (select count(*) total from spotvibe_follow where followed_id = $4) f where f.total > 0
    on conflict (cle) do nothing returning id
), addressed as (
    insert into spotvibe_envoi_destinataire (envoi_id, user_id)
    select made.id, f.follower_id from made cross join spotvibe_follow f where f.followed_id = $4
)
select id from made
"""
_PROGRESS = sql("""
select id, template_id, contenu ->> 'type_notification', statut, total, envoyes, echecs, created_at, date_fin
from spotvibe_envoi where id = cast(:key as bigint)
""")
_HOLD = "select contenu, donnees from spotvibe_envoi where id = $1 and statut <> 'TERMINE' for no key update"
_WAITING = """
select user_id from spotvibe_envoi_destinataire where envoi_id = $1 and statut = 'EN_ATTENTE' order by user_id limit $2
"""
_MARK = """
update spotvibe_envoi_destinataire set statut = case when user_id = any($2::bigint[]) then 'ENVOYE' else 'ECHEC' end
where envoi_id = $1 and user_id = any($2::bigint[] || $3::bigint[]) and statut = 'EN_ATTENTE'
"""
_ADVANCE = """
update spotvibe_envoi e
set envoyes = envoyes + $2, echecs = echecs + $3,
    statut = case when e.total = envoyes + echecs + $2 + $3 then 'TERMINE' else 'EN_COURS' end,
    date_fin = case when e.total = envoyes + echecs + $2 + $3 then now() end
where id = $1 returning statut
"""


class PgBulkStore:
    """Sendings to many in PostgreSQL. `progress` makes the wire struct of how one stands."""

    def __init__(self, progress: Callable[..., Any]) -> None:
        self._progress = progress

    async def template(self, work: Work, key: int) -> Modele | None:
        """Return a template by its id."""
        record = await pg(work).connection.fetchrow(_TEMPLATE, key)
        return None if record is None else msgspec.convert(dict(record), Modele)

    async def unknown(self, work: Work, numbers: Sequence[int]) -> list[int]:
        """Return those of these numbers that are no user with an open account."""
        return [record["number"] for record in await pg(work).connection.fetch(_UNKNOWN, list(numbers))]

    async def insert(
        self, work: Work, envoi: Envoi, numbers: Sequence[int], *, template: int, requested_by: int
    ) -> int:
        """Record a sending to users, and return its id."""
        run = pg(work).connection
        made: int = await run.fetchval(
            _INSERT, template, _json(envoi.modele), _json(envoi.annonce), len(numbers), requested_by
        )
        await run.execute(_ADDRESS, made, list(numbers))
        return made

    async def insert_for_followers(self, work: Work, envoi: Envoi, followed: int, cle: str) -> int | None:
        """Record a sending to a user's followers, and return its id; None where there are none, or where one with this
        key was recorded before."""
        made: int | None = await pg(work).connection.fetchval(
            _INSERT_FOR_FOLLOWERS, cle, _json(envoi.modele), _json(envoi.annonce), followed
        )
        return made

    async def progress(self, work: Work, key: int) -> Any:
        """Return how a sending stands; None where there is none."""
        record = await pg(work).one(_PROGRESS, key=key)
        return None if record is None else self._progress(*record)

    async def hold(self, work: Work, key: int) -> Envoi | None:
        """Return a sending that is not finished, and hold it until the transaction ends."""
        record = await pg(work).connection.fetchrow(_HOLD, key)
        if record is None:
            return None
        return Envoi(
            modele=msgspec.convert(record["contenu"], Modele), annonce=msgspec.convert(record["donnees"], Annonce)
        )

    async def waiting(self, work: Work, key: int, limit: int) -> list[int]:
        """Return the next users of a sending who were not told."""
        return [record["user_id"] for record in await pg(work).connection.fetch(_WAITING, key, limit)]

    async def mark(self, work: Work, key: int, told: Sequence[int], others: Sequence[int]) -> bool:
        """Record who was told and who could not be; returns whether somebody still waits. A sending for which nobody
        waits is finished."""
        run = pg(work).connection
        await run.execute(_MARK, key, list(told), list(others))
        statut: str = await run.fetchval(_ADVANCE, key, len(told), len(others))
        return statut != "TERMINE"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
