"""Settings on the wire."""

import msgspec
from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import ById, listing_operation
from core.primitives.locale import Text
from plugins.driven.said import said_of
from plugins.driven.scalars import Reference
from plugins.driven.settings.service import LISTING, Settings
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN


class Setting(msgspec.Struct):
    """A codification that an utilisateur has."""

    id_set: int
    id_utilisateur: int
    id_codification: int


class SettingBody(msgspec.Struct):
    """A setting as a client writes it."""

    id_utilisateur: Reference
    id_codification: Reference


def settings_controller(service: Settings[Setting]) -> type[Controller]:
    """The controller of `/api/settings`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/settings",
        singular="setting",
        plural="settings",
        one=Text(fr="un paramètre", en="a setting"),
        many=Text(fr="les paramètres", en="settings"),
        service=service,
        out=Setting,
        body=SettingBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(fr=("Paramètre", "Paramètres"), en=("Setting", "Settings")),
        example={"id_utilisateur": 1, "id_codification": 1},
    )
    by_utilisateur = listing_operation(
        spec,
        "/utilisateur/{key:str}",
        name="get_settings_by_utilisateur",
        summary=Text(fr="Lister les paramètres d'un utilisateur", en="List a user's settings"),
        said=Text(fr="Paramètres de l'utilisateur récupérés avec succès", en="User settings retrieved successfully"),
        narrow=ById(spec, "id_utilisateur"),
    )
    return resource_controller(spec, by_utilisateur)
