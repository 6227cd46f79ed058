"""Settings on the wire (contracts/spotvibe.md section 3.5)."""

from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given
from adapters.http.resource_paths import text_of
from core.access.rules import Anyone
from core.primitives.locale import Text
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.core.setting_service import Settings
from plugins.spotvibe.core.wire import Parametre, ParametreBody, ParametreChange
from plugins.spotvibe.rules import StaffOnly

EXAMPLE = {
    "cle": "MAX_IMAGE_SIZE",
    "valeur": "5",
    "type_valeur": "INTEGER",
    "description": "Taille maximale des images uploadées en MB.",
    "public": True,
}


def setting_controller(settings: Settings) -> type[Controller]:
    """The controller of settings."""

    class SettingController(Controller):
        path = "/api/core/settings"
        tags = ["core"]

        @operation(
            "GET",
            "/",
            name="list_app_settings",
            rule=Anyone(),
            summary=Text(fr="Lister les paramètres", en="List the settings"),
            facts=LISTED,
        )
        async def list_settings(self, request: StrictRequest) -> Response[list[Parametre]]:
            """List the public settings; to staff, all."""
            return await respond_array(request, settings.page)

        @operation(
            "POST",
            "/",
            name="create_app_setting",
            rule=StaffOnly(),
            creates=True,
            summary=Text(fr="Créer un paramètre", en="Create a setting"),
            facts=Facts(errors=(400, 409, 415), request_example=EXAMPLE),
        )
        async def create(self, request: StrictRequest, data: JSONBody[ParametreBody]) -> Parametre:
            """Make a setting."""
            made: Parametre = await settings.create(request.caller, given(data))
            return made

        @operation(
            "PUT",
            "/{key:str}",
            name="update_app_setting",
            rule=StaffOnly(),
            summary=Text(fr="Modifier un paramètre", en="Change a setting"),
            facts=Facts(errors=(400, 404, 415), key="cle", text_key=True, request_example={"valeur": "8"}),
        )
        async def update(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[ParametreChange]
        ) -> Parametre:
            """Change the given fields of a setting."""
            changed: Parametre = await settings.change(request.caller, text_of(key), given(data))
            return changed

        @operation(
            "DELETE",
            "/{key:str}",
            name="delete_app_setting",
            rule=StaffOnly(),
            summary=Text(fr="Supprimer un paramètre", en="Delete a setting"),
            facts=Facts(errors=(400, 404), key="cle", text_key=True),
        )
        async def delete(self, request: StrictRequest, key: FromPath[str]) -> None:
            """Delete a setting that the server does not read."""
            await settings.delete(request.caller, text_of(key))

    return SettingController
