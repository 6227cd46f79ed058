"""Sessions: opened at sign-in, carried on by refresh tokens, revoked at once (DECISIONS.md section 0, "Tokens")."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.accounts.entities import Account, Session, SignedIn, Tokens
from core.accounts.errors import REFRESH_INVALID
from core.accounts.ports import AccountStore, Claims, SessionStore, TokenKind, TokenSigner
from core.accounts.settings import AccountSettings
from core.organisations.entities import Place
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field, unauthenticated
from core.primitives.ids import new_id
from core.work import Work, Works


class Sessions:
    """Opens, refreshes and revokes sessions.

    `rights_changed` is called after each commit that takes something away, so that this process shows it at once.
    """

    def __init__(
        self,
        works: Works,
        sessions: SessionStore,
        accounts: AccountStore,
        signer: TokenSigner,
        clock: Clock,
        settings: AccountSettings,
        rights_changed: Callable[[], None],
    ) -> None:
        self._works = works
        self._sessions = sessions
        self._accounts = accounts
        self._signer = signer
        self._clock = clock
        self._settings = settings
        self.rights_changed = rights_changed

    async def open(
        self, work: Work, account: Account, place: Place | None, lifetime: timedelta | None = None
    ) -> SignedIn:
        """Open a session in a unit of work that has proved who it is for, and record the LOGIN.

        With a `lifetime` the session ends with its access token, and there is no refresh token.
        """
        now = self._clock.now()
        session = Session(
            id=new_id(),
            account=account.id,
            organisation=place.organisation if place else None,
            refresh_id=new_id(),
            created_at=now,
            expires_at=now + (lifetime or self._settings.refresh_lifetime),
        )
        request = work.caller.request
        await self._sessions.insert(work, session, request.address, request.agent)
        account = await self._accounts.update(work, account.id, {"last_login_at": now})
        work.audit("LOGIN", "Utilisateur", account.id, account=account.id, organisation=session.organisation)
        tokens = self.tokens(session, now, refresh=lifetime is None, lifetime=lifetime)
        return SignedIn(account=account, place=place, session=session, tokens=tokens)

    def tokens(self, session: Session, now: datetime, *, refresh: bool, lifetime: timedelta | None = None) -> Tokens:
        """Sign an access token of a session, good for a `lifetime` of its own where one is given, and its refresh token
        where asked."""
        access_expires = min(now + (lifetime or self._settings.access_lifetime), session.expires_at)
        access = Claims(
            kind=TokenKind.ACCESS,
            subject=session.account,
            session=session.id,
            id=new_id(),
            issued_at=now,
            expires_at=access_expires,
        )
        renewal = Claims(
            kind=TokenKind.REFRESH,
            subject=session.account,
            session=session.id,
            id=session.refresh_id,
            issued_at=now,
            expires_at=session.expires_at,
        )
        return Tokens(
            access=self._signer.issue(access),
            access_expires_at=access_expires,
            refresh=self._signer.issue(renewal) if refresh else None,
            refresh_expires_at=session.expires_at,
        )

    async def refresh(self, caller: Caller, token: str, *, rotate: bool = False) -> Tokens:
        """Return a new access token for a refresh token.

        With `rotate` (the cookie flow, or the setting) the refresh token is replaced too, for another whole lifetime.
        A token that was rotated out and comes back revokes its session: one of the two holders stole it (RFC 9700
        section 4.14.2). Raises `DomainError` of kind unauthenticated.
        """
        now = self._clock.now()
        claims = self._signer.read(token, TokenKind.REFRESH)
        if claims is None:
            raise unauthenticated(REFRESH_INVALID)
        rotate = rotate or self._settings.refresh_rotation
        async with self._works.everywhere(caller) as work:
            session = await self._sessions.get(work, claims.session)
            holder = await self._accounts.get(work, claims.subject)
            if session is None or not session.holds(now) or holder is None or not holder.account.active:
                raise unauthenticated(REFRESH_INVALID)
            good = session.refresh_id == claims.id
            if good and rotate:
                session = msgspec.structs.replace(
                    session, refresh_id=new_id(), expires_at=now + self._settings.refresh_lifetime
                )
                good = await self._sessions.rotate(work, session.id, claims.id, session.refresh_id, session.expires_at)
            if not good:
                await self._sessions.revoke(work, session.id, now)
            await work.commit()
        if not good:
            self.rights_changed()
            raise unauthenticated(REFRESH_INVALID)
        return self.tokens(session, now, refresh=rotate)

    async def log_out(self, caller: Caller, token: str | None = None, *, field: str = "refresh") -> None:
        """Revoke the session of a refresh token, or without one the caller's own.

        Raises `DomainError` of kind invalid on `field` for a token that is not good or is another account's, and of
        kind unauthenticated for an anonymous caller without a token.
        """
        now = self._clock.now()
        principal = caller.principal
        if token is not None:
            claims = self._signer.read(token, TokenKind.REFRESH)
            if claims is None or (principal is not None and principal.account != claims.subject):
                raise invalid_field(field, REFRESH_INVALID)
            session, account = claims.session, claims.subject
        elif principal is not None:
            session, account = principal.session, principal.account
        else:
            raise unauthenticated()
        async with self._works.everywhere(caller) as work:
            found = await self._sessions.get(work, session)
            if not await self._sessions.revoke(work, session, now) and token is not None:
                raise invalid_field(field, REFRESH_INVALID)
            organisation = found.organisation if found else None
            work.audit("LOGOUT", "Utilisateur", account, account=account, organisation=organisation)
            await work.commit()
        self.rights_changed()

    async def revoke_all(self, work: Work, account: UUID, *, keep: UUID | None = None) -> None:
        """Revoke every session of an account but the one to keep. The caller tells `rights_changed` once committed."""
        await self._sessions.revoke_all(work, self._clock.now(), account=account, keep=keep)

    async def revoke_in(self, work: Work, organisation: UUID, account: UUID | None = None) -> None:
        """Revoke the sessions of an organisation, or of one account in it. As for `revoke_all`."""
        await self._sessions.revoke_all(work, self._clock.now(), organisation=organisation, account=account)
