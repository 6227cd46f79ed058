"""The blacklist on the wire."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, named, resource_controller
from adapters.http.resource_paths import lookup_operation, text_of
from adapters.http.samples import encoded
from adapters.http.scalars import OptionalText, Rejected
from core.primitives import messages
from core.primitives.locale import Text
from plugins.driven.blacklist.service import LISTING, Blacklist, digits_of
from plugins.driven.envelope import Envelope, enveloped
from plugins.driven.pagination import EnvelopePages
from plugins.driven.said import said_of
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN

_SPACES = re.compile(r"[\s\u00a0\u202f]+")


def check_numero(value: str) -> str:
    """Accept a phone number as people write it: digits with spaces, dots and dashes, a plus in front; other kinds of
    white space become spaces."""
    text = _SPACES.sub(" ", value).strip()
    if not 3 <= len(digits_of(text)) <= 20:
        raise Rejected(messages.NOT_PHONE)
    return text


Numero = Annotated[str, msgspec.Meta(max_length=50, extra={"check": check_numero})]
"""A phone number as people write it."""


class Entry(msgspec.Struct):
    """A blacklisted number."""

    id: int
    numero: str
    nom: str | None
    structure: str | None
    date_ajout: datetime
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class EntryBody(msgspec.Struct):
    """A blacklisted number as a client writes it."""

    numero: Numero
    nom: OptionalText | None = None
    structure: OptionalText | None = None


class Checked(msgspec.Struct):
    """Whether a number is blacklisted."""

    is_blacklisted: bool


def blacklist_controller(service: Blacklist[Entry]) -> type[Controller]:
    """The controller of `/api/blacklist`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/blacklist",
        singular="blacklist_entry",
        plural="blacklist_entries",
        one=Text(fr="une entrée de la liste noire", en="a blacklist entry"),
        many=Text(fr="les entrées de la liste noire", en="blacklist entries"),
        service=service,
        out=Entry,
        body=EntryBody,
        listing=LISTING,
        pagination=EnvelopePages(whole=True),
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=said_of(
            fr=("Entrée de la liste noire", "Entrées de la liste noire"),
            en=("Blacklist entry", "Blacklist entries"),
            feminine=True,
        ),
        example={"numero": "123456789", "nom": "Nom du contact", "structure": "Structure du contact"},
    )
    by_numero = lookup_operation(
        spec,
        "/number/{key:str}",
        name="get_blacklist_entry_by_number",
        summary=Text(fr="Lire une entrée de la liste noire par son numéro", en="Read a blacklist entry by its number"),
        field="numero",
    )
    return resource_controller(spec, by_numero, _check(service))


def _check(service: Blacklist[Entry]) -> Any:
    said = Text(fr="Vérification du numéro terminée", en="Number check completed")
    name = "check_blacklist_number"

    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        return enveloped(said, Checked(await service.is_listed(request.caller, text_of(key))))

    return operation(
        "GET",
        "/check/{key:str}",
        name=name,
        rule=SIGNED_IN["get"],
        summary=Text(fr="Vérifier si un numéro est dans la liste noire", en="Check whether a number is blacklisted"),
        facts=Facts(
            errors=(404,),
            key="numero",
            text_key=True,
            response_example=encoded(enveloped(said, Checked(is_blacklisted=True))),
        ),
    )(named(handler, name, key=FromPath[str], **{"return": Envelope[Checked]}))
