"""Templates and sendings to many on the wire: staff only (contracts/spotvibe.md sections 7.3 and 7.5)."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.arrays import AS_IT_COMES, respond_array
from plugins.spotvibe.notifications.bulk_service import Envois
from plugins.spotvibe.notifications.template_service import Templates
from plugins.spotvibe.notifications.wire import (
    BulkBegun,
    BulkProgress,
    BulkSend,
    Template,
    TemplateBody,
    TemplateChange,
    TemplateDetail,
)
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.wire import ARRAY, DIALECT

EXAMPLE = {
    "type_notification": "PROMO_ETE",
    "nom": "Promotion d'été",
    "canaux_actifs": ["PUSH", "IN_APP"],
    "sujet_fr": "Une surprise pour vous, {prenom}",
    "corps_fr": "Votre code : {promo_code}",
    "sujet_en": "A surprise for you, {prenom}",
    "corps_en": "Your code: {promo_code}",
}

BEGUN = message(
    "spotvibe_bulk_send_begun",
    fr="Envoi de notifications en masse initié.",
    en="The bulk sending of notifications has begun.",
)


def _begun(request: StrictRequest, key: int) -> BulkBegun:
    return BulkBegun(BEGUN.say(request.caller.locale), key)


def _encode(request: StrictRequest, key: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_begun(request, key)), {}


def template_controller(templates: Templates) -> type[Controller]:
    """The controller of templates."""

    class TemplateController(Controller):
        path = "/api/notifications/templates"
        tags = ["notifications"]

        @operation(
            "GET",
            "/",
            name="list_notification_templates",
            rule=StaffOnly(),
            summary=Text(fr="Lister les modèles de notification", en="List notification templates"),
            facts=Facts(listing=AS_IT_COMES, pagination=ARRAY, errors=(403,)),
        )
        async def list_templates(self, request: StrictRequest) -> Response[list[Template]]:
            """List templates."""
            return await respond_array(request, templates.page)

        @operation(
            "POST",
            "/",
            name="create_notification_template",
            rule=StaffOnly(),
            creates=True,
            summary=Text(fr="Créer un modèle de notification", en="Create a notification template"),
            facts=Facts(errors=(400, 403, 409, 415), request_example=EXAMPLE),
        )
        async def create_template(self, request: StrictRequest, data: JSONBody[TemplateBody]) -> TemplateDetail:
            """Create a template for sendings to many."""
            made: TemplateDetail = await templates.create(request.caller, given(data))
            return made

        @operation(
            "GET",
            "/{key:str}",
            name="get_notification_template",
            rule=StaffOnly(),
            summary=Text(fr="Lire un modèle de notification", en="Read a notification template"),
            facts=Facts(errors=(403, 404)),
        )
        async def get_template(self, request: StrictRequest, key: FromPath[str]) -> TemplateDetail:
            """Show a template with its texts."""
            found: TemplateDetail = await templates.detail(request.caller, key_of(DIALECT, key))
            return found

        @operation(
            "PUT",
            "/{key:str}",
            name="update_notification_template",
            rule=StaffOnly(),
            summary=Text(fr="Modifier un modèle de notification", en="Change a notification template"),
            facts=Facts(errors=(400, 403, 404, 415), request_example={"sujet_fr": "Bienvenue, {prenom} !"}),
        )
        async def update_template(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[TemplateChange]
        ) -> TemplateDetail:
            """Change the given fields of a template."""
            changed: TemplateDetail = await templates.change(request.caller, key_of(DIALECT, key), given(data))
            return changed

        @operation(
            "DELETE",
            "/{key:str}",
            name="delete_notification_template",
            rule=StaffOnly(),
            summary=Text(fr="Supprimer un modèle de notification", en="Delete a notification template"),
            facts=Facts(errors=(400, 403, 404)),
        )
        async def delete_template(self, request: StrictRequest, key: FromPath[str]) -> None:
            """Delete a template of the staff's own."""
            await templates.delete(request.caller, key_of(DIALECT, key))

    return TemplateController


def bulk_controller(envois: Envois) -> type[Controller]:
    """The controller of sendings to many."""

    class BulkSendController(Controller):
        path = "/api/notifications/bulk-send"
        tags = ["notifications"]

        @operation(
            "POST",
            "/",
            name="start_bulk_send",
            rule=StaffOnly(),
            status=200,
            creates=_encode,
            summary=Text(fr="Envoyer une notification en masse", en="Send a notification to many"),
            facts=Facts(
                errors=(400, 403, 409, 415),
                request_example={
                    "template_id": 1,
                    "target_users": [1, 2, 3],
                    "additional_data": {"promo_code": "SUMMER2024"},
                },
            ),
        )
        async def start(self, request: StrictRequest, data: JSONBody[BulkSend]) -> BulkBegun:
            """Have users told by a job."""
            made = await envois.start(request.caller, data.template_id, data.target_users, data.additional_data)
            return _begun(request, made)

        @operation(
            "GET",
            "/{key:str}",
            name="get_bulk_send",
            rule=StaffOnly(),
            summary=Text(fr="Suivre un envoi en masse", en="Follow a sending to many"),
            facts=Facts(errors=(403, 404)),
        )
        async def progress(self, request: StrictRequest, key: FromPath[str]) -> BulkProgress:
            """Tell how a sending stands."""
            found: BulkProgress = await envois.progress(request.caller, key_of(DIALECT, key))
            return found

    return BulkSendController
