"""Rows of invitations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.work import Work


class InvitationRow(Row):
    """A link by which the holder of an utilisateur's account accepts; one at a time. It goes with the utilisateur."""

    __tablename__ = "driven_invitation"

    id_utilisateur: Mapped[int] = mapped_column(
        BigInteger(),
        ForeignKey("driven_utilisateur.id_utilisateur", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(), unique=True)
    expires_at: Mapped[datetime]


_ACCOUNT_OF = """
select a.id, u.login from driven_utilisateur u join account a on a.number = u.id_utilisateur where u.id_utilisateur = $1
"""
_IS_OPEN = "select exists (select from driven_invitation where id_utilisateur = $1 and expires_at > $2)"
_PUT = """
insert into driven_invitation (id_utilisateur, token_hash, expires_at) values ($1, $2, $3)
on conflict (id_utilisateur) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at
"""
_TAKE = "delete from driven_invitation where token_hash = $1 and expires_at > $2 returning id_utilisateur"


class InvitationStore:
    """Invitations in PostgreSQL."""

    async def account_of(self, work: Work, id_utilisateur: int) -> tuple[UUID, str]:
        """Return the account that an utilisateur is linked to, and its login. Raises `LookupError`."""
        found = await pg(work).connection.fetchrow(_ACCOUNT_OF, id_utilisateur)
        if found is None:
            raise LookupError(f"no utilisateur {id_utilisateur}")
        return found[0], found[1]

    async def is_open(self, work: Work, id_utilisateur: int, now: datetime) -> bool:
        """Whether an utilisateur has an invitation that is still good."""
        found: bool = await pg(work).connection.fetchval(_IS_OPEN, id_utilisateur, now)
        return found

    async def put(self, work: Work, id_utilisateur: int, token_hash: bytes, expires_at: datetime) -> None:
        """Write an invitation over an earlier one of the same utilisateur."""
        await pg(work).connection.execute(_PUT, id_utilisateur, token_hash, expires_at)

    async def take(self, work: Work, token_hash: bytes, now: datetime) -> int | None:
        """Use an invitation up and return whose it was."""
        number: int | None = await pg(work).connection.fetchval(_TAKE, token_hash, now)
        return number
