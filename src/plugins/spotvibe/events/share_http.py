"""Sharing on the wire (contracts/spotvibe.md section 4.4)."""

from typing import Any

import msgspec
from litestar import Controller
from litestar.params import JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from core.access.rules import SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.events.domain import Plateforme
from plugins.spotvibe.events.share_service import Shares
from plugins.spotvibe.events.wire import PartageBody
from plugins.spotvibe.wire import Done

SHARED = message("spotvibe_event_shared", fr="Partage enregistré avec succès.", en="The share is recorded.")


def _encode(request: StrictRequest, made: Any) -> tuple[bytes, dict[str, str]]:  # noqa: ARG001 - the answer names no id
    return msgspec.json.encode(Done(SHARED.say(request.caller.locale))), {}


def share_controller(shares: Shares) -> type[Controller]:
    """The controller of shares."""

    class ShareController(Controller):
        path = "/api/events/share"
        tags = ["events"]

        @operation(
            "POST",
            "/",
            name="share_event",
            rule=SignedIn(),
            creates=_encode,
            summary=Text(fr="Enregistrer un partage", en="Record a share"),
            facts=Facts(
                errors=(400, 409, 415),
                request_example={
                    "event_id": 1,
                    "platform": "FACEBOOK",
                    "shared_link": "https://example.com/event/1",
                },
            ),
        )
        async def share(self, request: StrictRequest, data: JSONBody[PartageBody]) -> Done:
            """Record that an event was shared."""
            await shares.share(request.caller, data.event_id, Plateforme(data.platform), data.shared_link or "")
            return Done(SHARED.say(request.caller.locale))

    return ShareController
