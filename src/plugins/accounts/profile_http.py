"""The signed-in account: me, and user as crm shows it."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller
from litestar.params import JSONBody
from msgspec import UNSET, UnsetType

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.scalars import OptionalText, Url, check_free_text
from core.access.rules import SignedIn
from core.accounts.people import AccountFields
from core.accounts.service import Accounts
from core.primitives.locale import Text
from plugins.accounts.people_wire import Utilisateur, utilisateur

WIRE_FIELDS = AccountFields(phone="telephone", first_name="prenom", last_name="nom", department="departement")

_COLUMNS = {
    "nom": "last_name",
    "prenom": "first_name",
    "telephone": "phone",
    "profile": "picture",
    "departement": "department",
}


class ProfilePatch(msgspec.Struct):
    """What an account may change about itself."""

    nom: OptionalText | None | UnsetType = UNSET
    prenom: OptionalText | None | UnsetType = UNSET
    telephone: Annotated[str, msgspec.Meta(max_length=32, extra={"check": check_free_text})] | None | UnsetType = UNSET
    profile: Url | None | UnsetType = UNSET
    departement: OptionalText | None | UnsetType = UNSET


class User(msgspec.Struct):
    """The signed-in account as crm shows it (DECISIONS.md section 5, User)."""

    id: int
    uuid: UUID
    email: str
    username: str
    first_name: str | None
    last_name: str | None
    is_staff: bool
    is_admin: bool
    departement: str | None
    telephone: str | None


def profile_controller(accounts: Accounts) -> type[Controller]:
    """The controller of me and user."""

    class ProfileController(Controller):
        path = "/api/auth"
        tags = ["auth"]

        @operation(
            "GET", "/me", name="get_me", rule=SignedIn(), summary=Text(fr="Lire son profil", en="Read one's profile")
        )
        async def get_me(self, request: StrictRequest) -> Utilisateur:
            """Show the signed-in account."""
            profile = await accounts.people.profile(request.caller)
            return utilisateur(profile.account, profile.place)

        @operation(
            "PATCH",
            "/me",
            name="update_me",
            rule=SignedIn(),
            summary=Text(fr="Modifier son profil", en="Change one's profile"),
            facts=Facts(errors=(400, 415), request_example={"nom": "Dupont", "prenom": "Jean"}),
        )
        async def update_me(self, request: StrictRequest, data: JSONBody[ProfilePatch]) -> Utilisateur:
            """Change the given fields; an empty text clears one."""
            values = {
                column: getattr(data, name) or None
                for name, column in _COLUMNS.items()
                if getattr(data, name) is not UNSET
            }
            profile = await accounts.people.change_profile(request.caller, values, WIRE_FIELDS)
            return utilisateur(profile.account, profile.place)

        @operation(
            "GET",
            "/user",
            name="get_user",
            rule=SignedIn(),
            summary=Text(fr="Lire l'utilisateur connecté", en="Read the signed-in user"),
        )
        async def get_user(self, request: StrictRequest) -> User:
            """Show the signed-in account with its integer id."""
            profile = await accounts.people.profile(request.caller)
            account = profile.account
            principal = request.caller.principal
            return User(
                id=account.number,
                uuid=account.id,
                email=account.email,
                username=account.username,
                first_name=account.first_name,
                last_name=account.last_name,
                is_staff=account.staff,
                is_admin=principal is not None and principal.administers,
                departement=account.department,
                telephone=account.phone,
            )

    return ProfileController
