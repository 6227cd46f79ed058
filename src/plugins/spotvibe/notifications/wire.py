"""Notifications as spotvibe shows them (contracts/spotvibe.md section 7)."""

import json
import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.scalars import Name, OptionalText, Rejected, check_text
from core.primitives import messages
from plugins.spotvibe.notifications.domain import MALFORMED_PLACE, Canal, Frequence, Plateforme, places_of
from plugins.spotvibe.wire import Reference

MAX_USERS = 10_000
MAX_MARKED = 500
MAX_DATA = 8_192
"""Bytes of a bulk sending's data, as JSON."""
_TYPE = re.compile(r"[A-Z][A-Z0-9_]{0,63}\Z")
_TOKEN = re.compile(r"[!-~]{1,2048}\Z")


def check_type(value: str) -> str:
    """Accept a name such as "EVENT_REMINDER"."""
    if not _TYPE.match(value):
        raise Rejected(messages.MALFORMED)
    return value


def check_places(value: str) -> str:
    """Trim a template's text; refuse blanks, and braces that enclose no plain name."""
    text = check_text(value)
    try:
        places_of(text)
    except ValueError:
        raise Rejected(MALFORMED_PLACE) from None
    return text


def check_token(value: str) -> str:
    """Accept a push token: what a service's own library gives out, without white space."""
    if not _TOKEN.match(value):
        raise Rejected(messages.MALFORMED)
    return value


def check_data(value: dict[str, Any]) -> dict[str, Any]:
    """Accept data of plain values under plain names, not too many of them."""
    if len(json.dumps(value, default=str).encode()) > MAX_DATA:
        raise Rejected(messages.TOO_LONG, maximum=MAX_DATA)
    for name, member in value.items():
        if not name.isidentifier() or isinstance(member, dict | list):
            raise Rejected(messages.MALFORMED)
        if isinstance(member, int) and not isinstance(member, bool) and abs(member) >= 2**63:
            raise Rejected(messages.MALFORMED)
    return value


TypeName = Annotated[str, msgspec.Meta(extra={"check": check_type}, extra_json_schema={"pattern": _TYPE.pattern})]
Title = Annotated[str, msgspec.Meta(max_length=200, extra={"check": check_places})]
Body = Annotated[str, msgspec.Meta(max_length=5_000, extra={"check": check_places})]
Token = Annotated[str, msgspec.Meta(extra={"check": check_token})]
Data = Annotated[dict[str, Any], msgspec.Meta(extra={"check": check_data})]


class Notification(msgspec.Struct):
    """A notification of the list."""

    id: int
    titre: str
    message: str
    type_notification: str
    statut: str
    date_creation: datetime
    is_read: bool


class NotificationDetail(msgspec.Struct):
    """A notification. `lien_action` is a path of the application, or an address."""

    id: int
    titre: str
    message: str
    type_notification: str
    statut: str
    date_creation: datetime
    date_lecture: datetime | None
    lien_action: str | None
    donnees_supplementaires: dict[str, Any]


class Marked(msgspec.Struct):
    """Which notifications were read."""

    notification_ids: Annotated[list[Reference], msgspec.Meta(min_length=1, max_length=MAX_MARKED)]


class NotificationStats(msgspec.Struct):
    """How many notifications somebody has."""

    total_notifications: int
    read_notifications: int
    unread_notifications: int


class UnreadCount(msgspec.Struct):
    """How many notifications somebody has not read."""

    unread_count: int


class Preference(msgspec.Struct):
    """What somebody wants of one type by one channel."""

    type_notification: str
    canal: Canal
    actif: bool
    frequence: Frequence


class PreferenceBody(msgspec.Struct):
    """A preference that changes; what is absent stays."""

    type_notification: TypeName
    canal: Canal
    actif: bool | UnsetType = UNSET
    frequence: Frequence | UnsetType = UNSET


class PushToken(msgspec.Struct):
    """A device that notifications are pushed to."""

    id: int
    token: str
    plateforme: Plateforme
    nom_appareil: str


class PushTokenBody(msgspec.Struct):
    """A device that is registered."""

    token: Token
    plateforme: Plateforme
    nom_appareil: OptionalText = ""


class Registered(msgspec.Struct):
    """A device is registered."""

    message: str
    id: int


class Template(msgspec.Struct):
    """A template of the list."""

    id: int
    type_notification: str
    nom: str
    canaux_actifs: list[Canal]


class TemplateDetail(msgspec.Struct):
    """A template with its texts."""

    id: int
    type_notification: str
    nom: str
    canaux_actifs: list[Canal]
    sujet_fr: str
    corps_fr: str
    sujet_en: str
    corps_en: str


class TemplateBody(msgspec.Struct):
    """A new template (DECISIONS.md section 2)."""

    type_notification: TypeName
    nom: Name
    canaux_actifs: Annotated[list[Canal], msgspec.Meta(max_length=20)]
    sujet_fr: Title
    corps_fr: Body
    sujet_en: Title
    corps_en: Body


class TemplateChange(msgspec.Struct):
    """What changes of a template; what is absent stays."""

    type_notification: TypeName | UnsetType = UNSET
    nom: Name | UnsetType = UNSET
    canaux_actifs: Annotated[list[Canal], msgspec.Meta(max_length=20)] | UnsetType = UNSET
    sujet_fr: Title | UnsetType = UNSET
    corps_fr: Body | UnsetType = UNSET
    sujet_en: Title | UnsetType = UNSET
    corps_en: Body | UnsetType = UNSET


class BulkSend(msgspec.Struct):
    """What is sent to whom. `additional_data` fill the template's places; a `lien_action` in them is where the
    notification leads."""

    template_id: Reference
    target_users: Annotated[list[Reference], msgspec.Meta(min_length=1, max_length=MAX_USERS)]
    additional_data: Data = {}


class BulkBegun(msgspec.Struct):
    """A sending to many has begun."""

    message: str
    id: int


class BulkProgress(msgspec.Struct):
    """How a sending to many stands. `failed` are those whom nothing could be sent to: their account is closed, or they
    have switched every channel of the template off."""

    id: int
    template_id: int | None
    type_notification: str
    statut: str
    total: int
    sent: int
    failed: int
    date_creation: datetime
    date_fin: datetime | None
