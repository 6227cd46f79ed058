"""Rows of follows."""

from collections.abc import Callable
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


class FollowRow(NumberedRow):
    """Somebody who follows somebody else, once."""

    __tablename__ = "spotvibe_follow"
    __table_args__ = (
        CheckConstraint("follower_id <> followed_id", name="self"),
        UniqueConstraint("follower_id", "followed_id"),
        Index("ix_spotvibe_follow_follower_id", "follower_id", "id"),
        Index("ix_spotvibe_follow_followed_id", "followed_id", "id"),
    )

    follower_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    followed_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


_KNOWN = """
exists (select from spotvibe_profile p join account a on a.number = p.user_id
        where p.user_id = cast(:number as bigint) and a.is_active)
"""
_IS_KNOWN = sql(f"select {_KNOWN}")
_STATUS = sql(f"""
select {_KNOWN}, exists (select from spotvibe_follow where follower_id = cast(:follower as bigint)
                         and followed_id = cast(:number as bigint))
""")  # noqa: S608 - constants
_INSERT = """
insert into spotvibe_follow (follower_id, followed_id) values ($1, $2)
on conflict (follower_id, followed_id) do nothing returning id
"""
_DELETE = "delete from spotvibe_follow where follower_id = $1 and followed_id = $2 returning id"


def _list(shown: str, of: str) -> Any:
    matching = f"""
from spotvibe_follow f join account a on a.number = f.{shown} join spotvibe_profile p on p.user_id = f.{shown}
where f.{of} = cast(:number as bigint) and a.is_active
"""
    return sql(f"""
select a.number, a.username, '/' || p.photo_profil, (select count(*) {matching})
{matching} order by f.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
"""), sql(f"select count(*) {matching}")


_FOLLOWERS = _list("follower_id", "followed_id")
_FOLLOWING = _list("followed_id", "follower_id")


class FollowStore:
    """Follows in PostgreSQL. `person` makes the wire struct of a person's columns."""

    def __init__(self, person: Callable[..., Any]) -> None:
        self._person = person

    async def known(self, work: Work, number: int) -> bool:
        """Whether there is an active user of this number."""
        found: bool = await pg(work).value(_IS_KNOWN, number=number)
        return found

    async def status(self, work: Work, follower: int, number: int) -> bool | None:
        """Whether one follows another; None where there is no such active user."""
        known, follows = await pg(work).one(_STATUS, follower=follower, number=number)
        return bool(follows) if known else None

    async def insert(self, work: Work, follower: int, number: int) -> bool:
        """Make one follow another; False where he does already."""
        return await pg(work).connection.fetchval(_INSERT, follower, number) is not None

    async def delete(self, work: Work, follower: int, number: int) -> bool:
        """End it; False where he does not follow."""
        return await pg(work).connection.fetchval(_DELETE, follower, number) is not None

    async def page(self, work: Work, number: int, query: ListQuery, *, followers: bool) -> Page[Any]:
        """Return the active followers of a user, or those whom he follows, newest first."""
        listed, counted = _FOLLOWERS if followers else _FOLLOWING
        return await counted_page(work, query, listed, counted, self._person, number=number)

    async def counts(self, work: Work, number: int) -> tuple[int, int]:
        """Return how many active users follow a user, and how many he follows."""
        db = pg(work)
        return await db.value(_FOLLOWERS[1], number=number), await db.value(_FOLLOWING[1], number=number)
