"""Functions on the wire."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from msgspec import UNSET

from adapters.http.listing import read_boolean
from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, named, resource_controller
from adapters.http.resource_paths import ById, listing_operation
from adapters.http.scalars import LongText, Name
from core.primitives.errors import invalid_field
from core.primitives.locale import Text
from core.primitives.messages import NOT_BOOLEAN
from plugins.driven.envelope import Done
from plugins.driven.fonctions_api.service import LISTING, FonctionsApi
from plugins.driven.permissions.ties_http import TieTexts, tie_one_operation, tie_operations
from plugins.driven.permissions.ties_service import Ties
from plugins.driven.said import said_of
from plugins.driven.scalars import Reference
from plugins.driven.wire import DIALECT, SIGNED_IN

_Force = Annotated[
    str,
    QueryParameter(
        schema_extra={"type": "boolean", "default": False},
        description="`true` retire d'abord ses permissions · `true` takes its permissions away first",
    ),
]


class FonctionApi(msgspec.Struct):
    """A function of an application."""

    fonction_id: int
    nom_fonction: str
    description: str
    app_id: int
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class FonctionApiBody(msgspec.Struct):
    """A function as a client writes it."""

    nom_fonction: Name
    app_id: Reference
    description: LongText = ""


def fonctions_controller(service: FonctionsApi[FonctionApi], permissions: Ties[FonctionApi]) -> type[Controller]:
    """The controller of `/api/fonctions_api`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/fonctions_api",
        singular="fonction_api",
        plural="fonctions_api",
        one=Text(fr="une fonction API", en="an API function"),
        many=Text(fr="les fonctions API", en="API functions"),
        service=service,
        out=FonctionApi,
        body=FonctionApiBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=("list", "create", "get", "update"),
        said=said_of(fr=("Fonction API", "Fonctions API"), en=("API function", "API functions"), feminine=True),
        example={
            "nom_fonction": "get_utilisateurs",
            "description": "Récupère la liste des utilisateurs",
            "app_id": 1,
        },
    )
    by_application = listing_operation(
        spec,
        "/application/{key:str}",
        name="get_fonctions_api_by_application",
        summary=Text(fr="Lister les fonctions API d'une application", en="List the API functions of an application"),
        said=Text(
            fr="Fonctions API de l'application récupérées avec succès",
            en="Application API functions retrieved successfully",
        ),
        narrow=ById(spec, "app_id"),
    )
    texts = TieTexts(
        of=Text(fr="une fonction API", en="an API function"),
        shown=Text(
            fr="Permissions de la fonction API récupérées avec succès",
            en="API function permissions retrieved successfully",
        ),
        assigned=Text(
            fr="Permissions assignées à la fonction API avec succès",
            en="Permissions assigned to API function successfully",
        ),
        removed=Text(
            fr="Permissions retirées de la fonction API avec succès",
            en="Permissions removed from API function successfully",
        ),
    )
    assign_one = tie_one_operation(
        spec,
        permissions,
        key="fonction_id",
        summary=Text(fr="Assigner une permission à une fonction API", en="Assign one permission to an API function"),
        said=Text(
            fr="Permission assignée à la fonction API avec succès",
            en="Permission assigned to API function successfully",
        ),
    )
    beside = (by_application, *tie_operations(spec, permissions, texts), assign_one, _delete(spec, service))
    return resource_controller(spec, *beside)


def _delete(spec: ResourceSpec[FonctionApi], service: FonctionsApi[FonctionApi]) -> HTTPRouteHandler:
    async def handler(self: Any, request: StrictRequest, key: str, force: str = "") -> Any:  # noqa: ARG001
        if read_force(force):
            await service.delete_with_permissions(request.caller, key_of(spec.dialect, key))
        else:
            await service.delete(request.caller, key_of(spec.dialect, key))
        return spec.dialect.success.write(spec.said["delete"], UNSET)

    name = spec.operation_name("delete")
    return operation(
        "DELETE",
        "/{key:str}",
        name=name,
        rule=spec.rule("delete"),
        status=200,
        summary=Text(fr="Supprimer une fonction API", en="Delete an API function"),
        facts=Facts(errors=(400, 404, 409)),
    )(named(handler, name, key=FromPath[str], force=_Force, **{"return": Done}))


def read_force(text: str) -> bool:
    """Read `force`. Raises `DomainError` of kind invalid for what is no boolean."""
    try:
        return bool(text) and read_boolean(text)
    except ValueError:
        raise invalid_field("force", NOT_BOOLEAN) from None
