"""Signing in, refreshing, signing out."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import JSONBody

from adapters.http.auth import REFRESH_COOKIE, require_csrf
from adapters.http.cookies import Cookies
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.scalars import Password
from core.access.rules import Anyone
from core.accounts.entities import ChallengeAsked, SignedIn
from core.accounts.service import Accounts
from core.primitives import messages
from core.primitives.errors import invalid_field, message
from core.primitives.locale import Text
from plugins.accounts.people_wire import UtilisateurConnecte, utilisateur_connecte

SIGN_INS = Rate("sign-in")
NO_STORE = {"cache-control": "no-store"}

LOGGED_OUT = message("logged_out", fr="Déconnexion réussie.", en="Signed out.")


class Credentials(msgspec.Struct):
    """What a sign-in needs. `email` may be a username."""

    email: str
    password: Password


class SessionOpened(msgspec.Struct):
    """A sign-in that is complete."""

    refresh: str | None
    access: str
    user: UtilisateurConnecte


class SecondFactorAsked(msgspec.Struct, rename={"second_factor_required": "2fa_required"}):
    """The password was right; `challenge` goes back with the second factor's code (DECISIONS.md section 0)."""

    challenge: str
    method: str
    second_factor_required: bool = True


class RefreshToken(msgspec.Struct):
    """A refresh token; a browser sends it as a cookie instead."""

    refresh: str | None = None


class Refreshed(msgspec.Struct, omit_defaults=True):
    """A new access token; `refresh` where the refresh token was rotated."""

    access: str
    refresh: str | None = None


class Done(msgspec.Struct):
    """What was done, in words."""

    message: str


def opened(signed_in: SignedIn, cookies: Cookies) -> Response[Any]:
    """Answer a complete sign-in: tokens in the body and as cookies."""
    body = SessionOpened(
        refresh=signed_in.tokens.refresh,
        access=signed_in.tokens.access,
        user=utilisateur_connecte(signed_in.account, signed_in.place),
    )
    return Response(body, headers=NO_STORE, cookies=cookies.of(signed_in.tokens))


def session_controller(accounts: Accounts, cookies: Cookies) -> type[Controller]:
    """The controller of login, refresh and logout."""

    class SessionController(Controller):
        path = "/api/auth"
        tags = ["auth"]

        @operation(
            "POST",
            "/login",
            name="sign_in",
            rule=Anyone(),
            status=200,
            rate=SIGN_INS,
            summary=Text(fr="Se connecter", en="Sign in"),
            facts=Facts(
                errors=(400, 401, 415),
                request_example={"email": "user@example.com", "password": "Password123!"},
            ),
        )
        async def login(
            self, request: StrictRequest, data: JSONBody[Credentials]
        ) -> Response[SessionOpened | SecondFactorAsked]:
            """Sign in by email or username."""
            answer = await accounts.sign_in.by_password(request.caller, data.email, data.password)
            if isinstance(answer, ChallengeAsked):
                asked = SecondFactorAsked(challenge=answer.challenge, method=answer.method.value)
                return Response(asked, headers=NO_STORE)
            return opened(answer, cookies)

        @operation(
            "POST",
            "/refresh",
            name="refresh_token",
            rule=Anyone(),
            status=200,
            summary=Text(fr="Rafraîchir le jeton d'accès", en="Refresh the access token"),
            facts=Facts(errors=(400, 401, 403, 415)),
        )
        async def refresh(self, request: StrictRequest, data: JSONBody[RefreshToken]) -> Response[Refreshed]:
            """Refresh by the token in the body, which stays good, or by the cookie, which is rotated."""
            if data.refresh is not None:
                tokens = await accounts.sessions.refresh(request.caller, data.refresh)
                return Response(Refreshed(tokens.access, tokens.refresh), headers=NO_STORE)
            token = request.cookies.get(REFRESH_COOKIE, "")
            if not token:
                raise invalid_field("refresh", messages.REQUIRED)
            require_csrf(request)
            tokens = await accounts.sessions.refresh(request.caller, token, rotate=True)
            return Response(Refreshed(tokens.access), headers=NO_STORE, cookies=cookies.of(tokens))

        @operation(
            "POST",
            "/logout",
            name="sign_out",
            rule=Anyone(),
            status=200,
            summary=Text(fr="Se déconnecter", en="Sign out"),
            facts=Facts(errors=(400, 401, 403, 415)),
        )
        async def logout(self, request: StrictRequest, data: JSONBody[RefreshToken]) -> Response[Done]:
            """Revoke the session of the refresh token in the body, of the cookie, or of the caller."""
            token = data.refresh
            if token is None and request.caller.principal is None:
                token = request.cookies.get(REFRESH_COOKIE) or None
                if token is not None:
                    require_csrf(request)
            await accounts.sessions.log_out(request.caller, token)
            said = LOGGED_OUT.say(request.caller.locale)
            return Response(Done(said), headers=NO_STORE, cookies=cookies.cleared())

    return SessionController
