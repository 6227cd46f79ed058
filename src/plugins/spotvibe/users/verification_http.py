"""Identity verification on the wire (contracts/spotvibe.md section 2.3)."""

from typing import Any

import msgspec
from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.access.rules import SignedIn
from core.files.service import Upload
from core.primitives import messages
from core.primitives.errors import invalid_field, message
from core.primitives.locale import Text
from plugins.spotvibe.users.domain import Statut
from plugins.spotvibe.users.verification_service import Verifications
from plugins.spotvibe.users.wire import Documents, Submitted, VerificationStatus

SUBMITTED = message(
    "spotvibe_documents_submitted",
    fr="Documents soumis pour vérification. Statut: {statut}.",
    en="The documents are submitted for verification. Status: {statut}.",
)


def _submitted(request: StrictRequest, key: int) -> Submitted:
    statut = Statut.EN_ATTENTE
    return Submitted(SUBMITTED.say(request.caller.locale, {"statut": statut}), key, statut)


def _encode(request: StrictRequest, key: Any) -> tuple[bytes, dict[str, str]]:
    return msgspec.json.encode(_submitted(request, key)), {}


def verification_controller(verifications: Verifications) -> type[Controller]:
    """The controller of identity verification."""

    class VerificationController(Controller):
        path = "/api/users/verification"
        tags = ["users"]

        @operation(
            "POST",
            "/",
            name="submit_user_verification",
            rule=SignedIn(),
            form=True,
            creates=_encode,
            summary=Text(fr="Soumettre ses documents d'identité", en="Submit one's identity documents"),
            facts=Facts(errors=(400, 409, 415)),
        )
        async def submit(self, request: StrictRequest, data: JSONBody[Documents]) -> Submitted:
            """Submit documents for review by staff."""
            document, selfie = data.document_identite, data.document_selfie
            if not isinstance(document, Upload):
                raise invalid_field("document_identite", messages.NOT_FILE)
            kept = selfie if isinstance(selfie, Upload) else None
            return _submitted(request, await verifications.submit(request.caller, document, kept))

        @operation(
            "GET",
            "/status",
            name="get_user_verification_status",
            rule=SignedIn(),
            summary=Text(fr="Suivre la vérification de son identité", en="Follow one's identity verification"),
            facts=Facts(errors=(404,)),
        )
        async def status(self, request: StrictRequest) -> VerificationStatus:
            """Tell how the newest submission stands."""
            found: VerificationStatus = await verifications.status(request.caller)
            return found

    return VerificationController
