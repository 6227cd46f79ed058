"""The second factor: set up, verified at sign-in, switched off (DECISIONS.md sections 0 and 2)."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Response
from litestar.params import JSONBody

from adapters.http.cookies import Cookies
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.scalars import check_text
from core.access.rules import Anyone, SignedIn
from core.accounts.service import Accounts
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.accounts.session_http import NO_STORE, Done, SessionOpened, opened

CODES = Rate("second-factor")

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=32, extra={"check": check_text})]

SET_UP = message(
    "second_factor_set_up",
    fr="Configuration 2FA initiée. Veuillez vérifier votre téléphone/email ou scanner le QR code.",
    en="2FA setup started. Please check your phone or email, or scan the QR code.",
)
VERIFIED = message("second_factor_verified", fr="Vérification 2FA réussie.", en="2FA verification succeeded.")
DISABLED = message("second_factor_disabled", fr="Authentification à deux facteurs désactivée.", en="2FA is disabled.")
CODE_SENT = message("second_factor_code_sent", fr="Un code vous a été envoyé.", en="A code has been sent to you.")


class SetUpRequest(msgspec.Struct):
    """How codes shall be had: TOTP, SMS or EMAIL."""

    method: str


class SetUpStarted(msgspec.Struct):
    """A set-up that awaits its first code. `qr_code_url` is a data URI of a PNG, for TOTP."""

    message: str
    qr_code_url: str | None
    secret_key: str | None


class Verification(msgspec.Struct):
    """A code; with a challenge it completes a sign-in, without one it confirms a set-up."""

    code: Code
    challenge: str | None = None


class Verified(msgspec.Struct):
    """A confirmed set-up; ten recovery codes for TOTP, this once."""

    message: str
    recovery_codes: list[str]


class SignInVerified(SessionOpened):
    """A sign-in that is complete; `message` says so."""

    message: str


class CodeOnly(msgspec.Struct):
    """A code, or a recovery code."""

    code: Code


class CodeRequest(msgspec.Struct):
    """Which sign-in the code is for; without a challenge, the caller's own set-up or switching off."""

    challenge: str | None = None


def second_factor_controller(accounts: Accounts, cookies: Cookies) -> type[Controller]:
    """The controller of the second factor."""
    factors = accounts.second_factor

    class SecondFactorController(Controller):
        path = "/api/auth/2fa"
        tags = ["auth"]

        @operation(
            "POST",
            "/setup",
            name="set_up_second_factor",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Configurer le second facteur", en="Set up the second factor"),
            facts=Facts(errors=(400, 415), request_example={"method": "TOTP"}),
        )
        async def set_up(self, request: StrictRequest, data: JSONBody[SetUpRequest]) -> Response[SetUpStarted]:
            """Begin a set-up."""
            begun = await factors.set_up(request.caller, data.method)
            body = SetUpStarted(SET_UP.say(request.caller.locale), begun.qr_code_url, begun.secret_key)
            return Response(body, headers=NO_STORE)

        @operation(
            "POST",
            "/verify",
            name="verify_second_factor",
            rule=Anyone(),
            status=200,
            rate=CODES,
            summary=Text(fr="Vérifier un code", en="Verify a code"),
            facts=Facts(errors=(400, 401, 415), request_example={"code": "123456"}),
        )
        async def verify(
            self, request: StrictRequest, data: JSONBody[Verification]
        ) -> Response[Verified | SignInVerified]:
            """Complete a sign-in, or confirm a set-up."""
            if data.challenge is not None:
                signed_in = await accounts.sign_in.by_code(request.caller, data.challenge, data.code)
                answer: Response[Any] = opened(signed_in, cookies)
                whole = msgspec.structs.asdict(answer.content)
                answer.content = SignInVerified(**whole, message=VERIFIED.say(request.caller.locale))
                return answer
            codes = await factors.confirm(request.caller, data.code)
            return Response(Verified(VERIFIED.say(request.caller.locale), codes), headers=NO_STORE)

        @operation(
            "POST",
            "/code",
            name="send_second_factor_code",
            rule=Anyone(),
            status=200,
            rate=CODES,
            summary=Text(fr="Recevoir un nouveau code", en="Get a fresh code"),
            facts=Facts(errors=(400, 401, 415)),
        )
        async def send(self, request: StrictRequest, data: JSONBody[CodeRequest]) -> Done:
            """Send a fresh code."""
            if data.challenge is not None:
                await accounts.sign_in.send_code(request.caller, data.challenge)
            else:
                await factors.send_code(request.caller)
            return Done(CODE_SENT.say(request.caller.locale))

        @operation(
            "POST",
            "/disable",
            name="disable_second_factor",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Désactiver le second facteur", en="Disable the second factor"),
            facts=Facts(errors=(400, 415)),
        )
        async def disable(self, request: StrictRequest, data: JSONBody[CodeOnly]) -> Done:
            """Switch the second factor off, by a code of it or a recovery code."""
            await factors.disable(request.caller, data.code)
            return Done(DISABLED.say(request.caller.locale))

    return SecondFactorController
