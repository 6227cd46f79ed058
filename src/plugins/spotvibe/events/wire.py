"""Events as spotvibe shows them."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from litestar.datastructures import UploadFile
from msgspec import UNSET, UnsetType

from adapters.http.scalars import (
    Amount,
    Name,
    OptionalText,
    PositiveQuantity,
    Rejected,
    Url,
    check_free_text,
    check_text,
)
from core.primitives import messages
from plugins.spotvibe.events.domain import COVER_FOLDER
from plugins.spotvibe.wire import Reference

_COVER = re.compile(rf"/?{COVER_FOLDER}/[0-9a-f]{{32}}\.[a-z]{{3,4}}\Z")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\Z")

StatutValue = Literal["BROUILLON", "EN_ATTENTE", "VALIDE", "REJETE", "ANNULE", "TERMINE"]
AccessValue = Literal["GRATUIT", "PAYANT", "INVITATION"]
PlatformValue = Literal["FACEBOOK", "TWITTER", "WHATSAPP", "INSTAGRAM", "TELEGRAM", "EMAIL", "LIEN", "AUTRE"]


def check_moment(value: datetime) -> datetime:
    """Refuse years that no event lies in: 1900 to 9998 can be reckoned with in every time zone."""
    if not 1900 <= value.year <= 9998:
        raise Rejected(messages.NOT_INSTANT)
    return value


def check_new_cover(value: Any) -> Any:
    """Accept an uploaded file, and an empty text of a form in which none was chosen."""
    if isinstance(value, UploadFile) or value == "":
        return value
    raise Rejected(messages.NOT_FILE)


def check_cover(value: Any) -> Any:
    """Accept an uploaded file, or the path of the present cover, sent back; an empty text stands for it in a form."""
    if isinstance(value, UploadFile) or value == "":
        return value
    if not isinstance(value, str) or not _COVER.match(value):
        raise Rejected(messages.NOT_FILE)
    return value


def check_colour(value: str) -> str:
    """Accept "#RRGGBB", or nothing."""
    text = check_free_text(value)
    if text and not _COLOUR.match(text):
        raise Rejected(messages.MALFORMED)
    return text


def _within(bound: float) -> Callable[[float], float]:
    def check(value: float) -> float:
        # not a number is within no bounds
        if not value >= -bound:
            raise Rejected(messages.TOO_SMALL, minimum=-bound)
        if value > bound:
            raise Rejected(messages.TOO_LARGE, maximum=bound)
        return value

    return check


Description = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000, extra={"check": check_text})]
Short = Annotated[str, msgspec.Meta(max_length=255, extra={"check": check_free_text})]
Moment = Annotated[
    datetime,
    msgspec.Meta(extra={"check": check_moment}, extra_json_schema={"format": "date-time"}),
]
"""A moment; without a zone it is the installation's."""
Latitude = Annotated[float, msgspec.Meta(extra={"check": _within(90.0)})]
Longitude = Annotated[float, msgspec.Meta(extra={"check": _within(180.0)})]
NewCover = Annotated[Any, msgspec.Meta(extra={"check": check_new_cover, "file": True})]
Cover = Annotated[Any, msgspec.Meta(extra={"check": check_cover, "file": True})]
"""A cover: a file in a form; null takes the present one away."""
Colour = Annotated[str, msgspec.Meta(max_length=7, extra={"check": check_colour})]


class Categorie(msgspec.Struct):
    """A kind of event. `icone` is a name of an icon font, `couleur` is "#RRGGBB"."""

    id: int
    nom: str
    description: str
    icone: str
    couleur: str


class CategorieBody(msgspec.Struct):
    """A category as staff write it."""

    nom: Name
    description: OptionalText = ""
    icone: OptionalText = ""
    couleur: Colour = ""


class EvenementItem(msgspec.Struct):
    """An event of the list. `image_couverture` is a path below the product's mount."""

    id: int
    titre: str
    description_courte: str
    date_debut: datetime
    lieu: str
    image_couverture: str | None
    statut: StatutValue


class Createur(msgspec.Struct):
    """Who made an event."""

    id: int
    username: str


class CategorieNom(msgspec.Struct):
    """The kind of an event."""

    id: int
    nom: str


class EvenementDetail(msgspec.Struct):
    """An event. `capacite` null is without limit."""

    id: int
    titre: str
    description: str
    description_courte: str
    date_debut: datetime
    date_fin: datetime
    lieu: str
    adresse: str
    latitude: float | None
    longitude: float | None
    createur: Createur
    categorie: CategorieNom
    type_acces: AccessValue
    prix: Decimal
    image_couverture: str | None
    statut: StatutValue
    capacite: int | None
    places_prises: int
    nombre_vues: int
    nombre_partages: int


_make: Callable[..., EvenementDetail] = EvenementDetail


def detail_of(*columns: Any) -> EvenementDetail:
    """The detail of its columns, where organiser and category stand with their ids and names."""
    createur, categorie = Createur(*columns[10:12]), CategorieNom(*columns[12:14])
    return _make(*columns[:10], createur, categorie, *columns[14:])


class EvenementBody(msgspec.Struct):
    """An event as its organiser writes it."""

    titre: Name
    description: Description
    date_debut: Moment
    date_fin: Moment
    lieu: Name
    categorie: Reference
    type_acces: AccessValue
    adresse: OptionalText = ""
    prix: Amount | None = None
    description_courte: Short | None = None
    capacite: PositiveQuantity | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    image_couverture: NewCover = None


class EvenementChange(msgspec.Struct):
    """What may be changed of an event; what is absent stays."""

    titre: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    date_debut: Moment | UnsetType = UNSET
    date_fin: Moment | UnsetType = UNSET
    lieu: Name | UnsetType = UNSET
    categorie: Reference | UnsetType = UNSET
    type_acces: AccessValue | UnsetType = UNSET
    adresse: OptionalText | UnsetType = UNSET
    prix: Amount | None | UnsetType = UNSET
    description_courte: Short | None | UnsetType = UNSET
    capacite: PositiveQuantity | None | UnsetType = UNSET
    latitude: Latitude | None | UnsetType = UNSET
    longitude: Longitude | None | UnsetType = UNSET
    image_couverture: Cover = UNSET


class EvenementWritten(msgspec.Struct):
    """An event that was written."""

    message: str
    event: EvenementDetail


class PartageBody(msgspec.Struct):
    """What was shared, and where."""

    event_id: Reference
    platform: PlatformValue
    shared_link: Url | None = None


class EventStats(msgspec.Struct):
    """The figures of all events."""

    total_events: int
    active_events: int
    upcoming_events: int
    total_participants: int
