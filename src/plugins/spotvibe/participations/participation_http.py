"""Participations on the wire (contracts/spotvibe.md sections 4.3 and 4.6)."""

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
from core.primitives.page import Filter, Listing, ListQuery, Page
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.participations.domain import StatutParticipation
from plugins.spotvibe.participations.participation_service import Participations, Recorded
from plugins.spotvibe.participations.wire import Joined, Participant, Participation, ParticipationBody
from plugins.spotvibe.wire import ARRAY, DIALECT, Done

BY_STATUT = "statut_participation"
PARTICIPANTS = Listing(filters=(Filter(BY_STATUT, choices=tuple(StatutParticipation)),), default_ordering=())

JOINED = message(
    "spotvibe_participation_joined",
    fr="Participation enregistrée avec succès.",
    en="Your participation is recorded.",
)
LEFT = message(
    "spotvibe_participation_left", fr="Participation annulée avec succès.", en="Your participation is cancelled."
)


def _joined(request: StrictRequest, made: Recorded) -> Joined:
    return Joined(JOINED.say(request.caller.locale), made.id, made.statut.value, made.billet)


def _encode(request: StrictRequest, made: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_joined(request, made)), {}


def participation_controller(participations: Participations) -> type[Controller]:
    """The controller of participations."""

    class ParticipationController(Controller):
        path = "/api/events"
        tags = ["participations"]

        @operation(
            "POST",
            "/participate",
            name="join_event",
            rule=SignedIn(),
            creates=_encode,
            summary=Text(fr="Participer à un événement, ou s'y intéresser", en="Join an event, or be interested in it"),
            facts=Facts(errors=(400, 403, 409, 415), request_example={"event_id": 1, "status": "PARTICIPE"}),
        )
        async def join(self, request: StrictRequest, data: JSONBody[ParticipationBody]) -> Joined:
            """Take part in an event."""
            return _joined(request, await participations.join(request.caller, data.event_id, data.status))

        @operation(
            "POST",
            "/{key:str}/cancel-participation",
            name="leave_event",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Annuler sa participation", en="Cancel one's participation"),
            facts=Facts(errors=(400, 404), key="event_id"),
        )
        async def leave(self, request: StrictRequest, key: FromPath[str]) -> Done:
            """Take part in an event no more."""
            await participations.leave(request.caller, key_of(DIALECT, key))
            return Done(LEFT.say(request.caller.locale))

        @operation(
            "GET",
            "/{key:str}/participants",
            name="list_event_participants",
            rule=SignedIn(),
            summary=Text(fr="Lister les participants d'un événement", en="List who takes part in an event"),
            facts=Facts(listing=PARTICIPANTS, pagination=ARRAY, errors=(400, 404), key="event_id"),
        )
        async def participants(self, request: StrictRequest, key: FromPath[str]) -> Response[list[Participant]]:
            """List who takes part in an event, the first one first."""
            number = key_of(DIALECT, key)

            async def find(caller: Caller, query: ListQuery) -> Page[Any]:
                asked = dict(query.filters).get(BY_STATUT)
                statut = StatutParticipation(asked) if asked else None
                return await participations.participants(caller, number, query, statut)

            return await respond_array(request, find, PARTICIPANTS)

        @operation(
            "GET",
            "/my-participations",
            name="list_own_participations",
            rule=SignedIn(),
            summary=Text(fr="Lister ses participations", en="List one's participations"),
            facts=LISTED,
        )
        async def own(self, request: StrictRequest) -> Response[list[Participation]]:
            """List the events that the caller comes to or is interested in, the last joined first."""
            return await respond_array(request, participations.own)

    return ParticipationController
