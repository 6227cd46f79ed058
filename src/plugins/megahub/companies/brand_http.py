"""Brands on the wire (DECISIONS.md section 4, "Brands and users")."""

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, asked_version, etag_of, is_fresh, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of, partial
from core.primitives.locale import Text
from core.primitives.page import Versioned
from core.resources import ResourceId
from plugins.megahub.companies.below_http import listed_in_company
from plugins.megahub.companies.brand_service import Brands
from plugins.megahub.companies.domain import BRAND_LIST
from plugins.megahub.companies.wire import Brand, BrandBody
from plugins.megahub.rules import READS, WRITES
from plugins.megahub.wire import DIALECT

EXAMPLE = {"name": "Café Ganvié"}
BrandPatch = partial(BrandBody)


def _shown(brand: Versioned[Brand]) -> Response[Brand]:
    return Response(brand.value, headers={"etag": etag_of(brand)})


def _encode(request: StrictRequest, made: Versioned[Brand]) -> tuple[bytes, dict[str, str]]:  # noqa: ARG001
    return msgspec.json.encode(made.value), {"etag": etag_of(made)}


def brands_controller(brands: Brands[Brand]) -> type[Controller]:
    """The controller of `/companies/{id}/brands/`."""

    async def version(request: StrictRequest, company: ResourceId, brand: ResourceId) -> int | None:
        async def present() -> int:
            return (await brands.get(request.caller, company, brand)).version

        return await asked_version(request, present)

    class BrandsController(Controller):
        path = "/companies/{key:str}/brands"
        tags = ["brands"]

        list_brands = listed_in_company(
            brands,
            Brand,
            BRAND_LIST,
            name="list_brands",
            summary=Text(fr="Lister les marques d'une entreprise", en="List a company's brands"),
        )

        @operation(
            "POST",
            "/",
            name="create_brand",
            rule=WRITES,
            creates=_encode,
            summary=Text(fr="Créer une marque", en="Create a brand"),
            facts=Facts(errors=(400, 404, 409, 415), versioned=True, request_example=EXAMPLE),
        )
        async def create_brand(
            self, request: StrictRequest, key: FromPath[str], data: JSONBody[BrandBody]
        ) -> Response[Brand]:
            """Make a brand, which takes a slot."""
            return _shown(await brands.create(request.caller, key_of(DIALECT, key), given(data)))

        @operation(
            "GET",
            "/{brand_id:str}",
            name="get_brand",
            rule=READS,
            summary=Text(fr="Lire une marque", en="Read a brand"),
            facts=Facts(errors=(404,), versioned=True),
        )
        async def get_brand(
            self, request: StrictRequest, key: FromPath[str], brand_id: FromPath[str]
        ) -> Response[Brand]:
            """Read a brand."""
            found = await brands.get(request.caller, key_of(DIALECT, key), key_of(DIALECT, brand_id))
            if is_fresh(request, tag := etag_of(found)):
                return Response(None, status_code=304, headers={"etag": tag})  # type: ignore[arg-type]
            return _shown(found)

        @operation(
            "PATCH",
            "/{brand_id:str}",
            name="update_brand",
            rule=WRITES,
            summary=Text(fr="Modifier une marque", en="Change a brand"),
            facts=Facts(errors=(400, 404, 412, 415), versioned=True, request_example=EXAMPLE),
        )
        async def update_brand(
            self,
            request: StrictRequest,
            key: FromPath[str],
            brand_id: FromPath[str],
            data: JSONBody[BrandPatch],  # type: ignore[valid-type]
        ) -> Response[Brand]:
            """Change the given fields."""
            company, brand = key_of(DIALECT, key), key_of(DIALECT, brand_id)
            known = await version(request, company, brand)
            return _shown(await brands.change(request.caller, company, brand, given(data), known))

        @operation(
            "DELETE",
            "/{brand_id:str}",
            name="delete_brand",
            rule=WRITES,
            summary=Text(fr="Supprimer une marque", en="Delete a brand"),
            facts=Facts(errors=(404, 412)),
        )
        async def delete_brand(self, request: StrictRequest, key: FromPath[str], brand_id: FromPath[str]) -> None:
            """Delete a brand, whose slot is free again."""
            company, brand = key_of(DIALECT, key), key_of(DIALECT, brand_id)
            await brands.delete(request.caller, company, brand, await version(request, company, brand))

    return BrandsController
