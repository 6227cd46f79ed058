"""Signing in through providers, on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from adapters.http.cookies import Cookies
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import named
from adapters.http.resource_paths import text_of
from adapters.http.scalars import Rejected
from core.access.rules import Anyone, SignedIn
from core.accounts.entities import ChallengeAsked
from core.primitives import messages
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.authentication.domain import Provider
from plugins.spotvibe.authentication.service import Authentication
from plugins.spotvibe.wire import Done

SIGN_INS = Rate("sign-in")
NO_STORE = {"cache-control": "no-store"}

DISCONNECTED = message(
    "spotvibe_social_disconnected",
    fr="Compte social déconnecté avec succès.",
    en="The social account is disconnected.",
)


def check_token(value: str) -> str:
    """Accept what can stand in a header (RFC 9110 section 5.5), without spaces."""
    if not value.isascii() or not value.isprintable() or " " in value:
        raise Rejected(messages.FORBIDDEN_CHARACTER)
    return value


class ProviderToken(msgspec.Struct):
    """A provider's access token."""

    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=4_096, extra={"check": check_token})]


class UtilisateurSocial(msgspec.Struct):
    """Whom a sign-in is for."""

    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    photo_profil: str | None
    est_verifie: bool


class SocialSession(msgspec.Struct):
    """A sign-in that is complete."""

    access: str
    refresh: str | None
    user: UtilisateurSocial


class SocialCodeAsked(msgspec.Struct, rename={"second_factor_required": "2fa_required"}):
    """The provider's proof was good; `challenge` goes back with the second factor's code (DECISIONS.md section 0)."""

    challenge: str
    method: str
    second_factor_required: bool = True


class SocialAccount(msgspec.Struct):
    """A person of a provider, linked to the caller."""

    id: int
    provider: str
    social_id: str
    email: str | None
    nom_complet: str
    photo_url: str | None


class LoginAttempt(msgspec.Struct):
    """A sign-in that was tried: REUSSI or ECHEC."""

    id: int
    email_tente: str
    statut: str
    date_tentative: datetime
    adresse_ip: str


class AuthenticationStatus(msgspec.Struct, rename={"second_factor": "2fa_enabled"}):
    """How the caller is signed in."""

    is_authenticated: bool
    username: str
    email: str
    second_factor: bool
    last_login: datetime | None


def authentication_controller(authentication: Authentication, cookies: Cookies) -> type[Controller]:
    """The controller of providers, attempts and status."""

    def signing_in(provider: Provider, token: str) -> HTTPRouteHandler:
        """Signing in by a token of a provider, which looks like `token`; the account is made where there is none."""
        brand = provider.value.capitalize()
        name = f"sign_in_with_{brand.lower()}"

        async def handler(self: Any, request: StrictRequest, data: Any) -> Any:  # noqa: ARG001
            answer = await authentication.enter(request.caller, provider, data.access_token)
            if isinstance(answer, ChallengeAsked):
                return Response(SocialCodeAsked(answer.challenge, answer.method.value), headers=NO_STORE)
            tokens = answer.signed_in.tokens
            body = SocialSession(tokens.access, tokens.refresh, answer.user)
            return Response(body, headers=NO_STORE, cookies=cookies.of(tokens))

        shown: Any = Response[SocialSession | SocialCodeAsked]
        return operation(
            "POST",
            f"/{brand.lower()}",
            name=name,
            rule=Anyone(),
            status=200,
            rate=SIGN_INS,
            summary=Text(fr=f"Se connecter par {brand}", en=f"Sign in through {brand}"),
            facts=Facts(errors=(400, 401, 415, 503), request_example={"access_token": token}),
        )(named(handler, name, data=JSONBody[ProviderToken], **{"return": shown}))

    class AuthenticationController(Controller):
        path = "/api/auth"
        tags = ["auth"]

        google = signing_in(Provider.GOOGLE, "ya29.a0…")
        facebook = signing_in(Provider.FACEBOOK, "EAAB…")

        @operation(
            "GET",
            "/social-accounts",
            name="list_social_accounts",
            rule=SignedIn(),
            summary=Text(fr="Lister ses comptes sociaux", en="List one's social accounts"),
            facts=LISTED,
        )
        async def social_accounts(self, request: StrictRequest) -> Response[list[SocialAccount]]:
            """List the providers' persons who are linked to the caller."""
            return await respond_array(request, authentication.page)

        @operation(
            "POST",
            "/social-accounts/{key:str}/disconnect",
            name="disconnect_social_account",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Déconnecter un compte social", en="Disconnect a social account"),
            facts=Facts(errors=(400, 404), key="provider", text_key=True),
        )
        async def disconnect(self, request: StrictRequest, key: FromPath[str]) -> Done:
            """End the link to a provider, unless it is the last way in."""
            await authentication.disconnect(request.caller, text_of(key))
            return Done(DISCONNECTED.say(request.caller.locale))

        @operation(
            "GET",
            "/login-attempts",
            name="list_login_attempts",
            rule=SignedIn(),
            summary=Text(fr="Lister ses tentatives de connexion", en="List one's sign-in attempts"),
            facts=LISTED,
        )
        async def login_attempts(self, request: StrictRequest) -> Response[list[LoginAttempt]]:
            """List the caller's sign-ins, tried and done, newest first."""
            return await respond_array(request, authentication.attempts)

        @operation(
            "GET",
            "/status",
            name="get_authentication_status",
            rule=SignedIn(),
            summary=Text(fr="Savoir comment l'on est connecté", en="Know how one is signed in"),
        )
        async def status(self, request: StrictRequest) -> AuthenticationStatus:
            """Tell who is signed in, and how."""
            found = await authentication.status(request.caller)
            return AuthenticationStatus(
                is_authenticated=True,
                username=found.account.username,
                email=found.account.email,
                second_factor=found.second_factor,
                last_login=found.last_login,
            )

    return AuthenticationController
