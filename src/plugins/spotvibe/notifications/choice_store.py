"""Rows of preferences and push tokens."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow, Timestamps
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work


class PreferenceRow(NumberedRow):
    """What somebody wants of one type by one channel. Where there is no row, everything at once."""

    __tablename__ = "spotvibe_notification_preference"
    __table_args__ = (
        CheckConstraint("canal in ('EMAIL', 'SMS', 'PUSH', 'IN_APP')", name="canal"),
        CheckConstraint("frequence in ('IMMEDIATE', 'QUOTIDIEN', 'HEBDOMADAIRE', 'JAMAIS')", name="frequence"),
        UniqueConstraint("user_id", "type_notification", "canal", name="uq_spotvibe_notification_preference_user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    type_notification: Mapped[str]
    canal: Mapped[str]
    actif: Mapped[bool]
    frequence: Mapped[str]


class PushTokenRow(NumberedRow, Timestamps):
    """A device that notifications are pushed to, of one user at a time."""

    __tablename__ = "spotvibe_push_token"
    __table_args__ = (
        CheckConstraint("plateforme in ('ANDROID', 'IOS', 'WEB')", name="plateforme"),
        UniqueConstraint("token"),
        Index("ix_spotvibe_push_token_user_id", "user_id", "id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("spotvibe_profile.user_id"))
    token: Mapped[str]
    plateforme: Mapped[str]
    nom_appareil: Mapped[str] = mapped_column(server_default="")


_CHOICES = """
from spotvibe_notification_template t
cross join lateral (
    select unnest(t.canaux_actifs)
    union
    select canal from spotvibe_notification_preference
    where user_id = cast(:number as bigint) and type_notification = t.type_notification
) c (canal)
"""
_PREFERENCES = sql(f"""
select t.type_notification, c.canal, coalesce(p.actif, true), coalesce(p.frequence, 'IMMEDIATE'),
       (select count(*) {_CHOICES})
{_CHOICES}
left join spotvibe_notification_preference p
    on p.user_id = cast(:number as bigint) and p.type_notification = t.type_notification and p.canal = c.canal
order by t.type_notification, array_position(array['EMAIL', 'SMS', 'PUSH', 'IN_APP'], c.canal)
limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_PREFERENCE_COUNT = sql(f"select count(*) {_CHOICES}")
_PREFER = """
insert into spotvibe_notification_preference as p (user_id, type_notification, canal, actif, frequence)
select $1, t.type_notification, $3, coalesce($4, true), coalesce($5, 'IMMEDIATE')
from spotvibe_notification_template t where t.type_notification = $2
on conflict (user_id, type_notification, canal) do update
set actif = coalesce($4, p.actif), frequence = coalesce($5, p.frequence)
returning id
"""
_TOKENS = sql("""
select id, token, plateforme, nom_appareil,
       (select count(*) from spotvibe_push_token where user_id = cast(:number as bigint))
from spotvibe_push_token where user_id = cast(:number as bigint)
order by id limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_TOKEN_COUNT = sql("select count(*) from spotvibe_push_token where user_id = cast(:number as bigint)")
_REGISTER = """
insert into spotvibe_push_token as t (user_id, token, plateforme, nom_appareil) values ($1, $2, $3, $4)
on conflict (token) do update
set user_id = excluded.user_id, plateforme = excluded.plateforme, nom_appareil = excluded.nom_appareil,
    updated_at = now()
where t.user_id <> excluded.user_id
returning id
"""
_KEEP_NEWEST = """
delete from spotvibe_push_token where id in (
    select id from spotvibe_push_token where user_id = $1 and id <> $2 order by updated_at desc, id desc offset $3
)
"""
_FORGET = "delete from spotvibe_push_token where id = $2 and user_id = $1 returning id"
_DROP = "delete from spotvibe_push_token where token = $1"


class PgChoiceStore:
    """Preferences and push tokens in PostgreSQL. `preference` and `token` make the wire structs of their columns."""

    def __init__(self, *, preference: Callable[..., Any], token: Callable[..., Any]) -> None:
        self._preference = preference
        self._token = token

    async def preferences(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return what a user prefers, for every type and each channel that it has or that he has chosen."""
        return await counted_page(work, query, _PREFERENCES, _PREFERENCE_COUNT, self._preference, number=number)

    async def prefer(
        self, work: Work, number: int, type_notification: str, canal: str, actif: bool | None, frequence: str | None
    ) -> bool:
        """Write a preference, what is None stays; False where there is no such type."""
        run = pg(work).connection
        return await run.fetchval(_PREFER, number, type_notification, canal, actif, frequence) is not None

    async def tokens(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's push tokens, in the order in which they came."""
        return await counted_page(work, query, _TOKENS, _TOKEN_COUNT, self._token, number=number)

    async def register(
        self, work: Work, number: int, token: str, plateforme: str, nom_appareil: str, most: int
    ) -> int | None:
        """Register a push token, or take it over from another user, and return its id; None where it is this user's
        already. He keeps the `most` newest."""
        run = pg(work).connection
        made: int | None = await run.fetchval(_REGISTER, number, token, plateforme, nom_appareil)
        if made is not None:
            await run.execute(_KEEP_NEWEST, number, made, most - 1)
        return made

    async def forget(self, work: Work, number: int, key: int) -> bool:
        """Delete a user's push token; False where he has none of this id."""
        return await pg(work).connection.fetchval(_FORGET, number, key) is not None

    async def drop(self, work: Work, token: str) -> None:
        """Delete a push token, whosever it is."""
        await pg(work).connection.execute(_DROP, token)
