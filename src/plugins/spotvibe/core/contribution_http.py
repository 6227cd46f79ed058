"""What people send, on the wire: files, reports, feedback, messages (contracts/spotvibe.md sections 3.2 and 3.4)."""

from typing import Any

import msgspec
from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given
from core.access.rules import Anyone, SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.core.domain import Statut
from plugins.spotvibe.core.message_service import Messages
from plugins.spotvibe.core.upload_service import Uploads
from plugins.spotvibe.core.wire import ContactBody, Contacted, FeedbackBody, ReportBody, UploadBody, Uploaded
from plugins.spotvibe.wire import Done

MESSAGES = Rate("spotvibe-messages")

UPLOADED = message("spotvibe_uploaded", fr="Fichier téléchargé avec succès.", en="The file is uploaded.")
REPORTED = message("spotvibe_reported", fr="Contenu signalé avec succès.", en="The content is reported.")
THANKED = message(
    "spotvibe_feedback_received", fr="Votre feedback a été soumis avec succès.", en="Your feedback is submitted."
)
CONTACTED = message("spotvibe_contacted", fr="Votre message a été envoyé avec succès.", en="Your message is sent.")


def _encoded(shown: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(shown), {}


def _uploaded(request: StrictRequest, path: str) -> Uploaded:
    return Uploaded(UPLOADED.say(request.caller.locale), path)


def _reported(request: StrictRequest) -> Done:
    return Done(REPORTED.say(request.caller.locale))


def _thanked(request: StrictRequest) -> Done:
    return Done(THANKED.say(request.caller.locale))


def _contacted(request: StrictRequest, key: int) -> Contacted:
    return Contacted(CONTACTED.say(request.caller.locale), key, Statut.NOUVEAU.value)


def contribution_controller(uploads: Uploads, messages: Messages) -> type[Controller]:
    """The controller of what people send."""

    class ContributionController(Controller):
        path = "/api/core"
        tags = ["core"]

        @operation(
            "POST",
            "/upload",
            name="upload_file",
            rule=SignedIn(),
            status=200,
            form=True,
            creates=lambda request, path: _encoded(_uploaded(request, path)),
            summary=Text(fr="Téléverser un fichier public", en="Upload a public file"),
            facts=Facts(errors=(400, 409, 415)),
        )
        async def upload(self, request: StrictRequest, data: JSONBody[UploadBody]) -> Uploaded:
            """Keep an image or a PDF under a random name."""
            return _uploaded(request, await uploads.take(request.caller, data.file, data.type))

        @operation(
            "POST",
            "/report",
            name="report_content",
            rule=SignedIn(),
            rate=MESSAGES,
            creates=lambda request, _: _encoded(_reported(request)),
            summary=Text(fr="Signaler un contenu", en="Report content"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "content_type": "event",
                    "object_id": 123,
                    "reason": "Contenu offensant",
                    "description": "Description détaillée du problème.",
                },
            ),
        )
        async def report(self, request: StrictRequest, data: JSONBody[ReportBody]) -> Done:
            """Report an event or a user to staff."""
            await messages.report(request.caller, given(data))
            return _reported(request)

        @operation(
            "POST",
            "/feedback",
            name="send_feedback",
            rule=Anyone(),
            rate=MESSAGES,
            creates=lambda request, _: _encoded(_thanked(request)),
            summary=Text(fr="Envoyer un commentaire ou une suggestion", en="Send feedback"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "subject": "Suggestion de fonctionnalité",
                    "message": "J'aimerais voir une option pour...",
                    "email": "mon_email@example.com",
                },
            ),
        )
        async def feedback(self, request: StrictRequest, data: JSONBody[FeedbackBody]) -> Done:
            """Take feedback; `email` may be left out by who is signed in."""
            await messages.feedback(request.caller, given(data))
            return _thanked(request)

        @operation(
            "POST",
            "/contact",
            name="send_contact_message",
            rule=Anyone(),
            rate=MESSAGES,
            creates=lambda request, key: _encoded(_contacted(request, key)),
            summary=Text(fr="Écrire à l'équipe", en="Write to the people behind the application"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "nom": "Utilisateur Test",
                    "email": "test@example.com",
                    "sujet": "Problème de connexion",
                    "message": "Je ne reçois pas le code de connexion.",
                },
            ),
        )
        async def contact(self, request: StrictRequest, data: JSONBody[ContactBody]) -> Contacted:
            """Take a message."""
            return _contacted(request, await messages.contact(request.caller, given(data)))

    return ContributionController
