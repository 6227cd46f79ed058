"""Coming in and leaving on the wire."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response
from litestar.params import JSONBody

from adapters.http.cookies import Cookies
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.samples import encoded, sample_of
from adapters.http.scalars import Password, check_text
from core.access.rules import Anyone, SignedIn
from core.accounts.entities import ChallengeAsked
from core.accounts.service import Accounts
from core.primitives.locale import Text
from plugins.driven.auth.invitations import Invitations
from plugins.driven.auth.service import Entered, Entrance
from plugins.driven.envelope import Done, Envelope, bilingual, enveloped
from plugins.driven.utilisateurs.wire import EXAMPLE, Utilisateur

SIGN_INS = Rate("sign-in")
CODES = Rate("second-factor")
NO_STORE = {"cache-control": "no-store"}

ENTERED = Text(fr="Authentification réussie", en="Authentication successful")
CODE_ASKED = Text(fr="Code du second facteur attendu", en="Second factor code required")
CODE_SENT = Text(fr="Un code vous a été envoyé", en="A code has been sent to you")
LEFT = Text(fr="Déconnexion réussie", en="Logged out successfully")
ACCEPTED = Text(fr="Accès au portail accepté", en="Access to the portal accepted")

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=32, extra={"check": check_text})]
Token = Annotated[str, msgspec.Meta(min_length=1, max_length=2_048)]


class Credentials(msgspec.Struct):
    """What a sign-in needs."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    password: Password


class Session(msgspec.Struct):
    """A sign-in that is complete."""

    access_token: str
    utilisateur: Utilisateur


class SecondFactorAsked(msgspec.Struct, rename={"second_factor_required": "2fa_required"}):
    """The password was right; `challenge` goes back with the second factor's code (DECISIONS.md section 0)."""

    challenge: str
    method: str
    second_factor_required: bool = True


class Verification(msgspec.Struct):
    """The code, and the challenge that asked for it."""

    code: Code
    challenge: Token


class CodeRequest(msgspec.Struct):
    """The challenge that a fresh code is wanted for."""

    challenge: Token


class Acceptance(msgspec.Struct):
    """The token of the link that was sent."""

    token: Token


_SESSION_EXAMPLE = encoded(
    enveloped(ENTERED, {"access_token": "eyJ0eXAi…", "utilisateur": sample_of(Utilisateur, EXAMPLE)})
)


def auth_controller(
    entrance: Entrance[Utilisateur], invitations: Invitations, accounts: Accounts, cookies: Cookies
) -> type[Controller]:
    """The controller of `/api/auth`."""

    def entered(answer: Entered[Utilisateur]) -> Response[Any]:
        body = enveloped(ENTERED, Session(answer.tokens.access, answer.utilisateur))
        return Response(body, headers=NO_STORE, cookies=cookies.alone(answer.tokens))

    class PortalAuthController(Controller):
        path = "/api/auth"
        tags = ["auth"]

        @operation(
            "POST",
            "/login",
            name="login",
            rule=Anyone(),
            status=200,
            rate=SIGN_INS,
            summary=Text(fr="Se connecter au portail", en="Sign in to the portal"),
            facts=Facts(
                errors=(400, 401, 403, 415, 503),
                request_example={"login": "jdupont", "password": "motdepasse"},
                response_example=_SESSION_EXAMPLE,
            ),
        )
        async def login(
            self, request: StrictRequest, data: JSONBody[Credentials]
        ) -> Response[Envelope[Session] | Envelope[SecondFactorAsked]]:
            """Sign in by login and password."""
            answer = await entrance.log_in(request.caller, data.login, data.password)
            if isinstance(answer, ChallengeAsked):
                asked = SecondFactorAsked(challenge=answer.challenge, method=answer.method.value)
                return Response(enveloped(CODE_ASKED, asked), headers=NO_STORE)
            return entered(answer)

        @operation(
            "POST",
            "/2fa/verify",
            name="verify_login_code",
            rule=Anyone(),
            status=200,
            rate=CODES,
            summary=Text(fr="Achever la connexion par un code", en="Complete the sign-in by a code"),
            facts=Facts(
                errors=(400, 401, 403, 415),
                request_example={"challenge": "eyJ0eXAi…", "code": "123456"},
                response_example=_SESSION_EXAMPLE,
            ),
        )
        async def verify(self, request: StrictRequest, data: JSONBody[Verification]) -> Response[Envelope[Session]]:
            """Complete a sign-in by the second factor's code, or a recovery code."""
            return entered(await entrance.complete(request.caller, data.challenge, data.code))

        @operation(
            "POST",
            "/2fa/code",
            name="send_login_code",
            rule=Anyone(),
            status=200,
            rate=CODES,
            summary=Text(fr="Recevoir un nouveau code de connexion", en="Get a fresh sign-in code"),
            facts=Facts(errors=(400, 415)),
        )
        async def send(self, request: StrictRequest, data: JSONBody[CodeRequest]) -> Done:
            """Send a fresh code."""
            await accounts.sign_in.send_code(request.caller, data.challenge)
            return Done(error=False, message=bilingual(CODE_SENT))

        @operation(
            "POST",
            "/logout",
            name="logout",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Quitter le portail", en="Leave the portal"),
        )
        async def logout(self, request: StrictRequest) -> Response[Done]:
            """Revoke the session."""
            await accounts.sessions.log_out(request.caller)
            body = Done(error=False, message=bilingual(LEFT))
            return Response(body, headers=NO_STORE, cookies=cookies.cleared())

        @operation(
            "POST",
            "/accept",
            name="accept_link",
            rule=Anyone(),
            status=200,
            rate=SIGN_INS,
            summary=Text(fr="Accepter que son compte soit lié", en="Accept that one's account is linked"),
            facts=Facts(errors=(400, 415), request_example={"token": "k3v9…"}),
        )
        async def accept(self, request: StrictRequest, data: JSONBody[Acceptance]) -> Done:
            """Accept by the token of the link that was sent."""
            await invitations.accept(request.caller, data.token)
            return Done(error=False, message=bilingual(ACCEPTED))

    return PortalAuthController
