"""The enriched OpenAPI document."""

import json
from typing import Any

import pytest

from adapters.http.documentation.enrichment import enrich
from adapters.http.documentation.facts import OperationFacts, PageParameter
from core.primitives.page import Listing
from tests.adapters.http.documentation.served import EXAMPLE, OPERATIONS, TAGS, api, document


def parameters(operation: Any, place: str) -> dict[str, Any]:
    """The parameters of an operation in one place, by name; each stands once."""
    named = [parameter["name"] for parameter in operation["parameters"]]
    assert len(named) == len(set(named))
    return {known["name"]: known for known in operation["parameters"] if known["in"] == place}


def test_a_list_tells_its_parameters() -> None:
    query = parameters(document()["paths"]["/api/produits"]["get"], "query")
    assert list(query) == [
        "categorie", "statut", "archive", "date_range", "client", "search", "ordering", "page", "page_size",
    ]  # fmt: skip
    assert query["statut"]["schema"]["enum"] == ["actif", "inactif"]
    assert query["archive"]["schema"] == {"type": "boolean"}
    assert query["date_range"]["schema"]["pattern"]
    assert "nom, categorie" in query["search"]["description"]
    assert query["ordering"]["schema"]["default"] == "-created_at"
    assert query["page_size"]["schema"] == {"type": "integer", "minimum": 1, "default": 20}


def test_a_product_may_page_otherwise() -> None:
    paging = (PageParameter("per_page", "…", 10, maximum=50),)
    facts = OperationFacts(listing=Listing(search=("nom",)), paging=paging, search="", ordering="")
    made = enrich(api.openapi_schema.to_schema(), {("GET", "/api/produits"): facts})
    query = parameters(made["paths"]["/api/produits"]["get"], "query")
    assert query["per_page"]["schema"] == {"type": "integer", "minimum": 1, "default": 10, "maximum": 50}
    assert "search" not in query


def test_errors_stand_in_the_dialects_schemas() -> None:
    post = document()["paths"]["/api/produits"]["post"]
    assert list(post["responses"]) == ["201", "400", "409", "429"]
    assert list(document()["paths"]["/api/produits"]["get"]["responses"]) == ["200", "401"]
    assert "additionalProperties" in post["responses"]["400"]["content"]["application/json"]["schema"]
    assert post["responses"]["409"]["content"]["application/json"]["schema"]["required"] == ["detail"]
    assert "Retry-After" in post["responses"]["429"]["headers"]
    assert all("X-Request-ID" in response["headers"] for response in post["responses"].values())


def test_security_idempotency_and_versions() -> None:
    made = document()
    paths = made["paths"]
    assert paths["/api/produits"]["get"]["security"] == [{"bearer": []}, {"cookie": []}]
    assert paths["/api/produits"]["post"]["security"] == [{"bearer": []}, {"cookie": [], "csrf": []}]
    assert made["components"]["securitySchemes"]["csrf"]["name"] == "X-CSRFToken"
    assert "Idempotency-Key" in parameters(paths["/api/produits"]["post"], "header")
    change = paths["/api/produits/{number}"]["patch"]
    assert "If-Match" in parameters(change, "header")
    assert "ETag" in change["responses"]["200"]["headers"]
    assert "ETag" not in paths["/api/produits"]["post"]["responses"]["201"]["headers"]


def test_an_open_operation_asks_for_nothing() -> None:
    made = enrich(api.openapi_schema.to_schema(), {("GET", "/api/produits"): OperationFacts(needs_auth=False)})
    assert made["paths"]["/api/produits"]["get"]["security"] == []
    assert "securitySchemes" not in made.get("components", {})


def test_examples_ids_and_tags() -> None:
    made = document()
    post = made["paths"]["/api/produits"]["post"]
    assert post["requestBody"]["content"]["application/json"]["example"] == EXAMPLE
    assert post["responses"]["201"]["content"]["application/json"]["example"] == EXAMPLE
    assert "example" not in made["paths"]["/api/produits"]["get"]["responses"]["200"]["content"]["application/json"]
    assert (post["operationId"], post["summary"]) == ("create_produit", "Créer un produit")
    assert made["tags"] == [
        {"name": "Produits", "x-displayName": "Produits et stock", "description": "Produits et stock"}
    ]


def test_the_order_is_stable_and_the_input_untouched() -> None:
    given = api.openapi_schema.to_schema()
    before = json.dumps(given)
    first = json.dumps(enrich(given, OPERATIONS, tags=TAGS))
    assert json.dumps(given) == before
    turned = {**given, "paths": dict(reversed(given["paths"].items()))}
    assert json.dumps(enrich(turned, dict(reversed(OPERATIONS.items())), tags=TAGS)) == first


def test_facts_about_no_operation_are_refused() -> None:
    with pytest.raises(ValueError, match="no operation GET /nowhere"):
        enrich(api.openapi_schema.to_schema(), {("GET", "/nowhere"): OperationFacts()})


def test_an_operation_id_used_twice_is_refused() -> None:
    twice = {("GET", "/api/produits"): OperationFacts(operation_id="one")}
    twice["POST", "/api/produits"] = OperationFacts(operation_id="one")
    with pytest.raises(ValueError, match='the same operation id "one"'):
        enrich(api.openapi_schema.to_schema(), twice)
