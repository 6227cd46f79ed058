"""Objectives on the wire."""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

import msgspec
from litestar import Controller

from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import ById, ByText, listing_operation
from adapters.http.scalars import LongText, Name, Rejected, check_amount
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.primitives.locale import Text
from plugins.driven.objectifs.domain import Period, Reversed, Unreadable, read_period
from plugins.driven.objectifs.service import LISTING, PERIOD_EXPECTED, PERIOD_REVERSED
from plugins.driven.said import said_of
from plugins.driven.scalars import Moment, Reference
from plugins.driven.tracking import TrackedResource
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN

MILLIONTH = Decimal("0.000001")


def check_periode(value: str) -> str:
    """Accept a period, trimmed."""
    try:
        read_period(value.strip())
    except Unreadable:
        raise Rejected(PERIOD_EXPECTED) from None
    except Reversed:
        raise Rejected(PERIOD_REVERSED) from None
    return value.strip()


def check_progression(value: Decimal) -> Decimal:
    """Accept 0 to 1, rounded to six places, half up."""
    if not value.is_finite():
        raise Rejected(messages.NOT_NUMBER)
    if value < 0:
        raise Rejected(messages.TOO_SMALL, minimum=0)
    if value > 1:
        raise Rejected(messages.TOO_LARGE, maximum=1)
    return value.quantize(MILLIONTH, rounding=ROUND_HALF_UP)


Periode = Annotated[
    str,
    msgspec.Meta(
        max_length=40, extra={"check": check_periode}, extra_json_schema={"examples": ["2024.01", "2024.01-2024.03"]}
    ),
]
Progression = Annotated[
    Decimal,
    msgspec.Meta(
        extra={"check": check_progression},
        extra_json_schema={"type": "number", "minimum": 0, "maximum": 1, "examples": [0.75]},
    ),
]
Valeur = Annotated[
    Decimal, msgspec.Meta(extra={"check": check_amount}, extra_json_schema={"type": "number", "examples": [100000]})
]


class Objectif(msgspec.Struct):
    """An objective. `progression` is 0 to 1."""

    id: int
    titre: str
    id_utilisateur: int
    type: str
    description: str | None
    periode: str
    date_debut: datetime | None
    date_fin: datetime | None
    statut: str
    progression: float
    valeur: float | None
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class ObjectifBody(msgspec.Struct):
    """An objective as a client writes it."""

    titre: Name
    id_utilisateur: Reference
    type: Name
    periode: Periode
    description: LongText | None = None
    date_debut: Moment | None = None
    date_fin: Moment | None = None
    statut: Name = "En cours"
    progression: Progression = Decimal(0)
    valeur: Valeur | None = None


class ByPeriode:
    """Narrows by the period of the path."""

    key = "periode"
    text = True

    def __call__(self, request: StrictRequest, key: str) -> tuple[tuple[str, Period], ...]:  # noqa: ARG002
        """Return the filter. Raises `DomainError` of kind invalid for what is no period."""
        try:
            return ((self.key, read_period(key)),)
        except Unreadable:
            raise invalid_field(self.key, PERIOD_EXPECTED) from None
        except Reversed:
            raise invalid_field(self.key, PERIOD_REVERSED) from None


def objectifs_controllers(service: TrackedResource[Objectif]) -> list[type[Controller]]:
    """The controllers of `/api/objectifs` and `/api/utilisateurs/{id}/objectifs`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/objectifs",
        singular="objectif",
        plural="objectifs",
        one=Text(fr="un objectif", en="an objective"),
        many=Text(fr="les objectifs", en="objectives"),
        service=service,
        out=Objectif,
        body=ObjectifBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(fr=("Objectif", "Objectifs"), en=("Objective", "Objectives")),
        example={
            "titre": "Objectif CA Q1",
            "id_utilisateur": 1,
            "type": "chiffre_affaires",
            "description": "Atteindre 100K€ de CA",
            "periode": "2024.01-2024.03",
            "date_debut": "2024-01-01T00:00:00",
            "date_fin": "2024-03-31T00:00:00",
            "statut": "En cours",
            "progression": 0.0,
            "valeur": 100000,
        },
    )
    by_type = listing_operation(
        spec,
        "/type/{key:str}",
        name="get_objectifs_by_type",
        summary=Text(fr="Lister les objectifs d'un type", en="List the objectives of a type"),
        said=Text(fr="Objectifs par type récupérés avec succès", en="Objectives by type retrieved successfully"),
        narrow=ByText("type"),
    )
    by_periode = listing_operation(
        spec,
        "/periode/{key:str}",
        name="get_objectifs_by_periode",
        summary=Text(fr="Lister les objectifs d'une période", en="List the objectives of a period"),
        said=Text(fr="Objectifs par période récupérés avec succès", en="Objectives by period retrieved successfully"),
        narrow=ByPeriode(),
    )
    of_utilisateur = listing_operation(
        spec,
        "/{key:str}/objectifs",
        name="get_utilisateur_objectifs",
        summary=Text(fr="Lister les objectifs d'un utilisateur", en="List a user's objectives"),
        said=Text(fr="Objectifs de l'utilisateur récupérés avec succès", en="User objectives retrieved successfully"),
        narrow=ById(spec, "id_utilisateur"),
    )
    below_utilisateurs = msgspec.structs.replace(spec, path="/api/utilisateurs", actions=())
    return [resource_controller(spec, by_type, by_periode), resource_controller(below_utilisateurs, of_utilisateur)]
