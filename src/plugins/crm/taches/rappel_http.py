"""How somebody is reminded of tasks (added to the document)."""

from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.primitives.locale import Text
from plugins.crm.rules import READS
from plugins.crm.taches.rappel_service import Rappels as Service
from plugins.crm.taches.wire import Rappels


def rappels_controller(service: Service) -> type[Controller]:
    """The controller of `/api/taches/rappels/`. It is everybody's own: a reader chooses too."""

    class RappelsController(Controller):
        path = "/api/taches/rappels"
        tags = ["taches"]

        @operation(
            "GET",
            "/",
            name="get_rappels",
            rule=READS,
            summary=Text(fr="Lire la fréquence de ses rappels", en="Read how often one is reminded"),
            facts=Facts(response_example={"frequence": "IMMEDIATE"}),
        )
        async def get_rappels(self, request: StrictRequest) -> Rappels:
            """Show how the caller is reminded."""
            return Rappels(await service.frequence(request.caller))  # type: ignore[arg-type]

        @operation(
            "PUT",
            "/",
            name="replace_rappels",
            rule=READS,
            summary=Text(fr="Choisir la fréquence de ses rappels", en="Choose how often one is reminded"),
            facts=Facts(errors=(400, 415), request_example={"frequence": "QUOTIDIEN"}),
        )
        async def replace_rappels(self, request: StrictRequest, data: JSONBody[Rappels]) -> Rappels:
            """Have the caller reminded so from now on."""
            return Rappels(await service.choose(request.caller, data.frequence))  # type: ignore[arg-type]

    return RappelsController
