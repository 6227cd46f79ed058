"""Categories on the wire (contracts/spotvibe.md section 4.1)."""

from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from core.access.rules import Anyone
from core.primitives.locale import Text
from core.resources import Resource
from plugins.spotvibe.events.category_service import LISTING
from plugins.spotvibe.events.wire import Categorie, CategorieBody
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.wire import ARRAY, DIALECT


def category_controller(categories: Resource[Categorie]) -> type[Controller]:
    """The controller of categories."""
    return resource_controller(
        ResourceSpec(
            dialect=DIALECT,
            path="/api/events/categories",
            singular="event_category",
            plural="event_categories",
            one=Text(fr="une catégorie d'événements", en="a category of events"),
            many=Text(fr="les catégories d'événements", en="the categories of events"),
            service=categories,
            out=Categorie,
            body=CategorieBody,
            listing=LISTING,
            pagination=ARRAY,
            rules={"list": Anyone(), **dict.fromkeys(("create", "update", "delete"), StaffOnly())},
            actions=("list", "create", "update", "delete"),
            example={"nom": "Concert", "description": "Événements musicaux en direct.", "icone": "fas fa-music"},
        )
    )
