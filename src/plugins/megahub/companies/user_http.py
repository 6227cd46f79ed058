"""Users of companies on the wire (DECISIONS.md section 4, "Brands and users")."""

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of
from core.primitives.locale import Text
from core.primitives.page import Versioned
from plugins.megahub.companies.below_http import listed_in_company
from plugins.megahub.companies.domain import USER_LIST, NewUser
from plugins.megahub.companies.user_service import Users
from plugins.megahub.companies.wire import CompanyUser, CompanyUserBody
from plugins.megahub.rules import WRITES
from plugins.megahub.wire import DIALECT

EXAMPLE = {
    "username": "aicha",
    "email": "aicha@acme.com",
    "password": "Grande-Saison-42",
    "user_type": "brand_member",
}


def _encode(request: StrictRequest, made: Versioned[CompanyUser]) -> tuple[bytes, dict[str, str]]:  # noqa: ARG001
    return msgspec.json.encode(made.value), {}


def users_controller(users: Users[CompanyUser]) -> type[Controller]:
    """The controller of `/companies/{id}/users/`."""

    class CompanyUsersController(Controller):
        path = "/companies/{key:str}/users"
        tags = ["company_users"]

        list_company_users = listed_in_company(
            users,
            CompanyUser,
            USER_LIST,
            name="list_company_users",
            summary=Text(fr="Lister les utilisateurs d'une entreprise", en="List a company's users"),
        )

        @operation(
            "POST",
            "/",
            name="create_company_user",
            rule=WRITES,
            creates=_encode,
            summary=Text(fr="Créer un utilisateur d'une entreprise", en="Create a company's user"),
            facts=Facts(errors=(400, 404, 409, 415), request_example=EXAMPLE),
        )
        async def create_company_user(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[CompanyUserBody]
        ) -> CompanyUser:
            """Make an account that is a member of the company, in a user slot."""
            return (await users.create(request.caller, key_of(DIALECT, key), NewUser(**given(data)))).value

        @operation(
            "DELETE",
            "/{user_id:str}",
            name="delete_company_user",
            rule=WRITES,
            summary=Text(fr="Retirer un utilisateur d'une entreprise", en="Take a user out of a company"),
            facts=Facts(errors=(404,)),
        )
        async def delete_company_user(self, request: StrictRequest, key: FromPath[str], user_id: FromPath[str]) -> None:
            """Take a user out: the slot is free again, the account stays."""
            await users.delete(request.caller, key_of(DIALECT, key), key_of(DIALECT, user_id))

    return CompanyUsersController
