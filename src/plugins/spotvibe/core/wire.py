"""The application as spotvibe shows it."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar.datastructures import UploadFile
from msgspec import UNSET, UnsetType

from adapters.http.scalars import MAX_INT32, Email, LongText, Name, OptionalText, Rejected, check_text
from core.primitives import messages
from plugins.spotvibe.core.domain import Statut, TypeContenu, TypeFichier, TypeValeur
from plugins.spotvibe.wire import Reference

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}\Z")


def check_key(value: str) -> str:
    """Accept the key of a setting: letters, digits, `_`, `-` and dots, a letter first."""
    if not _KEY.match(value):
        raise Rejected(messages.MALFORMED)
    return value


def check_chosen(value: Any) -> Any:
    """Accept an uploaded file."""
    if not isinstance(value, UploadFile):
        raise Rejected(messages.NOT_FILE)
    return value


Message = Annotated[str, msgspec.Meta(min_length=1, max_length=5_000, extra={"check": check_text})]
"""What somebody writes: a text that is not blank, with line breaks."""
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=100, extra={"check": check_key})]
Value = Annotated[str, msgspec.Meta(max_length=10_000)]
File = Annotated[Any, msgspec.Meta(extra={"check": check_chosen, "file": True})]
Order = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT32)]


class Info(msgspec.Struct):
    """What the application is."""

    app_name: str
    version: str
    description: str
    contact_email: str


class GlobalStats(msgspec.Struct):
    """The figures of the whole application. `total_revenue`, in the installation's currency, is null but to staff."""

    total_users: int
    total_events: int
    active_subscriptions: int
    total_revenue: int | float | None


class UtilisateurTrouve(msgspec.Struct):
    """A user that a search found. `email` is null but to himself and to staff (DECISIONS.md section 2, "Privacy")."""

    id: int
    username: str
    email: str | None
    first_name: str
    last_name: str
    photo_profil: str | None
    est_verifie: bool


class Found(msgspec.Struct):
    """What a search found; what was not searched is empty."""

    users: list[UtilisateurTrouve]
    events: list[Any]


class UploadBody(msgspec.Struct):
    """A file, and what it is uploaded as."""

    file: File
    type: TypeFichier


class Uploaded(msgspec.Struct):
    """A file that was kept. `file_url` is a path below the product's mount."""

    message: str
    file_url: str


class ReportBody(msgspec.Struct):
    """Content that somebody reports."""

    content_type: TypeContenu
    object_id: Reference
    reason: Name
    description: LongText = ""


class Signalement(msgspec.Struct):
    """A report as staff see it; `user` is who made it."""

    id: int
    user: int
    content_type: str
    object_id: int
    reason: str
    description: str
    statut: str
    created_at: datetime


class StatutBody(msgspec.Struct):
    """How far staff are."""

    statut: Statut


class Healthy(msgspec.Struct):
    """The application works. `redis` and `queue`: connected, unreachable, or (redis) not_configured."""

    status: str
    database: str
    redis: str
    queue: str


class Unhealthy(msgspec.Struct):
    """The application does not work, and why."""

    error: str
    code: str
    status: str
    database: str
    redis: str
    queue: str


class MaintenanceState(msgspec.Struct):
    """Whether the application is closed for maintenance, and what is announced, or what is usual."""

    in_maintenance: bool
    message: str


class FeedbackBody(msgspec.Struct):
    """What somebody thinks. `email` may be left out by who is signed in."""

    subject: Name
    message: Message
    email: Email | None = None


class Feedback(msgspec.Struct):
    """What somebody thinks, as staff see it; `user` is null for who was not signed in."""

    id: int
    user: int | None
    subject: str
    message: str
    email: str
    created_at: datetime


class ContactBody(msgspec.Struct):
    """A message to the people behind the application."""

    nom: Name
    email: Email
    sujet: Name
    message: Message


class Contacted(msgspec.Struct):
    """A message that was received."""

    message: str
    id: int
    statut: str


class Contact(msgspec.Struct):
    """A message as staff see it."""

    id: int
    nom: str
    email: str
    sujet: str
    message: str
    statut: str
    created_at: datetime


class Faq(msgspec.Struct):
    """A question that is asked often. The list is in the order of `ordre`."""

    id: int
    question: str
    reponse: str
    categorie: str
    ordre: int


class FaqBody(msgspec.Struct):
    """A question as staff write it."""

    question: Message
    reponse: Message
    categorie: Name
    ordre: Order = 0


class Parametre(msgspec.Struct):
    """A setting. `valeur` is a text that stands for a value of `type_valeur`."""

    cle: str
    valeur: str
    type_valeur: str
    description: str
    public: bool


class ParametreBody(msgspec.Struct):
    """A setting as staff write it; it is public only where that is said."""

    cle: Key
    valeur: Value
    type_valeur: TypeValeur
    description: OptionalText = ""
    public: bool = False


class ParametreChange(msgspec.Struct):
    """What of a setting changes; what is absent stays."""

    valeur: Value | UnsetType = UNSET
    type_valeur: TypeValeur | UnsetType = UNSET
    description: OptionalText | UnsetType = UNSET
    public: bool | UnsetType = UNSET
