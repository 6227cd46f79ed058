"""Preferences and push tokens on the wire (contracts/spotvibe.md sections 7.2 and 7.4)."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.rules import SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.notifications.choice_service import Choices
from plugins.spotvibe.notifications.wire import Preference, PreferenceBody, PushToken, PushTokenBody, Registered
from plugins.spotvibe.wire import DIALECT, Done

PREFERRED = message(
    "spotvibe_preferences_changed",
    fr="Préférences de notification mises à jour.",
    en="The notification preferences are updated.",
)
TOKEN_REGISTERED = message(
    "spotvibe_push_token_registered",
    fr="Token push enregistré avec succès.",
    en="The push token is registered.",
)


def _registered(request: StrictRequest, key: int) -> Registered:
    return Registered(TOKEN_REGISTERED.say(request.caller.locale), key)


def _encode(request: StrictRequest, key: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_registered(request, key)), {}


def choice_controllers(choices: Choices) -> list[type[Controller]]:
    """The controllers of preferences and of push tokens."""

    class PreferenceController(Controller):
        path = "/api/notifications/preferences"
        tags = ["notifications"]

        @operation(
            "GET",
            "/",
            name="list_notification_preferences",
            rule=SignedIn(),
            summary=Text(fr="Lister ses préférences de notification", en="List one's notification preferences"),
            facts=LISTED,
        )
        async def list_preferences(self, request: StrictRequest) -> Response[list[Preference]]:
            """List what the caller wants, by type and channel."""
            return await respond_array(request, choices.preferences)

        @operation(
            "PUT",
            "/",
            name="update_notification_preference",
            rule=SignedIn(),
            summary=Text(fr="Modifier une préférence de notification", en="Change a notification preference"),
            facts=Facts(
                errors=(400, 415),
                request_example={
                    "type_notification": "EVENT_REMINDER",
                    "canal": "EMAIL",
                    "actif": False,
                    "frequence": "JAMAIS",
                },
            ),
        )
        async def update_preference(self, request: StrictRequest, data: JSONBody[PreferenceBody]) -> Done:
            """Change what the caller wants of one type by one channel."""
            actif = None if data.actif is UNSET else data.actif
            frequence = None if data.frequence is UNSET else data.frequence
            await choices.prefer(request.caller, data.type_notification, data.canal, actif, frequence)
            return Done(PREFERRED.say(request.caller.locale))

    class PushTokenController(Controller):
        path = "/api/notifications/push-tokens"
        tags = ["notifications"]

        @operation(
            "GET",
            "/",
            name="list_push_tokens",
            rule=SignedIn(),
            summary=Text(fr="Lister ses tokens push", en="List one's push tokens"),
            facts=LISTED,
        )
        async def list_tokens(self, request: StrictRequest) -> Response[list[PushToken]]:
            """List the caller's devices."""
            return await respond_array(request, choices.tokens)

        @operation(
            "POST",
            "/",
            name="register_push_token",
            rule=SignedIn(),
            creates=_encode,
            summary=Text(fr="Enregistrer un token push", en="Register a push token"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "token": "dQw4w9:APA91bHun4MxP5egoKMwt2KZFBaFUH",
                    "plateforme": "ANDROID",
                    "nom_appareil": "Mon Nouveau Téléphone",
                },
            ),
        )
        async def register(self, request: StrictRequest, data: JSONBody[PushTokenBody]) -> Registered:
            """Register a device of the caller's."""
            made = await choices.register(request.caller, data.token, data.plateforme, data.nom_appareil)
            return _registered(request, made)

        @operation(
            "DELETE",
            "/{key:str}",
            name="delete_push_token",
            rule=SignedIn(),
            summary=Text(fr="Supprimer un token push", en="Delete a push token"),
            facts=Facts(errors=(404,)),
        )
        async def delete(self, request: StrictRequest, key: FromPath[str]) -> None:
            """Forget one of the caller's devices."""
            await choices.forget(request.caller, key_of(DIALECT, key))

    return [PreferenceController, PushTokenController]
