"""Invitations on the wire (DECISIONS.md section 2, "Participation")."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.principal import Caller
from core.access.rules import SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from core.primitives.page import ListQuery, Page
from plugins.spotvibe.arrays import AS_IT_COMES, respond_array
from plugins.spotvibe.participations.invitation_service import Invitations
from plugins.spotvibe.participations.wire import Invitation, InvitationBody, InvitationsSent
from plugins.spotvibe.wire import ARRAY, DIALECT

INVITED = message(
    "spotvibe_invitations_sent", fr="Invitations envoyées avec succès.", en="The invitations have been sent."
)


def _sent(request: StrictRequest, count: int) -> InvitationsSent:
    return InvitationsSent(INVITED.say(request.caller.locale), count)


def _encode(request: StrictRequest, count: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_sent(request, count)), {}


def invitation_controller(invitations: Invitations) -> type[Controller]:
    """The controller of invitations."""

    class InvitationController(Controller):
        path = "/api/events/{key:str}/invitations"
        tags = ["participations"]

        @operation(
            "POST",
            "/",
            name="invite_to_event",
            rule=SignedIn(),
            creates=_encode,
            summary=Text(fr="Inviter à son événement", en="Invite to one's event"),
            facts=Facts(errors=(400, 403, 404, 409, 415), key="event_id", request_example={"user_ids": [2, 3]}),
        )
        async def invite(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[InvitationBody]
        ) -> InvitationsSent:
            """Invite users to one's event; staff to any."""
            return _sent(request, await invitations.invite(request.caller, key_of(DIALECT, key), data.user_ids))

        @operation(
            "GET",
            "/",
            name="list_event_invitations",
            rule=SignedIn(),
            summary=Text(fr="Lister les invités de son événement", en="List who is invited to one's event"),
            facts=Facts(listing=AS_IT_COMES, pagination=ARRAY, errors=(403, 404), key="event_id"),
        )
        async def listed(self, request: StrictRequest, key: FromPath[str]) -> Response[list[Invitation]]:
            """List who is invited to one's event, newest first; staff to any."""
            number = key_of(DIALECT, key)

            async def find(caller: Caller, query: ListQuery) -> Page[Any]:
                return await invitations.page(caller, number, query)

            return await respond_array(request, find)

    return InvitationController
