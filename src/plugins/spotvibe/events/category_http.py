"""Categories on the wire (contracts/spotvibe.md section 4.1)."""

from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of
from core.access.rules import Anyone
from core.primitives.locale import Text
from core.primitives.page import Listing
from plugins.spotvibe.arrays import respond_array
from plugins.spotvibe.events.category_service import Categories
from plugins.spotvibe.events.wire import Categorie, CategorieBody, CategorieChange
from plugins.spotvibe.rules import StaffOnly
from plugins.spotvibe.wire import ARRAY, DIALECT

LISTING = Listing(default_ordering=("id",))
EXAMPLE = {"nom": "Concert", "description": "Événements musicaux en direct.", "icone": "fas fa-music"}


def category_controller(categories: Categories) -> type[Controller]:
    """The controller of categories."""

    class CategoryController(Controller):
        path = "/api/events/categories"
        tags = ["events"]

        @operation(
            "GET",
            "/",
            name="list_event_categories",
            rule=Anyone(),
            summary=Text(fr="Lister les catégories d'événements", en="List the categories of events"),
            facts=Facts(listing=LISTING, pagination=ARRAY),
        )
        async def list_categories(self, request: StrictRequest) -> Response[list[Categorie]]:
            """List the categories."""
            return await respond_array(request, categories.page)

        @operation(
            "POST",
            "/",
            name="create_event_category",
            rule=StaffOnly(),
            creates=True,
            summary=Text(fr="Créer une catégorie d'événements", en="Create a category of events"),
            facts=Facts(errors=(400, 409, 415), request_example=EXAMPLE),
        )
        async def create(self, request: StrictRequest, data: JSONBody[CategorieBody]) -> Categorie:
            """Make a category."""
            made: Categorie = await categories.create(request.caller, given(data))
            return made

        @operation(
            "PUT",
            "/{key:str}",
            name="update_event_category",
            rule=StaffOnly(),
            summary=Text(fr="Modifier une catégorie d'événements", en="Change a category of events"),
            facts=Facts(errors=(400, 404, 415), request_example=EXAMPLE),
        )
        async def update(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[CategorieChange]
        ) -> Categorie:
            """Change the given fields of a category."""
            changed: Categorie = await categories.change(request.caller, key_of(DIALECT, key), given(data))
            return changed

        @operation(
            "DELETE",
            "/{key:str}",
            name="delete_event_category",
            rule=StaffOnly(),
            summary=Text(fr="Supprimer une catégorie d'événements", en="Delete a category of events"),
            facts=Facts(errors=(404, 409)),
        )
        async def delete(self, request: StrictRequest, key: FromPath[str]) -> None:
            """Delete a category that no event is of."""
            await categories.delete(request.caller, key_of(DIALECT, key))

    return CategoryController
