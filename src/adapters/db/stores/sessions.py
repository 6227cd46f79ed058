"""The store of sessions."""

from datetime import datetime
from uuid import UUID

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.accounts.entities import Session
from core.work import Work

_INSERT = sql(
    """
    insert into session (id, account_id, organisation_id, refresh_id, address, agent, created_at, expires_at)
    values (:id, :account, :organisation, :refresh_id, :address, :agent, :created_at, :expires_at)
    """
)
_GET = sql(
    """
    select id, account_id, organisation_id, refresh_id, created_at, expires_at, revoked_at
    from session where id = :session
    """
)
_ROTATE = sql(
    """
    update session set refresh_id = :new, expires_at = :expires_at
    where id = :session and refresh_id = :old and revoked_at is null
    returning id
    """
)
_REVOKE = sql("update session set revoked_at = :at where id = :session and revoked_at is null returning id")
_REVOKE_ALL = sql(
    """
    update session set revoked_at = :at
    where revoked_at is null
      and (cast(:account as uuid) is null or account_id = :account)
      and (cast(:organisation as uuid) is null or organisation_id = :organisation)
      and (cast(:keep as uuid) is null or id <> :keep)
    returning id
    """
)


class PgSessions:
    """Sessions in PostgreSQL."""

    async def insert(self, work: Work, session: Session, address: str, agent: str) -> None:
        """Insert a session."""
        await pg(work).one(
            _INSERT,
            id=session.id,
            account=session.account,
            organisation=session.organisation,
            refresh_id=session.refresh_id,
            address=address,
            agent=agent,
            created_at=session.created_at,
            expires_at=session.expires_at,
        )

    async def get(self, work: Work, session: UUID) -> Session | None:
        """Return a session."""
        record = await pg(work).one(_GET, session=session)
        if record is None:
            return None
        return Session(
            id=record["id"],
            account=record["account_id"],
            organisation=record["organisation_id"],
            refresh_id=record["refresh_id"],
            created_at=record["created_at"],
            expires_at=record["expires_at"],
            revoked_at=record["revoked_at"],
        )

    async def rotate(self, work: Work, session: UUID, old: UUID, new: UUID, expires_at: datetime) -> bool:
        """Replace its refresh token's id, if `old` is the present one and the session is not revoked."""
        rotated = await pg(work).value(_ROTATE, session=session, old=old, new=new, expires_at=expires_at)
        return rotated is not None

    async def revoke(self, work: Work, session: UUID, at: datetime) -> bool:
        """Revoke a session; False where it was revoked before."""
        return await pg(work).value(_REVOKE, session=session, at=at) is not None

    async def revoke_all(
        self,
        work: Work,
        at: datetime,
        *,
        account: UUID | None = None,
        organisation: UUID | None = None,
        keep: UUID | None = None,
    ) -> int:
        """Revoke the sessions of an account, of an organisation, or of an account in an organisation."""
        if account is None and organisation is None:
            raise ValueError("whose sessions?")
        revoked = await pg(work).all(_REVOKE_ALL, at=at, account=account, organisation=organisation, keep=keep)
        return len(revoked)
