"""Rows of notifications, and what telling people reads and writes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Row
from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.notifications.domain import Canal, Destinataire, Modele
from plugins.spotvibe.notifications.notify_service import Kept, Line


class NotificationRow(NumberedRow):
    """A notification that is read in the application."""

    __tablename__ = "spotvibe_notification"
    __table_args__ = (
        CheckConstraint("statut in ('ENVOYE', 'LU')", name="statut"),
        CheckConstraint("(statut = 'LU') = (date_lecture is not null)", name="date_lecture"),
        Index("ix_spotvibe_notification_user_id", "user_id", "id"),
        Index("ix_spotvibe_notification_non_lues", "user_id", "id", postgresql_where=text("date_lecture is null")),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    titre: Mapped[str]
    message: Mapped[str]
    type_notification: Mapped[str]
    statut: Mapped[str] = mapped_column(server_default="ENVOYE")
    lien_action: Mapped[str | None]
    donnees_supplementaires: Mapped[dict[str, Any]] = mapped_column(JSONB(), server_default="{}")
    date_creation: Mapped[datetime] = mapped_column(server_default=text("now()"))
    date_lecture: Mapped[datetime | None]


class OnceRow(Row):
    """Whom something was told that is told once, whoever asks how often."""

    __tablename__ = "spotvibe_notification_once"
    __table_args__ = (Index("ix_spotvibe_notification_once_user_id", "user_id"),)

    cle: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("spotvibe_profile.user_id"), primary_key=True, autoincrement=False
    )
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class DigestRow(NumberedRow):
    """A line of somebody's next summary."""

    __tablename__ = "spotvibe_notification_digest"
    __table_args__ = (
        CheckConstraint("canal in ('EMAIL', 'SMS', 'PUSH', 'IN_APP')", name="canal"),
        CheckConstraint("frequence in ('QUOTIDIEN', 'HEBDOMADAIRE')", name="frequence"),
        Index("ix_spotvibe_notification_digest_frequence", "frequence", "user_id", "canal", "id"),
        Index("ix_spotvibe_notification_digest_user_id", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    canal: Mapped[str]
    frequence: Mapped[str]
    titre: Mapped[str]
    message: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


_TEMPLATE = """
select type_notification, canaux_actifs, sujet_fr, corps_fr, sujet_en, corps_en
from spotvibe_notification_template where type_notification = $1
"""
_ADDRESSEES = """
select a.number, a.id, a.email, a.phone, a.language, a.username,
       coalesce(nullif(a.first_name, ''), a.username) as prenom, p.notifications_email, p.notifications_push,
       (select jsonb_object_agg(canal, jsonb_build_array(actif, frequence)) from spotvibe_notification_preference
        where user_id = p.user_id and type_notification = $2) as preferences,
       (select array_agg(token order by id) from spotvibe_push_token where user_id = p.user_id) as appareils
from spotvibe_profile p join account a on a.number = p.user_id
where p.user_id = any($1::bigint[]) and a.is_active order by a.number
"""
_CLAIM = """
insert into spotvibe_notification_once (cle, user_id)
select $1, p.user_id from spotvibe_profile p where p.user_id = any($2::bigint[]) order by p.user_id
on conflict do nothing returning user_id
"""
_KEEP = """
insert into spotvibe_notification
    (user_id, titre, message, type_notification, lien_action, donnees_supplementaires)
select user_id, titre, message, type_notification, lien_action, donnees::jsonb
from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
     as given (user_id, titre, message, type_notification, lien_action, donnees)
returning user_id, id
"""
_QUEUE = """
insert into spotvibe_notification_digest (user_id, canal, frequence, titre, message)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[])
"""
_TAKE_LINES = """
with due as (
    select distinct user_id, canal from spotvibe_notification_digest
    where frequence = $1 and created_at < $2 order by user_id, canal limit $3
), taken as (
    delete from spotvibe_notification_digest d using due
    where d.frequence = $1 and d.created_at < $2 and d.user_id = due.user_id and d.canal = due.canal
    returning d.user_id, d.canal, d.id, d.titre, d.message
)
select user_id, canal, titre, message from taken order by user_id, canal, id
"""
_USERNAME = "select username from account where number = $1"


class PgNotifyStore:
    """What telling people needs, in PostgreSQL."""

    async def template(self, work: Work, type_notification: str) -> Modele | None:
        """Return the template of a type."""
        record = await pg(work).connection.fetchrow(_TEMPLATE, type_notification)
        return None if record is None else msgspec.convert(dict(record), Modele)

    async def addressees(self, work: Work, numbers: Sequence[int], type_notification: str) -> list[Destinataire]:
        """Return those of these users whose account is open, in the order of their numbers."""
        records = await pg(work).connection.fetch(_ADDRESSEES, list(numbers), type_notification)
        return [
            Destinataire(
                number=record["number"],
                account=record["id"],
                email=record["email"],
                phone=record["phone"],
                language=record["language"],
                username=record["username"],
                prenom=record["prenom"],
                wants_email=record["notifications_email"],
                wants_push=record["notifications_push"],
                preferences={canal: (actif, often) for canal, (actif, often) in (record["preferences"] or {}).items()},
                appareils=tuple(record["appareils"] or ()),
            )
            for record in records
        ]

    async def claim(self, work: Work, cle: str, numbers: Sequence[int]) -> list[int]:
        """Return those of these users who were not told of this before; they are now. Waits for whoever is telling them
        at this moment."""
        records = await pg(work).connection.fetch(_CLAIM, cle, list(numbers))
        return [record["user_id"] for record in records]

    async def keep(self, work: Work, rows: Sequence[Kept]) -> dict[int, int]:
        """Keep notifications, at most one for each user; returns their ids by the user's number."""
        if not rows:
            return {}
        records = await pg(work).connection.fetch(
            _KEEP,
            [row.number for row in rows],
            [row.titre for row in rows],
            [row.message for row in rows],
            [row.type_notification for row in rows],
            [row.lien for row in rows],
            [msgspec.json.encode(row.donnees).decode() for row in rows],
        )
        return {record["user_id"]: record["id"] for record in records}

    async def queue(self, work: Work, lines: Sequence[Line]) -> None:
        """Queue lines of summaries."""
        await pg(work).connection.execute(
            _QUEUE,
            [line.number for line in lines],
            [line.canal for line in lines],
            [line.frequence for line in lines],
            [line.titre for line in lines],
            [line.message for line in lines],
        )

    async def take_lines(
        self, work: Work, frequence: str, until: datetime, summaries: int
    ) -> dict[tuple[int, Canal], list[tuple[str, str]]]:
        """Take the queued lines of some summaries out of the queue: title and text by user and channel."""
        records = await pg(work).connection.fetch(_TAKE_LINES, frequence, until, summaries)
        found: dict[tuple[int, Canal], list[tuple[str, str]]] = {}
        for number, canal, titre, message in records:
            found.setdefault((number, Canal(canal)), []).append((titre, message))
        return found

    async def username(self, work: Work, number: int) -> str:
        """Return a user's name; "" where there is none."""
        return await pg(work).connection.fetchval(_USERNAME, number) or ""
