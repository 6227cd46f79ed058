"""A small documented API, with the edge around it, for the tests of the documentation pages."""

from typing import Any

import msgspec
from litestar import Litestar, Response, get, patch, post
from litestar.openapi import OpenAPIConfig
from litestar.params import FromPath, FromQuery, JSONBody

from adapters.http.documentation.enrichment import enrich
from adapters.http.documentation.facts import OperationFacts, Tag
from adapters.http.documentation.pages import documentation_handlers
from core.primitives.errors import DomainError
from core.primitives.page import Filter, FilterKind, Listing
from tests.adapters.http.edge.drive import edged


class Produit(msgspec.Struct):
    """A product."""

    nom: str
    prix: str


@get("/api/produits", tags=["Produits"])
async def list_produits(page: FromQuery[int] = 1) -> list[Produit]:
    """List."""
    return []


@post("/api/produits", tags=["Produits"])
async def create_produit(data: JSONBody[Produit]) -> Produit:
    """Create."""
    return data


@patch("/api/produits/{number:int}", tags=["Produits"])
async def change_produit(number: FromPath[int], data: JSONBody[Produit]) -> Produit:
    """Change."""
    return data


ERROR = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
PROBLEMS = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
SCHEMAS = {0: ERROR, 400: PROBLEMS}
EXAMPLE = {"nom": "Riz parfumé 5 kg", "prix": "4500.00"}
LISTING = Listing(
    filters=(
        Filter("categorie", FilterKind.EXACT_FOLDED),
        Filter("statut", choices=("actif", "inactif")),
        Filter("archive", FilterKind.BOOLEAN),
        Filter("date_range", FilterKind.DAYS),
        Filter("client", FilterKind.ID),
    ),
    search=("nom", "categorie"),
    ordering=("nom", "prix", "created_at"),
)
OPERATIONS = {
    ("GET", "/api/produits"): OperationFacts(
        operation_id="list_produits",
        summary="Lister les produits",
        listing=LISTING,
        error_schemas=SCHEMAS,
        errors=(401,),
    ),
    ("POST", "/api/produits"): OperationFacts(
        operation_id="create_produit",
        summary="Créer un produit",
        idempotent=True,
        errors=(429, 409, 400),
        error_schemas=SCHEMAS,
        request_example=EXAMPLE,
        response_example=EXAMPLE,
    ),
    ("PATCH", "/api/produits/{number}"): OperationFacts(
        operation_id="change_produit",
        summary="Modifier un produit",
        etag=True,
        errors=(412, 404),
        error_schemas=SCHEMAS,
    ),
}
TAGS = (Tag("Produits", "Produits et stock"),)


def answer_missing(request: Any, error: DomainError) -> Response[dict[str, str]]:
    """Answer in a dialect."""
    return Response({"detail": error.code}, status_code=404)


def document() -> dict[str, Any]:
    """The enriched document."""
    return enrich(api.openapi_schema.to_schema(), OPERATIONS, tags=TAGS)


async def encoded_document() -> bytes:
    """The same as JSON."""
    return msgspec.json.encode(document())


api = Litestar(
    [
        list_produits,
        create_produit,
        change_produit,
        *documentation_handlers(encoded_document, "Socle <démo>"),
    ],
    openapi_config=OpenAPIConfig(title="Socle", version="1.0", path="/unused", render_plugins=[]),
    exception_handlers={DomainError: answer_missing},
)
app = edged(api)
