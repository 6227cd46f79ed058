"""Applications on the wire, as JSON or as a form with the icon."""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller
from msgspec import UNSET

from adapters.http.public_files import public_files_controller
from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.scalars import LongText, Name, Rejected
from core.files.public import PublicFiles
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.driven.applications.service import FOLDER, LISTING, Applications
from plugins.driven.icons_http import Icon
from plugins.driven.pagination import EnvelopePages
from plugins.driven.said import said_of
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN

NOT_COLOR = message(
    "driven_not_color", fr="Une couleur au format #RRVVBB est attendue.", en="A colour in the form #RRGGBB is expected."
)
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}\Z")


def check_color(value: str) -> str | None:
    """Accept a colour "#RRGGBB"; an empty text, which forms send for what is left open, is none."""
    text = value.strip()
    if text and not _COLOR.match(text):
        raise Rejected(NOT_COLOR)
    return text or None


Color = Annotated[
    str, msgspec.Meta(max_length=32, extra={"check": check_color}, extra_json_schema={"examples": ["#FF0000"]})
]
"""A colour "#RRGGBB"."""


class Application(msgspec.Struct):
    """An application. `app_icon` is the path of its icon below the product's mount."""

    app_id: int
    nom: str
    description: str
    app_color: str | None
    app_icon: str | None
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class ApplicationBody(msgspec.Struct):
    """An application as a client writes it; the icon comes with a form."""

    nom: Name
    description: LongText = ""
    app_color: Color | None = None
    app_icon: Icon = UNSET


def applications_controllers(service: Applications[Application], files: PublicFiles) -> list[type[Controller]]:
    """The controllers of `/api/applications` and of the icons."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/applications",
        singular="application",
        plural="applications",
        one=Text(fr="une application", en="an application"),
        many=Text(fr="les applications", en="applications"),
        service=service,
        out=Application,
        body=ApplicationBody,
        listing=LISTING,
        pagination=EnvelopePages(whole=True),
        rules=SIGNED_IN,
        actions=ACTIONS,
        form=True,
        said=said_of(fr=("Application", "Applications"), en=("Application", "Applications"), feminine=True),
        example={
            "nom": "Mon Application",
            "description": "Description de l'application",
            "app_color": "#FF0000",
        },
    )
    icons = public_files_controller(
        files,
        FOLDER,
        name="get_application_icon",
        tag="applications",
        summary=Text(fr="Afficher l'icône d'une application", en="Show an application's icon"),
    )
    return [resource_controller(spec), icons]
