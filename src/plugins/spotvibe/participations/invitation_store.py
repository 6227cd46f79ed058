"""Rows of invitations."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work


class InvitationRow(NumberedRow):
    """Somebody who is invited to an event, once."""

    __tablename__ = "spotvibe_invitation"
    __table_args__ = (
        UniqueConstraint("evenement_id", "user_id"),
        Index("ix_spotvibe_invitation_evenement_id", "evenement_id", "id"),
        Index("ix_spotvibe_invitation_user_id", "user_id", "id"),
        Index("ix_spotvibe_invitation_invite_par", "invite_par"),
    )

    evenement_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_evenement.id"))
    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    invite_par: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    date_invitation: Mapped[datetime] = mapped_column(server_default=text("now()"))


_IS_INVITED = sql("""
select exists (select from spotvibe_invitation where evenement_id = cast(:evenement as bigint)
               and user_id = cast(:number as bigint))
""")
_KNOWN = sql("""
select p.user_id from spotvibe_profile p join account a on a.number = p.user_id
where p.user_id = any(cast(:numbers as bigint[])) and a.is_active
""")
_INVITE = """
insert into spotvibe_invitation (evenement_id, user_id, invite_par)
select $1, given.number, $3 from unnest($2::bigint[]) as given (number) order by given.number
on conflict (evenement_id, user_id) do nothing returning user_id
"""
_INVITED = """
from spotvibe_invitation i join account a on a.number = i.user_id join spotvibe_profile f on f.user_id = i.user_id
where i.evenement_id = cast(:evenement as bigint) and a.is_active
"""
_PAGE = sql(f"""
select a.number, a.username, '/' || f.photo_profil, i.date_invitation,
       (select p.statut from spotvibe_participation p
        where p.evenement_id = i.evenement_id and p.user_id = i.user_id),
       (select count(*) {_INVITED})
{_INVITED} order by i.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")  # noqa: S608 - constants
_COUNT = sql(f"select count(*) {_INVITED}")


class InvitationStore:
    """Invitations in PostgreSQL. `invitation` makes the wire struct of its columns."""

    def __init__(self, invitation: Callable[..., Any]) -> None:
        self._invitation = invitation

    async def is_invited(self, work: Work, evenement: int, number: int) -> bool:
        """Whether somebody is invited to an event."""
        invited: bool = await pg(work).value(_IS_INVITED, evenement=evenement, number=number)
        return invited

    async def known(self, work: Work, numbers: Sequence[int]) -> set[int]:
        """Return those of these numbers that are active users'."""
        return {record[0] for record in await pg(work).all(_KNOWN, numbers=list(numbers))}

    async def invite(self, work: Work, evenement: int, numbers: Sequence[int], by: int) -> Sequence[int]:
        """Invite users to an event, and return those who were not invited before."""
        records = await pg(work).connection.fetch(_INVITE, evenement, list(numbers), by)
        return [record[0] for record in records]

    async def page(self, work: Work, evenement: int, query: ListQuery) -> Page[Any]:
        """Return a page of the active users who are invited, newest first."""
        return await counted_page(work, query, _PAGE, _COUNT, self._invitation, evenement=evenement)
