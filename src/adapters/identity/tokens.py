"""Tokens: JSON Web Tokens signed with HMAC-SHA256 (RFC 7519, RFC 7518 section 3.2)."""

from datetime import UTC, datetime
from uuid import UUID

import jwt

from adapters.identity.keys import MIN_KEY_BYTES
from core.accounts.ports import Claims, TokenKind
from core.primitives.clock import Clock
from core.primitives.ids import parse_uuid

ALGORITHM = "HS256"
MAX_TOKEN_LENGTH = 2_048
_CLAIMS = ("typ", "sub", "sid", "jti", "iat", "exp")
_OPTIONS: jwt.types.Options = {
    "require": list(_CLAIMS),
    "verify_signature": True,
    # the clock is the installation's: times are checked below
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
}


class JwtSigner:
    """Signs and reads tokens with one key of at least 32 bytes (RFC 7518 section 3.2). The algorithm is pinned: what
    a token's header says about it is compared, never followed."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"the signing key has {len(key)} bytes; {MIN_KEY_BYTES} are needed")
        self._key = key
        self._clock = clock

    def issue(self, claims: Claims) -> str:
        """Return a signed token."""
        return jwt.encode(
            {
                "typ": claims.kind.value,
                "sub": str(claims.subject),
                "sid": str(claims.session),
                "jti": str(claims.id),
                "iat": int(claims.issued_at.timestamp()),
                "exp": int(claims.expires_at.timestamp()),
            },
            self._key,
            algorithm=ALGORITHM,
        )

    def read(self, token: str, kind: TokenKind) -> Claims | None:
        """Return the claims of a good token of this kind, else None."""
        claims = self._signed(token, kind)
        return None if claims is None or claims.expires_at <= self._clock.now() else claims

    def read_access(self, token: str) -> tuple[UUID, float] | None:
        """Return the session's id and the expiry (unix time, perhaps past) of an access token that we signed, else
        None."""
        claims = self._signed(token, TokenKind.ACCESS)
        return None if claims is None else (claims.session, claims.expires_at.timestamp())

    def _signed(self, token: str, kind: TokenKind) -> Claims | None:
        if not 0 < len(token) <= MAX_TOKEN_LENGTH or not token.isascii():
            return None
        try:
            found = jwt.decode(token, self._key, algorithms=[ALGORITHM], options=_OPTIONS)
        except jwt.PyJWTError:
            return None
        if found["typ"] != kind.value:
            return None
        subject, session, identifier = (_uuid(found[name]) for name in ("sub", "sid", "jti"))
        issued_at, expires_at = (_moment(found[name]) for name in ("iat", "exp"))
        if subject is None or session is None or identifier is None or issued_at is None or expires_at is None:
            return None
        return Claims(
            kind=kind, subject=subject, session=session, id=identifier, issued_at=issued_at, expires_at=expires_at
        )


def _uuid(value: object) -> UUID | None:
    return parse_uuid(value) if isinstance(value, str) else None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**34:
        return None
    return datetime.fromtimestamp(value, UTC)
