"""What holds of notifications, whoever asks: channels, how often, and what a template says (contracts/spotvibe.md
section 7; DECISIONS.md section 2, "Notifications")."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.access.principal import Caller
from core.primitives.errors import message, unauthenticated
from core.primitives.locale import Locale, Text


class Canal(StrEnum):
    """A way to reach somebody."""

    EMAIL = "EMAIL"
    SMS = "SMS"
    PUSH = "PUSH"
    IN_APP = "IN_APP"


class Frequence(StrEnum):
    """How often somebody wants to hear of a type: at once, in one message a day or a week, or never."""

    IMMEDIATE = "IMMEDIATE"
    QUOTIDIEN = "QUOTIDIEN"
    HEBDOMADAIRE = "HEBDOMADAIRE"
    JAMAIS = "JAMAIS"


class Plateforme(StrEnum):
    """What a push token's device is."""

    ANDROID = "ANDROID"
    IOS = "IOS"
    WEB = "WEB"


class StatutEnvoi(StrEnum):
    """How a bulk sending stands."""

    EN_ATTENTE = "EN_ATTENTE"
    EN_COURS = "EN_COURS"
    TERMINE = "TERMINE"


NOTIFICATION_NOT_FOUND = message(
    "spotvibe_notification_not_found", fr="Notification non trouvée.", en="Notification not found."
)
TEMPLATE_NOT_FOUND = message("spotvibe_template_not_found", fr="Modèle non trouvé.", en="Template not found.")
PUSH_TOKEN_NOT_FOUND = message("spotvibe_push_token_not_found", fr="Token push non trouvé.", en="Push token not found.")
ENVOI_NOT_FOUND = message("spotvibe_bulk_send_not_found", fr="Envoi non trouvé.", en="Bulk sending not found.")
MALFORMED_PLACE = message(
    "spotvibe_malformed_place",
    fr="Chaque accolade doit entourer un nom simple.",
    en="Every brace must enclose a plain name.",
)
UNKNOWN_PLACES = message(
    "spotvibe_unknown_places",
    fr="Ce type de notification ne fournit pas : {places}.",
    en="This type of notification does not provide: {places}.",
)
KEPT_TYPE = message(
    "spotvibe_kept_type",
    fr="SpotVibe envoie ce type de notification : videz canaux_actifs pour ne plus l'envoyer.",
    en="SpotVibe sends this type of notification: empty canaux_actifs to send it no more.",
)
UNKNOWN_USERS = message("spotvibe_unknown_users", fr="Utilisateurs inconnus : {users}.", en="Unknown users: {users}.")
TOKEN_KNOWN = message(
    "spotvibe_push_token_known", fr="Ce token est déjà enregistré.", en="This token is already registered."
)
UNFILLED_PLACES = message(
    "spotvibe_unfilled_places",
    fr="Il manque la valeur de : {places}.",
    en="A value is missing for: {places}.",
)


class Modele(msgspec.Struct, frozen=True):
    """What is sent for a type: through which channels, and the text in both languages."""

    type_notification: str
    canaux_actifs: tuple[Canal, ...]
    sujet_fr: str
    corps_fr: str
    sujet_en: str
    corps_en: str

    @property
    def places(self) -> frozenset[str]:
        """The names that the texts need values for. Raises `ValueError` for a malformed text."""
        texts = (self.sujet_fr, self.corps_fr, self.sujet_en, self.corps_en)
        return frozenset().union(*(places_of(text) for text in texts))

    def say(self, locale: Locale, values: Mapping[str, str]) -> tuple[str, str]:
        """Return title and text. Raises `KeyError` where a place has no value."""
        sujet, corps = (self.sujet_en, self.corps_en) if locale is Locale.EN else (self.sujet_fr, self.corps_fr)
        return " ".join(sujet.format_map(values).split()), corps.format_map(values).strip()


def places_of(text: str) -> frozenset[str]:
    """The `{named}` places of a text. Raises `ValueError` where a brace encloses anything but a plain name: a place
    such as `{a.__class__}` would read attributes of values."""
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(f"the place {{{name}}} is no plain name")
        names.add(name)
    return frozenset(names)


Value = str | int | Text | datetime
"""What may stand in a place: a text, a text in both languages, a number, a moment."""


def said(value: Value, locale: Locale, zone: ZoneInfo) -> str:
    """Write a value in a language; moments in the installation's time zone."""
    if isinstance(value, Text):
        return value.in_(locale)
    if isinstance(value, datetime):
        local = value.astimezone(zone) if value.tzinfo else value
        return f"{local:%d/%m/%Y à %H:%M}" if locale is Locale.FR else f"{local:%d %B %Y, %H:%M}"
    return str(value)


class Annonce(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people are to be told. `values` fill the template's places (each a
    `Value`), `lien` leads to what it is about,
    `donnees` go along for applications; of announcements with one `cle`, everybody gets the first alone."""

    type_notification: str
    values: Mapping[str, Any] = {}
    lien: str | None = None
    donnees: Mapping[str, Any] = {}
    cle: str = ""


class Destinataire(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is told: his account, where he can be reached, and what he prefers for one type."""

    number: int
    account: UUID
    email: str
    phone: str | None
    language: str
    username: str
    prenom: str
    wants_email: bool
    wants_push: bool
    preferences: Mapping[str, tuple[bool, str]] = {}
    appareils: tuple[str, ...] = ()

    @property
    def locale(self) -> Locale:
        """The language of his account; French where it is none of ours."""
        return Locale.EN if self.language == Locale.EN.value else Locale.FR

    def frequence(self, canal: Canal) -> Frequence:
        """How often he wants to hear of it this way: at once where he has said nothing, never where the channel is
        switched off in his profile or cannot reach him."""
        switched_off = (canal is Canal.EMAIL and not self.wants_email) or (canal is Canal.PUSH and not self.wants_push)
        beyond_reach = (canal is Canal.SMS and not self.phone) or (canal is Canal.PUSH and not self.appareils)
        if switched_off or beyond_reach:
            return Frequence.JAMAIS
        actif, frequence = self.preferences.get(canal, (True, Frequence.IMMEDIATE))
        return Frequence(frequence) if actif else Frequence.JAMAIS


def number_of(caller: Caller) -> int:
    """The number of the account that calls. Raises `DomainError` of kind unauthenticated for nobody."""
    if caller.principal is None:
        raise unauthenticated()
    return caller.principal.number
