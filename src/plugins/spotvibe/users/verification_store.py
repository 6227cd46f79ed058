"""Rows of identity verifications."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.errors import invalid_request
from core.work import Work
from plugins.spotvibe.users.verification_service import PENDING_ALREADY, Papers


class VerificationRow(NumberedRow):
    """Documents that were submitted, and what staff made of them. One submission of a user awaits review at a time."""

    __tablename__ = "spotvibe_verification"
    __table_args__ = (
        CheckConstraint("statut in ('EN_ATTENTE', 'APPROUVE', 'REJETE', 'EXPIRE')", name="statut"),
        CheckConstraint("(statut = 'EN_ATTENTE') = (date_traitement is null)", name="date_traitement"),
        Index(
            "uq_spotvibe_verification_en_attente",
            "user_id",
            unique=True,
            postgresql_where=text("statut = 'EN_ATTENTE'"),
        ),
        Index("ix_spotvibe_verification_user_id", "user_id", "id"),
        Index("ix_spotvibe_verification_statut", "statut", "id"),
        Index("ix_spotvibe_verification_document_identite", "document_identite"),
        Index("ix_spotvibe_verification_document_selfie", "document_selfie"),
        Index("ix_spotvibe_verification_traite_par", "traite_par"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    document_identite: Mapped[UUID] = mapped_column(ForeignKey("stored_file.id"))
    document_selfie: Mapped[UUID | None] = mapped_column(ForeignKey("stored_file.id"))
    statut: Mapped[str] = mapped_column(server_default="EN_ATTENTE")
    date_soumission: Mapped[datetime] = mapped_column(server_default=text("now()"))
    commentaire_admin: Mapped[str] = mapped_column(server_default="")
    traite_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"))
    date_traitement: Mapped[datetime | None]


_NEWEST = sql("""
select id, statut, date_soumission, commentaire_admin from spotvibe_verification
where user_id = cast(:number as bigint) order by id desc limit 1
""")
_INSERT = """
insert into spotvibe_verification (user_id, document_identite, document_selfie) values ($1, $2, $3) returning id
"""
_DECIDE = """
update spotvibe_verification set statut = $2, commentaire_admin = $3, traite_par = $4, date_traitement = $5
where id = $1 and statut = 'EN_ATTENTE' returning user_id
"""
_EXPIRE = """
update spotvibe_verification set statut = 'EXPIRE', date_traitement = $1
where statut = 'EN_ATTENTE' and date_soumission < $2 returning id
"""
_EXISTS = "select exists (select from spotvibe_verification where id = $1)"
_VERIFIED = "update spotvibe_profile set est_verifie = true, updated_at = now() where user_id = $1"
_PAPERS = """
select v.user_id, d.id, d.name, s.id, s.name from spotvibe_verification v
join stored_file d on d.id = v.document_identite left join stored_file s on s.id = v.document_selfie
where v.id = $1
"""


class VerificationStore:
    """Verifications in PostgreSQL. `status` makes the wire struct of how one stands."""

    def __init__(self, status: Callable[..., Any]) -> None:
        self._status = status

    async def newest(self, work: Work, number: int) -> Any:
        """Return how a user's newest submission stands; None where there is none."""
        record = await pg(work).one(_NEWEST, number=number)
        return None if record is None else self._status(*record)

    async def insert(self, work: Work, number: int, document: UUID, selfie: UUID | None) -> int:
        """Insert a submission and return its id. Raises `DomainError` of kind invalid where one awaits review."""
        try:
            made: int = await pg(work).connection.fetchval(_INSERT, number, document, selfie)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "uq_spotvibe_verification_en_attente":
                raise
            raise invalid_request(PENDING_ALREADY) from error
        return made

    async def decide(self, work: Work, key: int, statut: str, comment: str, reviewer: int, at: datetime) -> int | None:
        """Decide a submission that awaits review and return whose it is; None where there is none to decide."""
        number: int | None = await pg(work).connection.fetchval(_DECIDE, key, statut, comment, reviewer, at)
        return number

    async def expire(self, work: Work, at: datetime, before: datetime) -> list[int]:
        """End what was submitted before a moment and awaits review still; returns the submissions."""
        return [record["id"] for record in await pg(work).connection.fetch(_EXPIRE, at, before)]

    async def exists(self, work: Work, key: int) -> bool:
        """Whether there is such a submission."""
        found: bool = await pg(work).connection.fetchval(_EXISTS, key)
        return found

    async def mark_verified(self, work: Work, number: int) -> None:
        """Record that a user's identity is verified."""
        await pg(work).connection.execute(_VERIFIED, number)

    async def papers(self, work: Work, key: int) -> Papers | None:
        """Return the documents of a submission."""
        record = await pg(work).connection.fetchrow(_PAPERS, key)
        return None if record is None else Papers(*record)
