"""The OpenAPI document of the enabled plugins, made by Litestar from the handlers' types and completed with what the
operations declare."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from adapters.http.application import Mounted, operations_of, router_of
from adapters.http.dialect import Dialect
from adapters.http.documentation.enrichment import enrich
from adapters.http.documentation.facts import OperationFacts, Tag
from adapters.http.documentation.forms import form_schema
from adapters.http.operations import Facts
from adapters.http.request import StrictRequest
from core.access.rules import Anyone, OpenInDevelopment
from core.primitives.locale import Text

ALWAYS_POSSIBLE = (429,)


def schema_builder(mounted: Sequence[Mounted], *, title: Text, version: str, production: bool) -> Callable[[], bytes]:
    """Return a function that builds the document once, when it is first asked for."""

    @lru_cache(maxsize=1)
    def build() -> bytes:
        return msgspec.json.encode(build_schema(mounted, title=title, version=version, production=production))

    return build


def build_schema(mounted: Sequence[Mounted], *, title: Text, version: str, production: bool) -> dict[str, Any]:
    """Build the OpenAPI 3.1 document."""
    described = Litestar(
        route_handlers=[router_of(each, ()) for each in mounted],
        request_class=StrictRequest,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title=title.fr,
            version=version,
            description=f"{title.fr}\n\n{title.en}",
            path="/_schema",
            render_plugins=[JsonRenderPlugin()],
        ),
    )
    document = _plainly_named(described.openapi_schema.to_schema())
    facts: dict[tuple[str, str], OperationFacts] = {}
    paths: dict[str, Any] = {}
    tags: dict[str, Tag] = {}
    for each in mounted:
        for method, path, handler in operations_of(each):
            documented = documented_path(path, each.dialect, handler.opt["facts"])
            item = document["paths"][path]
            operation = item[method.lower()]
            _describe_key(operation, each.dialect, handler.opt["facts"])
            if handler.opt["form"]:
                content = operation["requestBody"]["content"]
                body = handler.parsed_fn_signature.parameters["data"].annotation
                as_json, schemas = content["application/json"]["schema"], document["components"]["schemas"]
                content["multipart/form-data"] = {"schema": form_schema(body, as_json, schemas)}
            paths.setdefault(documented, {})[method.lower()] = operation
            facts[method, documented] = _facts_of(each.dialect, handler.opt, document, production=production)
            for name in handler.resolve_tags():
                tags.setdefault(name, Tag(name, each.title.fr, each.title.en))
    document["paths"] = paths
    return enrich(document, facts, tags=tuple(tags.values()))


def documented_path(path: str, dialect: Dialect, facts: Facts) -> str:
    """A path as the product's document writes it: its key named, with or without a trailing slash."""
    return path.replace("{key}", f"{{{facts.key}}}").rstrip("/") + ("/" if dialect.trailing_slash else "")


def _plainly_named(document: dict[str, Any]) -> dict[str, Any]:
    """Name the schemas of pages after their items: `Paginated_….Produit_` becomes `ProduitPage`."""
    text = msgspec.json.encode(document).decode()
    named = re.sub(r"Paginated_(?:\w+\.)*(\w+?)_(?=\W)", r"\1Page", text)
    plain: dict[str, Any] = msgspec.json.decode(named)
    return plain


def _describe_key(operation: dict[str, Any], dialect: Dialect, facts: Facts) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter.get("name") == "key" and parameter.get("in") == "path":
            parameter["name"] = facts.key
            kind = "integer" if dialect.id_format == "integer" else "string"
            parameter["schema"] = {"type": kind, "format": "int64" if kind == "integer" else dialect.id_format}
            if facts.text_key:
                parameter["schema"] = {"type": "string"}


def _facts_of(
    dialect: Dialect, declared: Mapping[str, Any], document: dict[str, Any], *, production: bool
) -> OperationFacts:
    facts: Facts = declared["facts"]
    rule = declared["rule"]
    is_open = isinstance(rule, Anyone) or (isinstance(rule, OpenInDevelopment) and not production)
    errors = {*facts.errors, *(() if is_open else (401, 403)), *(ALWAYS_POSSIBLE if declared["rate"] else ())}
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    return OperationFacts(
        listing=facts.listing,
        paging=(facts.pagination or dialect.pagination).parameters,
        query=facts.query,
        errors=tuple(sorted(errors)),
        error_schemas={
            0: _reference(dialect.error_schema, schemas),
            400: _reference(dialect.validation_schema, schemas),
        },
        needs_auth=not is_open,
        idempotent=declared["creates"] is not None,
        etag=facts.versioned,
        request_example=msgspec.UNSET if facts.request_example is None else facts.request_example,
        response_example=msgspec.UNSET if facts.response_example is None else facts.response_example,
    )


def _reference(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    (reference,), components = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    for name, schema in components.items():
        schemas.setdefault(name, schema)
    return reference
