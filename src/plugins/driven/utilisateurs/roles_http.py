"""The roles of an utilisateur on the wire."""

from typing import Any

import msgspec
from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from adapters.http.samples import encoded, sample_of
from core.primitives.locale import Text
from plugins.driven.envelope import Done, Envelope, bilingual, enveloped
from plugins.driven.scalars import PathId, Reference
from plugins.driven.utilisateurs.roles_service import UtilisateurRoles
from plugins.driven.utilisateurs.wire import UtilisateurRole
from plugins.driven.wire import DIALECT, SIGNED_IN

LISTED = Text(fr="Rôles de l'utilisateur récupérés avec succès", en="User roles retrieved successfully")
ASSIGNED = Text(fr="Rôle assigné avec succès", en="Role assigned successfully")
REMOVED = Text(fr="Rôle retiré avec succès", en="Role removed successfully")


class RoleAssignment(msgspec.Struct):
    """A role and the application that it belongs to."""

    role_id: Reference
    app_id: Reference


def _encode(request: StrictRequest, roles: Any) -> tuple[bytes, dict[str, str]]:  # noqa: ARG001
    return msgspec.json.encode(enveloped(ASSIGNED, roles)), {}


def roles_controller(service: UtilisateurRoles[UtilisateurRole]) -> type[Controller]:
    """The controller of `/api/utilisateurs/{id}/roles`."""

    class UtilisateurRolesController(Controller):
        path = "/api/utilisateurs/{key:str}/roles"
        tags = ["utilisateurs"]

        @operation(
            "GET",
            "/",
            name="get_utilisateur_roles",
            rule=SIGNED_IN["get"],
            summary=Text(fr="Lister les rôles d'un utilisateur", en="List the roles of a user"),
            facts=Facts(errors=(404,), response_example=encoded(enveloped(LISTED, [sample_of(UtilisateurRole)]))),
        )
        async def get_utilisateur_roles(
            self, request: StrictRequest, key: FromPath[str]
        ) -> Envelope[list[UtilisateurRole]]:
            """List the roles, in the order in which they were assigned."""
            return enveloped(LISTED, await service.of(request.caller, key_of(DIALECT, key)))

        @operation(
            "POST",
            "/",
            name="assign_role",
            rule=SIGNED_IN["update"],
            creates=_encode,
            summary=Text(fr="Assigner un rôle à un utilisateur", en="Assign a role to a user"),
            facts=Facts(
                errors=(400, 404, 409, 415),
                request_example={"role_id": 2, "app_id": 1},
                response_example=encoded(enveloped(ASSIGNED, [sample_of(UtilisateurRole)])),
            ),
        )
        async def assign_role(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[RoleAssignment]
        ) -> Envelope[list[UtilisateurRole]]:
            """Assign a role; the answer shows all roles of the user."""
            roles = await service.assign(request.caller, key_of(DIALECT, key), data.role_id, data.app_id)
            return enveloped(ASSIGNED, roles)

        @operation(
            "DELETE",
            "/{role_id:str}/application/{app_id:str}",
            name="remove_role",
            rule=SIGNED_IN["update"],
            status=200,
            summary=Text(fr="Retirer un rôle d'un utilisateur", en="Take a role away from a user"),
            facts=Facts(errors=(404, 409)),
        )
        async def remove_role(
            self, request: StrictRequest, key: FromPath[str], role_id: PathId, app_id: PathId
        ) -> Done:
            """Take a role away."""
            role: Any = key_of(DIALECT, role_id)
            application: Any = key_of(DIALECT, app_id)
            await service.remove(request.caller, key_of(DIALECT, key), role, application)
            return Done(error=False, message=bilingual(REMOVED))

    return UtilisateurRolesController
