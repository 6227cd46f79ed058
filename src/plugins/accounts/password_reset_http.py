"""Recovering a lost password (contracts/spotvibe.md section 1.4)."""

import msgspec
from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.scalars import Email, Password
from core.access.rules import Anyone
from core.accounts.service import Accounts
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.accounts.session_http import Done

RESETS = Rate("password-reset")

RESET_ASKED = message(
    "password_reset_asked",
    fr="Si l'email est enregistré, un lien de réinitialisation a été envoyé.",
    en="If the email is registered, a reset link has been sent.",
)
RESET_DONE = message(
    "password_reset_done",
    fr="Votre mot de passe a été réinitialisé avec succès.",
    en="Your password has been reset successfully.",
)


class ResetRequest(msgspec.Struct):
    """Whose password is lost."""

    email: Email


class ResetConfirmation(msgspec.Struct):
    """The token of the link that was sent, and the new password, twice."""

    token: str
    new_password: Password
    confirm_password: Password


def password_reset_controller(accounts: Accounts) -> type[Controller]:
    """The controller of `/api/auth/password-reset`."""
    passwords = accounts.passwords

    class PasswordResetController(Controller):
        path = "/api/auth/password-reset"
        tags = ["auth"]

        @operation(
            "POST",
            "/",
            name="request_password_reset",
            rule=Anyone(),
            status=200,
            rate=RESETS,
            summary=Text(fr="Demander un lien de réinitialisation", en="Ask for a reset link"),
            facts=Facts(errors=(400, 415), request_example={"email": "user@example.com"}),
        )
        async def request_reset(self, request: StrictRequest, data: JSONBody[ResetRequest]) -> Done:
            """Send a link, where the address is known; the answer does not tell."""
            await passwords.request_reset(request.caller, data.email)
            return Done(RESET_ASKED.say(request.caller.locale))

        @operation(
            "POST",
            "/confirm",
            name="confirm_password_reset",
            rule=Anyone(),
            status=200,
            rate=RESETS,
            summary=Text(fr="Choisir un nouveau mot de passe", en="Choose a new password"),
            facts=Facts(errors=(400, 415)),
        )
        async def confirm_reset(self, request: StrictRequest, data: JSONBody[ResetConfirmation]) -> Done:
            """Choose a new password by the token of the link; every session ends."""
            await passwords.confirm_reset(request.caller, data.token, data.new_password, data.confirm_password)
            return Done(RESET_DONE.say(request.caller.locale))

    return PasswordResetController
