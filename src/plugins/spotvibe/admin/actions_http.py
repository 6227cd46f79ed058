"""What administrators do, on the wire (contracts/spotvibe.md section 8.4)."""

from litestar import Controller, Response
from litestar.params import JSONBody
from msgspec import UNSET

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import base_of
from core.access.principal import Caller
from core.primitives.errors import message
from core.primitives.locale import Locale, Text
from core.primitives.page import Filter, Listing, ListQuery, Page
from plugins.spotvibe.admin.action_service import AdminActions, AdminEntry
from plugins.spotvibe.admin.bulk_service import BulkActions
from plugins.spotvibe.admin.descriptions import action_of, describe
from plugins.spotvibe.admin.quick_service import TOGGLE_MAINTENANCE, QuickActions
from plugins.spotvibe.admin.review_service import Reviewed, Reviews
from plugins.spotvibe.admin.wire import AdminAction, BulkBody, BulkDone, QuickBody, Soumetteur, VerificationSoumise
from plugins.spotvibe.arrays import respond_array
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.users.domain import Statut
from plugins.spotvibe.wire import ARRAY, Done

ACTIONS = Listing(default_ordering=())
REVIEWS = Listing(filters=(Filter("statut", choices=tuple(Statut)),), default_ordering=())

BULK_DONE = message(
    "spotvibe_bulk_done", fr="Action en masse exécutée avec succès.", en="The bulk action is carried out."
)
NOTHING_DONE = message("spotvibe_bulk_nothing", fr="Aucun objet n'a été traité.", en="Nothing was done to any object.")


def shown_action(entry: AdminEntry, locale: Locale) -> AdminAction:
    """An action as it is shown."""
    recorded = entry.recorded
    return AdminAction(
        entry.id, entry.username, action_of(recorded), describe(recorded, locale), entry.at, entry.reason
    )


def shown_review(reviewed: Reviewed, base: str) -> VerificationSoumise:
    """A submission as it is shown; its documents by absolute addresses."""
    found = reviewed.submission
    return VerificationSoumise(
        id=found.id,
        user=Soumetteur(found.user_id, found.username, found.first_name, found.last_name),
        statut=found.statut,
        date_soumission=found.date_soumission,
        document_identite=base + reviewed.document,
        document_selfie=None if reviewed.selfie is None else base + reviewed.selfie,
        commentaire_admin=found.commentaire_admin,
        traite_par=found.traite_par,
        date_traitement=found.date_traitement,
    )


def actions_controller(
    actions: AdminActions, bulk: BulkActions, quick: QuickActions, reviews: Reviews
) -> type[Controller]:
    """The controller of what administrators do."""

    class ActionsController(Controller):
        path = "/api/admin"
        tags = ["admin"]

        @operation(
            "GET",
            "/actions",
            name="list_admin_actions",
            rule=StaffOnly(),
            summary=Text(fr="Lister les actions administratives", en="List what administrators did"),
            facts=Facts(listing=ACTIONS, pagination=ARRAY),
        )
        async def listed(self, request: StrictRequest) -> Response[list[AdminAction]]:
            """List administrators' actions, newest first."""
            locale = request.caller.locale

            async def find(_: Caller, query: ListQuery) -> Page[AdminAction]:
                page = await actions.page(query)
                return Page(page.count, [shown_action(entry, locale) for entry in page.items])

            return await respond_array(request, find, ACTIONS)

        @operation(
            "GET",
            "/verifications",
            name="list_admin_verifications",
            rule=StaffOnly(),
            summary=Text(fr="Lister les vérifications d'identité", en="List identity verifications"),
            facts=Facts(listing=REVIEWS, pagination=ARRAY, errors=(400,)),
        )
        async def verifications(self, request: StrictRequest) -> Response[list[VerificationSoumise]]:
            """List submissions with their documents, newest first."""
            base = base_of(request)

            async def find(_: Caller, query: ListQuery) -> Page[VerificationSoumise]:
                asked = dict(query.filters).get("statut")
                page = await reviews.page(query, tuple(Statut) if asked is None else (asked,))
                return Page(page.count, [shown_review(each, base) for each in page.items])

            return await respond_array(request, find, REVIEWS)

        @operation(
            "POST",
            "/bulk-action",
            name="run_bulk_action",
            rule=StaffOnly(),
            status=200,
            summary=Text(
                fr=f"Agir sur plusieurs objets : {', '.join(bulk.names)}",
                en=f"Act on several objects: {', '.join(bulk.names)}",
            ),
            facts=Facts(
                errors=(400, 415),
                request_example={
                    "action_type": "approve_events",
                    "object_ids": [1, 2, 3],
                    "reason": "Conforme aux directives",
                },
            ),
        )
        async def bulk_action(self, request: StrictRequest, data: JSONBody[BulkBody]) -> BulkDone:
            """Do it to each object, and tell what came of each."""
            caller = request.caller
            outcomes = await bulk.run(caller, data.action_type, data.object_ids, data.reason)
            done = sum(outcome.success for outcome in outcomes)
            return BulkDone((BULK_DONE if done else NOTHING_DONE).say(caller.locale), done, outcomes)

        @operation(
            "POST",
            "/quick-action",
            name="run_quick_action",
            rule=StaffOnly(),
            status=200,
            summary=Text(
                fr=f"Exécuter une action rapide : {TOGGLE_MAINTENANCE}",
                en=f"Run a quick action: {TOGGLE_MAINTENANCE}",
            ),
            facts=Facts(
                errors=(400, 415),
                request_example={
                    "action_name": TOGGLE_MAINTENANCE,
                    "value": True,
                    "message": "Maintenance système prévue.",
                },
            ),
        )
        async def quick_action(self, request: StrictRequest, data: JSONBody[QuickBody]) -> Done:
            """Do it."""
            value = None if data.value is UNSET else data.value
            said = await quick.run(request.caller, data.action_name, value, data.message)
            return Done(said.say(request.caller.locale))

    return ActionsController
