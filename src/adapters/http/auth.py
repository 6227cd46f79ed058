"""Finding out who calls: token or cookie, session, principal. One async guard, no thread hops.

The signature of a token is checked once and remembered until it expires; the session behind it is read at most every
half second per process, so that a revocation shows within a second on every process, and at once on the process that
revoked (`AccessCache.forget`).
"""

import hmac
import time
from typing import Protocol
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from adapters.http.edge.asgi import first_header
from adapters.http.edge.rates import RateLimiter
from adapters.http.request import asked_path
from core.access.gate import Closable
from core.access.principal import Caller, Principal, RequestContext
from core.access.rules import Anyone, Rule
from core.primitives.errors import DomainError, Kind, forbidden, message, missing, unauthenticated
from core.primitives.ids import parse_uuid
from core.primitives.locale import BOTH, Locale, negotiate

ACCESS_COOKIE = "access_token"
REFRESH_COOKIE = "refresh_token"
CSRF_COOKIE = "csrftoken"
CSRF_HEADER = b"x-csrftoken"
ORGANISATION_HEADER = b"x-organisation"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PRINCIPAL_TTL = 0.5
MAX_REMEMBERED = 10_000

TOKEN_INVALID = message("token_invalid", fr="Jeton invalide.", en="The token is invalid.")
TOKEN_EXPIRED = message("token_expired", fr="Jeton expiré.", en="The token has expired.")
TOKEN_REVOKED = message("token_revoked", fr="Jeton révoqué.", en="The token has been revoked.")
CSRF_FAILED = message(
    "csrf_failed",
    fr="Vérification CSRF échouée : l'en-tête X-CSRFToken ne correspond pas au cookie.",
    en="CSRF verification failed: the X-CSRFToken header does not match the cookie.",
)


class AccessTokens(Protocol):
    """Reads access tokens."""

    def read_access(self, token: str) -> tuple[UUID, float] | None:
        """Return the session's id and the token's expiry (unix time, perhaps past) of an access token of ours, else
        None."""
        ...


class Principals(Protocol):
    """Reads the principal behind a session."""

    async def principal(self, session: UUID) -> Principal | None:
        """Return the principal of a session that is neither revoked nor expired, of an active account."""
        ...


class AccessCache:
    """Remembers verified tokens, and for half a second the principals behind them."""

    def __init__(self, tokens: AccessTokens, principals: Principals) -> None:
        self._tokens = tokens
        self._reader = principals
        self._verified: dict[str, tuple[UUID, float]] = {}
        self._principals: dict[UUID, tuple[float, Principal | None]] = {}
        self._generation = 0

    def forget(self) -> None:
        """Forget all principals: rights or sessions have changed."""
        self._generation += 1
        self._principals.clear()

    async def principal(self, token: str) -> Principal:
        """Return who holds an access token. Raises `DomainError` of kind unauthenticated for one that is not ours, has
        expired, or whose session is over."""
        verified = self._verified.get(token)
        if verified is None:
            verified = self._tokens.read_access(token)
            if verified is None:
                raise unauthenticated(TOKEN_INVALID)
            if len(self._verified) >= MAX_REMEMBERED:
                self._verified.clear()
            self._verified[token] = verified
        session, expires = verified
        if expires <= time.time():
            self._verified.pop(token, None)
            raise unauthenticated(TOKEN_EXPIRED)
        known = self._principals.get(session)
        now = time.monotonic()
        if known is not None and known[0] > now:
            principal = known[1]
        else:
            generation = self._generation
            principal = await self._reader.principal(session)
            if generation == self._generation:
                if len(self._principals) >= MAX_REMEMBERED:
                    self._principals.clear()
                self._principals[session] = (now + PRINCIPAL_TTL, principal)
        if principal is None:
            raise unauthenticated(TOKEN_REVOKED)
        return principal


