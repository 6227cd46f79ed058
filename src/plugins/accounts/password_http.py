"""Changing a password."""

import msgspec
from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.scalars import Password
from core.access.rules import SignedIn
from core.accounts.service import Accounts
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.accounts.session_http import Done

PASSWORD_CHANGED = message(
    "password_changed", fr="Mot de passe mis à jour avec succès", en="Password updated successfully"
)


class PasswordChange(msgspec.Struct):
    """The old password and the new one, twice."""

    old_password: Password
    new_password: Password
    confirm_password: Password


class PasswordChangeShort(msgspec.Struct):
    """The old password and the new one, as crm sends them (DECISIONS.md section 5)."""

    old_password: Password
    new_password: Password


def password_controller(accounts: Accounts) -> type[Controller]:
    """The controller of the password routes."""
    passwords = accounts.passwords

    class PasswordController(Controller):
        path = "/api/auth"
        tags = ["auth"]

        @operation(
            "POST",
            "/change-password",
            name="change_password",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Changer son mot de passe", en="Change one's password"),
            facts=Facts(
                errors=(400, 415, 429),
                request_example={
                    "old_password": "OldPassword123!",
                    "new_password": "NewPassword456!",
                    "confirm_password": "NewPassword456!",
                },
            ),
        )
        async def change(self, request: StrictRequest, data: JSONBody[PasswordChange]) -> Done:
            """Change the password; every other session ends."""
            await passwords.change(request.caller, data.old_password, data.new_password, data.confirm_password)
            return Done(PASSWORD_CHANGED.say(request.caller.locale))

        @operation(
            "PUT",
            "/password/change",
            name="replace_password",
            rule=SignedIn(),
            summary=Text(fr="Changer son mot de passe (crm)", en="Change one's password (crm)"),
            facts=Facts(errors=(400, 415, 429)),
        )
        async def replace(self, request: StrictRequest, data: JSONBody[PasswordChangeShort]) -> Done:
            """Change the password; every other session ends."""
            await passwords.change(request.caller, data.old_password, data.new_password)
            return Done(PASSWORD_CHANGED.say(request.caller.locale))

    return PasswordController
