"""Rows of profiles and of the links that prove addresses."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row, Timestamps
from adapters.db.counted import counted_page
from adapters.db.statement import Statement
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Order, Page
from core.work import Work


class ProfileRow(Row, Timestamps):
    """What spotvibe keeps of a person beside the account whose integer id it has."""

    __tablename__ = "spotvibe_profile"
    __table_args__ = (Index("uq_spotvibe_profile_photo_profil", "photo_profil", unique=True),)

    user_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("account.number"), primary_key=True, autoincrement=False
    )
    date_naissance: Mapped[date | None]
    photo_profil: Mapped[str | None] = mapped_column(ForeignKey("public_file.path"))
    bio: Mapped[str] = mapped_column(server_default="")
    est_verifie: Mapped[bool] = mapped_column(server_default=text("false"))
    notifications_email: Mapped[bool] = mapped_column(server_default=text("true"))
    notifications_push: Mapped[bool] = mapped_column(server_default=text("true"))


class EmailVerificationRow(Row):
    """A link by which somebody proves an address; one at a time. Only the SHA-256 of its token is kept."""

    __tablename__ = "spotvibe_email_verification"

    user_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("spotvibe_profile.user_id"), primary_key=True, autoincrement=False
    )
    email: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(), unique=True)
    expires_at: Mapped[datetime]


_PHOTO = "'/' || p.photo_profil"
_ENSURE = "insert into spotvibe_profile (user_id) values ($1) on conflict do nothing returning user_id"
_OWN = sql(f"""
select a.number, a.username, a.email, coalesce(a.first_name, ''), coalesce(a.last_name, ''), a.phone, p.date_naissance,
       {_PHOTO}, coalesce(p.bio, ''), coalesce(p.est_verifie, false), coalesce(p.notifications_email, true),
       coalesce(p.notifications_push, true)
from account a left join spotvibe_profile p on p.user_id = a.number
where a.number = cast(:number as bigint)
""")  # noqa: S608 - constants
_ACTIVE = "spotvibe_profile p join account a on a.number = p.user_id where a.is_active"
_EMAIL = "case when :staff or a.number = cast(:viewer as bigint) then a.email end"
_DETAIL = sql(f"""
select a.number, a.username, {_EMAIL}, coalesce(a.first_name, ''), coalesce(a.last_name, ''), {_PHOTO}, p.bio,
       p.est_verifie
from {_ACTIVE} and a.number = cast(:number as bigint)
""")  # noqa: S608 - constants
_COUNT = sql(f"select count(*) from {_ACTIVE}")  # noqa: S608 - constants
_HOLD_PHOTO = "select photo_profil from spotvibe_profile where user_id = $1 for no key update"
_PUT_LINK = """
insert into spotvibe_email_verification (user_id, email, token_hash, expires_at) values ($1, $2, $3, $4)
on conflict (user_id) do update
set email = excluded.email, token_hash = excluded.token_hash, expires_at = excluded.expires_at
"""
_TAKE_LINK = """
delete from spotvibe_email_verification v using account a
where v.token_hash = $1 and v.expires_at > $2 and a.number = v.user_id and a.email = v.email and a.is_active
returning a.id
"""
_ORDERED = {"id": "a.number", "username": "lower(a.username)"}
_CHANGEABLE = frozenset({"date_naissance", "photo_profil", "bio", "notifications_email", "notifications_push"})


@lru_cache(maxsize=16)
def _page(ordering: tuple[Order, ...]) -> Statement:
    terms = [f"{_ORDERED[term.field]} {'desc' if term.descending else 'asc'}" for term in ordering]
    return sql(f"""
select a.number, a.username, {_EMAIL}, {_PHOTO}, (select count(*) from {_ACTIVE})
from {_ACTIVE} order by {", ".join([*terms, "a.number"])} limit cast(:size as bigint) offset cast(:skipped as bigint)
""")  # noqa: S608 - names of our own


@lru_cache(maxsize=64)
def _update(names: tuple[str, ...]) -> str:
    if not _CHANGEABLE.issuperset(names):
        raise ValueError(f"a profile has no such fields: {names}")
    changes = "".join(f"{name} = ${place}, " for place, name in enumerate(names, 2))
    return f"update spotvibe_profile set {changes}updated_at = now() where user_id = $1"  # noqa: S608 - names of our own


class ProfileStore:
    """Profiles in PostgreSQL. `profil`, `one` and `detail` make the wire structs of their columns."""

    def __init__(self, *, profil: Callable[..., Any], one: Callable[..., Any], detail: Callable[..., Any]) -> None:
        self._profil = profil
        self._one = one
        self._detail = detail

    async def ensure(self, work: Work, number: int) -> bool:
        """Make the profile of an account that has none; False where it has one."""
        return await pg(work).connection.fetchval(_ENSURE, number) is not None

    async def own(self, work: Work, number: int) -> Any:
        """Return an account's profile, with what an absent one stands for."""
        record = await pg(work).one(_OWN, number=number)
        return None if record is None else self._profil(*record)

    async def page(self, work: Work, query: ListQuery, *, viewer: int, staff: bool) -> Page[Any]:
        """Return a page of active users; addresses for staff, and the viewer's own."""
        return await counted_page(work, query, _page(query.ordering), _COUNT, self._one, viewer=viewer, staff=staff)

    async def detail(self, work: Work, number: int, *, viewer: int, staff: bool) -> Any:
        """Return an active user; None where there is none."""
        record = await pg(work).one(_DETAIL, number=number, viewer=viewer, staff=staff)
        return None if record is None else self._detail(*record)

    async def hold_photo(self, work: Work, number: int) -> str | None:
        """Return the path of a photo, and hold the profile until the transaction ends."""
        path: str | None = await pg(work).connection.fetchval(_HOLD_PHOTO, number)
        return path

    async def update(self, work: Work, number: int, values: Mapping[str, Any]) -> None:
        """Change fields of a profile."""
        await pg(work).connection.execute(_update(tuple(values)), number, *values.values())

    async def put_link(self, work: Work, number: int, email: str, token_hash: bytes, expires_at: datetime) -> None:
        """Write a link over an earlier one of the same user."""
        await pg(work).connection.execute(_PUT_LINK, number, email, token_hash, expires_at)

    async def take_link(self, work: Work, token_hash: bytes, now: datetime) -> Any:
        """Use a link up and return the account whose present address it proves; None where it proves none."""
        return await pg(work).connection.fetchval(_TAKE_LINK, token_hash, now)