class Admission:
    """The guard of every operation: finds the caller, then asks the operation's rule."""

    def __init__(
        self, access: AccessCache, limiter: RateLimiter, *, per_minute: int, spoken: tuple[Locale, ...] = BOTH
    ) -> None:
        self._access = access
        self._limiter = limiter
        self._per_minute = per_minute
        self._spoken = spoken

    async def __call__(
        self,
        connection: ASGIConnection,  # type: ignore[type-arg]
        handler: BaseRouteHandler,
        closable: Closable | None = None,
    ) -> None:
        """Put the caller into the request, or raise `DomainError` of kind unauthenticated or forbidden. A product that
        may be closed is asked before the operation's rule: who may not come in is not told to sign in."""
        rule: Rule = handler.opt["rule"]
        shared = connection.scope.setdefault("socle", {})  # type: ignore[typeddict-item]
        try:
            principal = None if handler.opt.get("tokenless") else await self._principal(connection)
        except DomainError as error:
            # a stale token must not close an open door, such as sign-in itself
            shared["caller"] = self._caller(connection, handler, None, shared)
            if error.kind is Kind.UNAVAILABLE or not isinstance(rule, Anyone):
                raise
            principal = None
        caller = self._caller(connection, handler, principal, shared)
        shared["caller"] = caller
        if principal is not None:
            shared["account"] = str(principal.account)
        if closable is not None:
            await closable.enter(caller, str(handler.operation_id))  # type: ignore[attr-defined]
        rule.admit(caller)
        rate = handler.opt["rate"]
        if rate is not None:
            allowed = self._per_minute if rate.per_minute is None else rate.per_minute
            await self._limiter.hit(f"{rate.bucket}:{caller.request.address}", allowed)

    async def _principal(self, connection: ASGIConnection) -> Principal | None:  # type: ignore[type-arg]
        headers = connection.scope["headers"]
        authorization = first_header(headers, b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer":
                raise unauthenticated(TOKEN_INVALID)
            return await self._access.principal(token.strip())
        if first_header(headers, b"cookie") is None:
            return None
        token = connection.cookies.get(ACCESS_COOKIE, "")
        if not token:
            return None
        principal = await self._access.principal(token)
        if connection.scope["method"] not in SAFE_METHODS:  # type: ignore[typeddict-item]
            require_csrf(connection)
        return principal

    def _caller(
        self,
        connection: ASGIConnection,  # type: ignore[type-arg]
        handler: BaseRouteHandler,
        principal: Principal | None,
        shared: dict[str, str],
    ) -> Caller:
        headers = connection.scope["headers"]
        narrowed = None
        if principal is not None and principal.superuser:
            asked = first_header(headers, ORGANISATION_HEADER)
            narrowed = None if asked is None else parse_uuid(asked.decode("latin-1"))
            if asked is not None and narrowed is None:
                raise missing()
        return Caller(
            principal=principal,
            locale=negotiate((first_header(headers, b"accept-language") or b"").decode("latin-1"), self._spoken),
            request=RequestContext(
                method=connection.scope.get("method", ""),  # type: ignore[arg-type]
                path=asked_path(connection.scope),
                status=getattr(handler, "status_code", 200),
                address=shared.get("address") or (connection.client.host if connection.client else ""),
                agent=(first_header(headers, b"user-agent") or b"").decode("latin-1").replace("\0", "")[:500],
                id=shared.get("request_id", ""),
            ),
            narrowed_to=narrowed,
        )


def require_csrf(connection: ASGIConnection) -> None:  # type: ignore[type-arg]
    """Compare the CSRF cookie with its header (double submit). Raises `DomainError` of kind forbidden."""
    cookie = connection.cookies.get(CSRF_COOKIE, "").encode()
    header = first_header(connection.scope["headers"], CSRF_HEADER) or b""
    if not cookie or not hmac.compare_digest(cookie, header):
        raise forbidden(CSRF_FAILED)
