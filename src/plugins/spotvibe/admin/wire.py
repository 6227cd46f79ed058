"""Administration as spotvibe shows it. Figures and readings are their own wire structs (`figure_service`,
`system_service`)."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import check_free_text
from plugins.spotvibe.admin.bulk_service import Outcome
from plugins.spotvibe.admin.domain import MAX_OBJECTS
from plugins.spotvibe.wire import Reference

ActionName = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
ShortText = Annotated[str, msgspec.Meta(max_length=1_000, extra={"check": check_free_text})]


class AdminAction(msgspec.Struct):
    """What an administrator did, and the reason that was given, "" where none was."""

    id: int
    admin_user: str
    action: str
    description: str
    date_action: datetime
    reason: str


class BulkBody(msgspec.Struct):
    """What to do, and to which things."""

    action_type: ActionName
    object_ids: Annotated[list[Reference], msgspec.Meta(min_length=1, max_length=MAX_OBJECTS)]
    reason: ShortText = ""


class BulkDone(msgspec.Struct):
    """What was done: how many things, and what came of each."""

    message: str
    processed_count: int
    results: list[Outcome]


class QuickBody(msgspec.Struct):
    """What to do. Without a `value`, toggling does the other of what is."""

    action_name: ActionName
    value: bool | UnsetType = UNSET
    message: ShortText = ""


class Soumetteur(msgspec.Struct):
    """Who submitted documents."""

    id: int
    username: str
    first_name: str
    last_name: str


class VerificationSoumise(msgspec.Struct):
    """Documents that were submitted. The addresses show them until they expire."""

    id: int
    user: Soumetteur
    statut: str
    date_soumission: datetime
    document_identite: str
    document_selfie: str | None
    commentaire_admin: str
    traite_par: str | None
    date_traitement: datetime | None
