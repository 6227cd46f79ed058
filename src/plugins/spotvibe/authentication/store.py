"""Rows of social accounts; reading an account's own sign-in attempts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import NumberedRow
from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.accounts.social import VerifiedIdentity
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.users.store import ProfileRow


class SocialAccountRow(NumberedRow):
    """A person of a provider, linked to the user whom he signs in."""

    __tablename__ = "spotvibe_social_account"
    __table_args__ = (
        CheckConstraint("provider in ('GOOGLE', 'FACEBOOK')", name="provider"),
        UniqueConstraint("provider", "social_id"),
        UniqueConstraint("user_id", "provider"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey(ProfileRow.__table__.c.user_id))
    provider: Mapped[str]
    social_id: Mapped[str]
    email: Mapped[str | None]
    nom_complet: Mapped[str]
    photo_url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


_HOLDER = """
select a.id from spotvibe_social_account s join account a on a.number = s.user_id
where s.provider = $1 and s.social_id = $2
"""
_LINK = """
insert into spotvibe_social_account (user_id, provider, social_id, email, nom_complet, photo_url)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning id
"""
_REFRESH = """
update spotvibe_social_account set email = $3, nom_complet = $4, photo_url = $5
where provider = $1 and social_id = $2
and (email, nom_complet, photo_url) is distinct from (cast($3 as text), cast($4 as text), cast($5 as text))
"""
_UNLINK_ALL = "delete from spotvibe_social_account where user_id = $1"
_UNLINK = "delete from spotvibe_social_account where user_id = $1 and provider = $2 returning id"
_OTHERS = "select exists (select from spotvibe_social_account where user_id = $1 and provider <> $2)"
_SHOWN = sql("""
select a.number, a.username, a.email, coalesce(a.first_name, ''), coalesce(a.last_name, ''), '/' || p.photo_profil,
       coalesce(p.est_verifie, false)
from account a left join spotvibe_profile p on p.user_id = a.number where a.id = cast(:account as uuid)
""")
_LINKED = "from spotvibe_social_account where user_id = cast(:number as bigint)"
_LIST = sql(f"""
select id, provider, social_id, email, nom_complet, photo_url, (select count(*) {_LINKED}) {_LINKED}
order by id limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql(f"select count(*) {_LINKED}")
_TRIED = """
from sign_in_attempt
where account_id = cast(:account as uuid) and outcome in ('failed', 'challenged', 'succeeded')
"""
_ATTEMPTS = sql(f"""
select id, identifier, case outcome when 'succeeded' then 'REUSSI' else 'ECHEC' end, at, address,
       (select count(*) {_TRIED})
{_TRIED} order by at desc, id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_ATTEMPT_COUNT = sql(f"select count(*) {_TRIED}")


class SocialStore:
    """Social accounts in PostgreSQL. `shown`, `linked` and `attempt` make the wire structs of their columns."""

    def __init__(self, *, shown: Callable[..., Any], linked: Callable[..., Any], attempt: Callable[..., Any]) -> None:
        self._shown = shown
        self._linked = linked
        self._attempt = attempt

    async def holder(self, work: Work, provider: str, subject: str) -> UUID | None:
        """Return the account that a provider's person signs in to."""
        found: UUID | None = await pg(work).connection.fetchval(_HOLDER, provider, subject)
        return found

    async def link(self, work: Work, number: int, provider: str, identity: VerifiedIdentity) -> bool:
        """Link a provider's person to a user; False where either is linked already."""
        values = (number, provider, identity.subject, identity.email, identity.name, identity.picture)
        return await pg(work).connection.fetchval(_LINK, *values) is not None

    async def refresh(self, work: Work, provider: str, identity: VerifiedIdentity) -> None:
        """Take over what a provider tells of a linked person today."""
        values = (provider, identity.subject, identity.email, identity.name, identity.picture)
        await pg(work).connection.execute(_REFRESH, *values)

    async def unlink_all(self, work: Work, number: int) -> None:
        """End every link of a user."""
        await pg(work).connection.execute(_UNLINK_ALL, number)

    async def unlink(self, work: Work, number: int, provider: str) -> bool:
        """End a link; False where there is none."""
        return await pg(work).connection.fetchval(_UNLINK, number, provider) is not None

    async def has_others(self, work: Work, number: int, provider: str) -> bool:
        """Whether a user is linked to a person of another provider."""
        found: bool = await pg(work).connection.fetchval(_OTHERS, number, provider)
        return found

    async def shown(self, work: Work, account: UUID) -> Any:
        """Return an account as a sign-in shows it."""
        return self._shown(*await pg(work).one(_SHOWN, account=account))

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's social accounts."""
        return await counted_page(work, query, _LIST, _COUNT, self._linked, number=number)

    async def attempts(self, work: Work, account: UUID, query: ListQuery) -> Page[Any]:
        """Return an account's sign-in attempts, newest first. One whose second factor's code never came has failed."""
        return await counted_page(work, query, _ATTEMPTS, _ATTEMPT_COUNT, self._attempt, account=account)
