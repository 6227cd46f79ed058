"""Events on the wire: looking at them, and making them (contracts/spotvibe.md sections 4.2, 4.6 and 4.7)."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.dialect import Paginated
from adapters.http.operations import Facts, asked_version, etag_of, operation
from adapters.http.public_files import public_files_controller
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of, respond_page
from core.access.rules import Anyone, SignedIn
from core.files.public import PublicFiles
from core.primitives.errors import Message, message
from core.primitives.locale import Text
from core.primitives.page import Filter, FilterKind, Listing, ListQuery, Page, Versioned
from core.resources import ResourceId
from plugins.spotvibe.arrays import respond_array
from plugins.spotvibe.events.domain import COVER_FOLDER, Statut
from plugins.spotvibe.events.event_service import Events
from plugins.spotvibe.events.viewing_service import Viewing
from plugins.spotvibe.events.wire import (
    EvenementBody,
    EvenementChange,
    EvenementDetail,
    EvenementItem,
    EvenementWritten,
    EventStats,
)
from plugins.spotvibe.wire import ARRAY, DIALECT

LISTING = Listing(
    filters=(Filter("category", FilterKind.ID), Filter("status", choices=tuple(Statut))),
    search=("titre", "description"),
    ordering=("id", "titre", "description_courte", "date_debut", "lieu", "image_couverture", "statut"),
    default_ordering=("-id",),
)
OWN = Listing(default_ordering=("-id",))
TRENDING = Listing(default_ordering=())
EXAMPLE = {
    "titre": "Festival de Jazz",
    "description": "Un festival annuel de jazz avec des artistes internationaux.",
    "date_debut": "2027-08-15T18:00:00Z",
    "date_fin": "2027-08-17T23:00:00Z",
    "lieu": "Parc Central",
    "adresse": "123 Rue de la Musique, Cotonou",
    "categorie": 1,
    "type_acces": "PAYANT",
    "prix": "5000.00",
    "capacite": 500,
}

CREATED = message("spotvibe_event_created", fr="Événement créé avec succès.", en="The event is created.")
UPDATED = message("spotvibe_event_updated", fr="Événement mis à jour avec succès.", en="The event is updated.")


def _written(request: StrictRequest, said: Message, found: Versioned[Any]) -> Response[EvenementWritten]:
    answer = EvenementWritten(said.say(request.caller.locale), found.value)
    return Response(answer, headers={"etag": etag_of(found)})


def _encode(request: StrictRequest, made: Any) -> tuple[bytes, dict[str, str]]:
    answer = _written(request, CREATED, made)
    return msgspec.json.encode(answer.content), {"etag": etag_of(made)}


def event_controllers(events: Events, viewing: Viewing, files: PublicFiles) -> list[type[Controller]]:
    """The controllers of events and of their covers."""

    async def version(request: StrictRequest, key: ResourceId) -> int | None:
        async def present() -> int:
            return await viewing.version(request.caller, key)

        return await asked_version(request, present)

    class EventController(Controller):
        path = "/api/events"
        tags = ["events"]

        @operation(
            "GET",
            "/",
            name="list_events",
            rule=Anyone(),
            summary=Text(fr="Lister les événements", en="List events"),
            facts=Facts(listing=LISTING, errors=(400, 404)),
        )
        async def list_events(self, request: StrictRequest) -> Paginated[EvenementItem]:
            """List what the caller sees: everybody VALIDE and TERMINE, a creator his own as well, staff all."""

            async def find(query: ListQuery) -> Page[Any]:
                return await viewing.page(request.caller, query)

            answer: Any = await respond_page(DIALECT, request, LISTING, find)
            return answer  # type: ignore[no-any-return]

        @operation(
            "POST",
            "/create",
            name="create_event",
            rule=SignedIn(),
            form=True,
            creates=_encode,
            summary=Text(fr="Créer un événement", en="Create an event"),
            facts=Facts(errors=(400, 409, 415), request_example=EXAMPLE),
        )
        async def create(self, request: StrictRequest, data: JSONBody[EvenementBody]) -> Response[EvenementWritten]:
            """Make an event, by JSON or by a form with its cover. Staff decide it."""
            return _written(request, CREATED, await events.create(request.caller, given(data)))

        @operation(
            "GET",
            "/my-events",
            name="list_my_events",
            rule=SignedIn(),
            summary=Text(fr="Lister ses événements", en="List one's own events"),
            facts=Facts(listing=OWN, pagination=ARRAY),
        )
        async def list_own(self, request: StrictRequest) -> Response[list[EvenementDetail]]:
            """List the caller's events, newest first."""
            return await respond_array(request, viewing.mine, OWN)

        @operation(
            "GET",
            "/stats",
            name="get_event_stats",
            rule=Anyone(),
            summary=Text(fr="Lire les statistiques des événements", en="Read the figures of events"),
        )
        async def get_stats(self, request: StrictRequest) -> EventStats:  # noqa: ARG002 - the framework hands it over
            """Count events and participants; the figures are at most a minute old."""
            return EventStats(**await viewing.stats())

        @operation(
            "GET",
            "/trending",
            name="list_trending_events",
            rule=Anyone(),
            summary=Text(fr="Lister les événements tendance", en="List trending events"),
            facts=Facts(listing=TRENDING, pagination=ARRAY),
        )
        async def list_trending(self, request: StrictRequest) -> Response[list[EvenementDetail]]:
            """List the VALIDE events that have not ended, by views (1), shares (5) and taken seats (10). Interest
            halves with every week of an event's age."""
            return await respond_array(request, viewing.trending, TRENDING)

        @operation(
            "GET",
            "/{key:str}",
            name="get_event_detail",
            rule=Anyone(),
            summary=Text(fr="Lire un événement", en="Read an event"),
            facts=Facts(errors=(404,), versioned=True),
        )
        async def get_event(self, request: StrictRequest, key: FromPath[str]) -> Response[EvenementDetail]:
            """Show an event, and count the view. The tag is that of what its creator writes: views, shares and seats do
            not change it, and are always shown as they are."""
            found = await viewing.detail(request.caller, key_of(DIALECT, key))
            return Response(found.value, headers={"etag": etag_of(found)})

        @operation(
            "PUT",
            "/{key:str}/update",
            name="update_event",
            rule=SignedIn(),
            form=True,
            summary=Text(fr="Modifier un événement", en="Change an event"),
            facts=Facts(
                errors=(400, 404, 412, 415), versioned=True, request_example={"titre": "Festival de Jazz 2027"}
            ),
        )
        async def update(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[EvenementChange]
        ) -> Response[EvenementWritten]:
            """Change the given fields, by JSON or by a form with the cover. What its creator changes of a VALIDE event
            staff decide again."""
            found = key_of(DIALECT, key)
            changed = await events.change(request.caller, found, given(data), await version(request, found))
            return _written(request, UPDATED, changed)

        @operation(
            "DELETE",
            "/{key:str}/delete",
            name="delete_event",
            rule=SignedIn(),
            summary=Text(fr="Supprimer un événement", en="Delete an event"),
            facts=Facts(errors=(400, 404, 412)),
        )
        async def delete(self, request: StrictRequest, key: FromPath[str]) -> None:
            """Delete an event of which no ticket is paid."""
            found = key_of(DIALECT, key)
            await events.delete(request.caller, found, await version(request, found))

    covers = public_files_controller(
        files,
        COVER_FOLDER,
        name="get_event_cover",
        tag="events",
        summary=Text(fr="Afficher la couverture d'un événement", en="Show an event's cover"),
    )
    return [EventController, covers]
