"""Rights on the wire."""

from typing import Any

from litestar import Controller
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from adapters.http.samples import encoded, sample_of
from core.primitives.locale import Text
from plugins.driven.droits.service import Droit, Droits
from plugins.driven.envelope import Envelope, enveloped
from plugins.driven.wire import DIALECT, SIGNED_IN

SAID = Text(fr="Droits de l'utilisateur récupérés avec succès", en="User rights retrieved successfully")
EXAMPLE = {
    "fonction": "create_role",
    "raison": "permission",
    "roles": [{"role_id": 2, "nom": "Éditeur"}],
    "permissions": [{"permission_id": 1, "nom": "CREATE"}],
    "permissions_requises": [{"permission_id": 1, "nom": "CREATE"}],
}


def droits_controller(service: Droits) -> type[Controller]:
    """The controller of `/api/utilisateurs/{id}/droits`."""

    class DroitsController(Controller):
        path = "/api/utilisateurs"
        tags = ["droits"]

        @operation(
            "GET",
            "/{key:str}/droits",
            name="get_droits",
            rule=SIGNED_IN["get"],
            summary=Text(
                fr="Dire quelles fonctions un utilisateur peut appeler, et pourquoi",
                en="Tell which functions a user may call, and why",
            ),
            facts=Facts(errors=(404,), response_example=encoded(enveloped(SAID, [sample_of(Droit, EXAMPLE)]))),
        )
        async def get_droits(self, request: StrictRequest, key: FromPath[str]) -> Envelope[list[Droit]]:
            """Tell what a user may call."""
            number: Any = key_of(DIALECT, key)
            return enveloped(SAID, await service.of(request.caller, number))

    return DroitsController
