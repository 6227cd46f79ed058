"""The cookies of a browser's session: the tokens, out of reach of scripts, and the CSRF token, within it."""

import secrets
from datetime import datetime

from litestar.datastructures import Cookie

from adapters.http.auth import ACCESS_COOKIE, CSRF_COOKIE, REFRESH_COOKIE
from core.accounts.entities import Tokens


class Cookies:
    """Makes the cookies of sign-in, refresh and sign-out. In production they travel over https alone."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def of(self, tokens: Tokens) -> list[Cookie]:
        """The cookies that carry a session's tokens. The refresh cookie and the CSRF token stay as they are where the
        refresh token stays."""
        made = [self._made(ACCESS_COOKIE, tokens.access, tokens.access_expires_at)]
        if tokens.refresh is not None:
            made.append(self._made(REFRESH_COOKIE, tokens.refresh, tokens.refresh_expires_at))
            made.append(
                self._made(CSRF_COOKIE, secrets.token_urlsafe(32), tokens.refresh_expires_at, script_reads=True)
            )
        return made

    def alone(self, tokens: Tokens) -> list[Cookie]:
        """The cookies of a session that ends with its access token: a refresh token of before is another session's,
        perhaps another account's."""
        expires = tokens.access_expires_at
        return [
            self._made(ACCESS_COOKIE, tokens.access, expires),
            self._made(CSRF_COOKIE, secrets.token_urlsafe(32), expires, script_reads=True),
            *(cookie for cookie in self.cleared() if cookie.key == REFRESH_COOKIE),
        ]

    def cleared(self) -> list[Cookie]:
        """The cookies that end a session in the browser."""
        return [
            Cookie(key=name, value="", max_age=0, path="/", httponly=name != CSRF_COOKIE, samesite="lax")
            for name in (ACCESS_COOKIE, REFRESH_COOKIE, CSRF_COOKIE)
        ]

    def _made(self, name: str, value: str, expires: datetime, *, script_reads: bool = False) -> Cookie:
        seconds = max(0, int((expires - datetime.now(expires.tzinfo)).total_seconds()))
        return Cookie(
            key=name,
            value=value,
            max_age=seconds,
            path="/",
            httponly=not script_reads,
            secure=self._secure,
            samesite="lax",
        )
