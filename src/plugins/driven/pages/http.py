"""Pages on the wire, as JSON or as a form with the icon."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from adapters.http.operations import Facts, operation
from adapters.http.public_files import public_files_controller
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, named, resource_controller
from adapters.http.resource_paths import ById, listing_operation
from adapters.http.samples import encoded
from adapters.http.scalars import LongText, Name, Rejected, check_text
from core.access.principal import Caller
from core.files.public import PublicFiles
from core.primitives.errors import message
from core.primitives.locale import Text
from core.resources import ResourceId
from plugins.driven.envelope import Done
from plugins.driven.icons_http import Icon
from plugins.driven.pages.service import FOLDER, LISTING, Pages
from plugins.driven.pagination import EnvelopePages
from plugins.driven.said import said_of
from plugins.driven.scalars import IdSet, Reference
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN

LINK_RUNS = message(
    "driven_link_runs",
    fr="Un lien qui exécute un programme n'est pas accepté.",
    en="A link that runs a program is not accepted.",
)
# browsers pass over white space and control characters in a scheme
_RUNS = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20]+")


def check_lien(value: str) -> str:
    """Accept a path or an address; refuse one that a browser would run instead of opening."""
    text = check_text(value)
    if _RUNS.match(_INVISIBLE.sub("", text)):
        raise Rejected(LINK_RUNS)
    return text


Lien = Annotated[str, msgspec.Meta(min_length=1, max_length=2000, extra={"check": check_lien})]
"""A link to a page: a path or an address."""


class PortalPage(msgspec.Struct):
    """A page. `icon` is the path of its icon below the product's mount."""

    page_id: int
    nom: str
    description: str
    lien: str
    icon: str | None
    app_id: int | None
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime


class PortalPageBody(msgspec.Struct):
    """A page as a client writes it; the icon comes with a form."""

    nom: Name
    lien: Lien
    description: LongText = ""
    app_id: Reference | None = None
    icon: Icon = UNSET


class PageIds(msgspec.Struct):
    """Pages by their ids."""

    page_ids: IdSet


def pages_controllers(service: Pages[PortalPage], files: PublicFiles) -> list[type[Controller]]:
    """The controllers of `/api/pages` and of the icons."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/pages",
        singular="page",
        plural="pages",
        one=Text(fr="une page", en="a page"),
        many=Text(fr="les pages", en="pages"),
        service=service,
        out=PortalPage,
        body=PortalPageBody,
        listing=LISTING,
        pagination=EnvelopePages(whole=True),
        rules=SIGNED_IN,
        actions=ACTIONS,
        form=True,
        said=said_of(fr=("Page", "Pages"), en=("Page", "Pages"), feminine=True),
        example={"nom": "Ma Page", "description": "Description de la page", "lien": "/ma-page", "app_id": 1},
    )
    of_application = listing_operation(
        spec,
        "/application/{key:str}",
        name="get_pages_by_application",
        summary=Text(fr="Lister les pages d'une application", en="List the pages of an application"),
        said=Text(fr="Pages de l'application récupérées avec succès", en="Application pages retrieved successfully"),
        narrow=ById(spec, "app_id"),
    )
    add = _linking(
        "/application/{key:str}/add",
        "add_pages_to_application",
        Text(fr="Ajouter des pages à une application", en="Add pages to an application"),
        Text(fr="Pages ajoutées à l'application avec succès", en="Pages added to application successfully"),
        service.add,
    )
    remove = _linking(
        "/application/{key:str}/remove",
        "remove_pages_from_application",
        Text(fr="Retirer des pages d'une application", en="Remove pages from an application"),
        Text(fr="Pages retirées de l'application avec succès", en="Pages removed from application successfully"),
        service.remove,
    )
    icons = public_files_controller(
        files,
        FOLDER,
        name="get_page_icon",
        tag="pages",
        summary=Text(fr="Afficher l'icône d'une page", en="Show a page's icon"),
    )
    return [resource_controller(spec, of_application, add, remove), icons]


def _linking(
    path: str,
    name: str,
    summary: Text,
    said: Text,
    use_case: Callable[[Caller, ResourceId, Sequence[int]], Awaitable[None]],
) -> HTTPRouteHandler:
    async def handler(self: Any, request: StrictRequest, key: str, data: Any) -> Any:  # noqa: ARG001
        await use_case(request.caller, key_of(DIALECT, key), data.page_ids)
        return DIALECT.success.write(said, UNSET)

    return operation(
        "POST",
        path,
        name=name,
        rule=SIGNED_IN["update"],
        status=200,
        summary=summary,
        facts=Facts(
            errors=(400, 404, 415),
            key="app_id",
            request_example={"page_ids": [1, 2, 3]},
            response_example=encoded(DIALECT.success.write(said, UNSET)),
        ),
    )(named(handler, name, key=FromPath[str], data=JSONBody[PageIds], **{"return": Done}))
