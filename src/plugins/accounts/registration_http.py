"""Registering into a company (contracts/ekigega.txt section 1)."""

import msgspec
from litestar import Controller, Response
from litestar.params import JSONBody

from adapters.http.cookies import Cookies
from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.scalars import Email, OptionalText, Password
from core.access.rules import Anyone
from core.accounts.errors import PASSWORDS_DIFFER
from core.accounts.people import Candidate
from core.organisations.joining import Joining
from core.primitives.errors import FieldProblem
from core.primitives.ids import parse_uuid
from core.primitives.locale import Text
from plugins.accounts.people_wire import Utilisateur, utilisateur
from plugins.accounts.profile_http import WIRE_FIELDS
from plugins.accounts.session_http import NO_STORE

REGISTRATIONS = Rate("registration")


class Registration(msgspec.Struct):
    """Who registers into which company, in which role (a name or an id)."""

    email: Email
    password: Password
    password2: Password
    role: str
    entreprise: str
    nom: OptionalText | None = None
    prenom: OptionalText | None = None
    telephone: OptionalText | None = None


class Registered(msgspec.Struct):
    """The account; without tokens where an administrator must first activate it."""

    user: Utilisateur
    refresh: str | None
    access: str | None


def registration_controller(joining: Joining, cookies: Cookies) -> type[Controller]:
    """The controller of registration."""

    class RegistrationController(Controller):
        path = "/api/auth/register"
        tags = ["auth"]

        @operation(
            "POST",
            "/",
            name="register",
            rule=Anyone(),
            rate=REGISTRATIONS,
            summary=Text(fr="S'inscrire dans une entreprise", en="Register into a company"),
            facts=Facts(
                errors=(400, 415),
                request_example={
                    "email": "user@example.com",
                    "password": "Password123!",
                    "password2": "Password123!",
                    "role": "VENTES",
                    "entreprise": "01935d0e-0000-7000-8000-000000000001",
                },
            ),
        )
        async def register(self, request: StrictRequest, data: JSONBody[Registration]) -> Response[Registered]:
            """Register; the first account of a company is its owner."""
            differ = (FieldProblem(("password2",), PASSWORDS_DIFFER),) if data.password2 != data.password else ()
            made = await joining.register(
                request.caller,
                Candidate(
                    email=data.email,
                    password=data.password,
                    first_name=data.prenom or None,
                    last_name=data.nom or None,
                    phone=data.telephone or None,
                    language=request.caller.locale.value,
                ),
                parse_uuid(data.entreprise),
                data.role,
                differ,
                account_fields=WIRE_FIELDS,
            )
            tokens = made.signed_in.tokens if made.signed_in else None
            body = Registered(
                user=utilisateur(made.account, made.place),
                refresh=tokens.refresh if tokens else None,
                access=tokens.access if tokens else None,
            )
            return Response(body, headers=NO_STORE, cookies=cookies.of(tokens) if tokens else [])

    return RegistrationController
