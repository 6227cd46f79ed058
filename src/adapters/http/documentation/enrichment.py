"""Completes the OpenAPI document that Litestar makes, so that it says all that the server does."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from msgspec import UNSET

from adapters.http.documentation.facts import OperationFacts, Operations, PageParameter, Schema, Tag
from core.primitives.page import Comparison, Filter, FilterKind, Listing

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_SAFE = ("get", "head", "options")
_PLACES = ("path", "query", "header", "cookie")
_REASONS = {
    400: "Requête invalide · Invalid request",
    401: "Authentification requise · Authentication required",
    403: "Accès refusé · Forbidden",
    404: "Introuvable · Not found",
    405: "Méthode non autorisée · Method not allowed",
    408: "Corps de requête trop lent · Request body too slow",
    409: "Conflit · Conflict",
    412: "La ressource a changé · Precondition failed",
    413: "Corps de requête trop volumineux · Request body too large",
    415: "Type de contenu non pris en charge · Unsupported media type",
    429: "Trop de requêtes · Too many requests",
    500: "Erreur interne · Internal error",
    503: "Service indisponible · Service unavailable",
}
_BEARER, _COOKIE, _CSRF = "bearer", "cookie", "csrf"


def enrich(
    schema: Mapping[str, Any], operations: Operations, *, tags: Sequence[Tag] = (), access_cookie: str = "access_token"
) -> dict[str, Any]:
    """Return the document (OpenAPI 3.1) completed, in an order that is the same at every run; `schema` is unchanged.

    Raises `ValueError` where facts name an operation that the document has not, or two operations have one id.
    """
    document = deepcopy(dict(schema))
    paths: dict[str, Any] = document.get("paths") or {}
    known = {(method.upper(), path) for path, item in paths.items() for method in item if method in _METHODS}
    if stray := sorted(set(operations) - known):
        raise ValueError(f"the document has no operation {stray[0][0]} {stray[0][1]}")
    for (method, path), facts in operations.items():
        _complete(paths[path][method.lower()], method.lower(), facts)
    _require_single_ids(paths)
    if any(facts.needs_auth for facts in operations.values()):
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes.update(_security_schemes(access_cookie))
    return _in_order(document, paths, tags)


def _complete(operation: Schema, method: str, facts: OperationFacts) -> None:
    for key, value in (
        ("operationId", facts.operation_id),
        ("summary", facts.summary),
        ("description", facts.description),
        ("tags", [facts.tag] if facts.tag else ""),
    ):
        if value:
            operation[key] = value
    # Litestar's own 4xx responses show its own error format, which no product answers in.
    given: Schema = operation.get("responses", {})
    responses = {status: response for status, response in given.items() if status[0] not in "45"}
    operation["responses"] = responses
    successes = [response for status, response in responses.items() if status.startswith("2")]
    for parameter in _parameters(facts, method):
        _put(operation.setdefault("parameters", []), parameter)
    for status in facts.errors:
        responses[str(status)] = _error(status, facts)
    if facts.etag:
        for response in successes:
            if "content" in response:
                response.setdefault("headers", {})["ETag"] = _header(
                    "Version de la ressource · Version of the resource"
                )
    for response in responses.values():
        response.setdefault("headers", {})["X-Request-ID"] = _header("Identifiant de la requête · Id of the request")
    _give_examples(operation, successes, facts)
    if facts.needs_auth:
        cookie: dict[str, list[str]] = {_COOKIE: []} if method in _SAFE else {_COOKIE: [], _CSRF: []}
        operation["security"] = [{_BEARER: []}, cookie]
    else:
        operation["security"] = []


def _parameters(facts: OperationFacts, method: str) -> Iterator[Schema]:
    for asked in facts.query:
        schema = {"type": "string", "format": asked.format} if asked.format else {"type": "string", "minLength": 1}
        yield {**_parameter(asked.name, asked.description, schema), "required": True}
    if facts.listing is not None:
        yield from map(_filter, facts.listing.filters)
        yield from _search_and_order(facts, facts.listing)
        yield from map(_page, facts.paging)
    if facts.idempotent:
        yield _parameter(
            "Idempotency-Key",
            "Même clé et même corps sous 24 h : la première réponse est rendue. "
            "· Same key and body within 24 h: the first answer is given again.",
            {"type": "string", "minLength": 1, "maxLength": 255},
            place="header",
        )
    if facts.etag and method in ("put", "patch", "delete"):
        yield _parameter(
            "If-Match",
            "`ETag` de la version attendue ; 412 si la ressource a changé. · Expected version; 412 if it has changed.",
            {"type": "string"},
            place="header",
        )


_COMPARED: Mapping[FilterKind, tuple[Schema, str]] = {
    FilterKind.INTEGER: ({"type": "integer"}, "Nombre entier · Whole number"),
    FilterKind.DECIMAL: ({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}, "Nombre · Number"),
    FilterKind.DAY: (
        {"type": "string"},
        "`AAAA-MM-JJ` ou date et heure ISO 8601 · `YYYY-MM-DD` or an ISO 8601 date and time",
    ),
}
_ENDS: Mapping[Comparison, str] = {
    Comparison.EQUAL: "égal · equal",
    Comparison.AT_LEAST: "à partir de, inclus · from, included",
    Comparison.AT_MOST: "jusqu'à, inclus · up to, included",
}


def _filter(filtered: Filter) -> Schema:
    schema: Schema = {"type": "string"}
    text = "Filtre exact · Exact filter"
    if filtered.kind is FilterKind.BOOLEAN:
        schema = {"type": "boolean"}
    elif filtered.kind is FilterKind.DAYS:
        schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2},\d{4}-\d{2}-\d{2}$"}
        text = "`AAAA-MM-JJ,AAAA-MM-JJ`, bornes incluses · `YYYY-MM-DD,YYYY-MM-DD`, both ends included"
    elif filtered.kind is FilterKind.EXACT_FOLDED:
        text = "Filtre exact, sans tenir compte de la casse · Exact filter, case-insensitive"
    elif filtered.kind is FilterKind.ID:
        text = "Identifiant · Id"
    elif filtered.kind is FilterKind.CHOICE:
        text = "Une des valeurs · One of the values"
    elif filtered.kind in _COMPARED:
        shape, said = _COMPARED[filtered.kind]
        schema, text = dict(shape), f"{said} ; {_ENDS[filtered.comparison]}"
    if filtered.choices:
        schema["enum"] = list(filtered.choices)
    return _parameter(filtered.name, text, schema)


def _search_and_order(facts: OperationFacts, listing: Listing) -> Iterator[Schema]:
    if facts.search and listing.search:
        fields = ", ".join(listing.search)
        text = f"Sous-chaîne de {fields}, sans casse ni accents · Substring, ignoring case and accents"
        yield _parameter(facts.search, text, {"type": "string"})
    if facts.ordering and listing.ordering:
        fields = ", ".join(listing.ordering)
        text = f"Champs séparés par des virgules, `-` pour décroissant · Fields, `-` for descending: {fields}"
        schema = {"type": "string", "default": ",".join(listing.default_ordering)}
        yield _parameter(facts.ordering, text, schema)


def _page(page: PageParameter) -> Schema:
    schema: Schema = {"type": "integer", "minimum": page.minimum, "default": page.default}
    if page.maximum is not None:
        schema["maximum"] = page.maximum
    return _parameter(page.name, page.description, schema)


def _parameter(name: str, description: str, schema: Schema, place: str = "query") -> Schema:
    return {"name": name, "in": place, "required": False, "description": description, "schema": schema}


def _put(parameters: list[Schema], parameter: Schema) -> None:
    """Add a parameter in the place of one of the same name that Litestar knew less of."""
    identity = parameter["in"], parameter["name"].lower()
    parameters[:] = [known for known in parameters if (known["in"], known["name"].lower()) != identity]
    parameters.append(parameter)


def _error(status: int, facts: OperationFacts) -> Schema:
    response: Schema = {"description": _REASONS.get(status, "Erreur · Error")}
    schema = facts.error_schemas.get(status) or facts.error_schemas.get(0)
    if schema is not None:
        response["content"] = {"application/json": {"schema": deepcopy(schema)}}
    if status in (429, 503):
        response["headers"] = {"Retry-After": _header("Secondes · Seconds", {"type": "integer", "minimum": 1})}
    elif status == 405:
        response["headers"] = {"Allow": _header("Méthodes permises · Allowed methods")}
    return response


def _header(description: str, schema: Schema | None = None) -> Schema:
    return {"description": description, "schema": schema or {"type": "string"}}


def _give_examples(operation: Schema, successes: list[Schema], facts: OperationFacts) -> None:
    wanted = [(operation.get("requestBody", {}), facts.request_example)]
    wanted += [(response, facts.response_example) for response in successes]
    for carrier, example in wanted:
        for content in carrier.get("content", {}).values():
            if example is not UNSET:
                content["example"] = deepcopy(example)


def _security_schemes(access_cookie: str) -> Schema:
    return {
        _BEARER: {"type": "http", "scheme": "bearer", "description": "Jeton d'accès · Access token"},
        _COOKIE: {
            "type": "apiKey",
            "in": "cookie",
            "name": access_cookie,
            "description": "Cookie de session · Session",
        },
        _CSRF: {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": "Valeur du cookie `csrftoken`, avec le cookie de session · Value of the `csrftoken` cookie",
        },
    }


def _require_single_ids(paths: Schema) -> None:
    seen: dict[str, str] = {}
    for path, item in paths.items():
        for method in _METHODS:
            name = item.get(method, {}).get("operationId")
            place = f"{method.upper()} {path}"
            if name and (other := seen.setdefault(name, place)) != place:
                raise ValueError(f'{place} and {other} have the same operation id "{name}"')


def _in_order(document: Schema, paths: Schema, tags: Sequence[Tag]) -> Schema:
    for item in paths.values():
        for method in _METHODS:
            if operation := item.get(method):
                operation["responses"] = dict(sorted(operation.get("responses", {}).items()))
                if parameters := operation.get("parameters"):
                    parameters.sort(key=lambda parameter: _PLACES.index(parameter["in"]))
    document["paths"] = {
        path: {key: paths[path][key] for key in sorted(paths[path], key=_method_rank)} for path in sorted(paths)
    }
    if components := document.get("components"):
        document["components"] = {kind: dict(sorted(components[kind].items())) for kind in sorted(components)}
    if tags:
        document["tags"] = [
            {"name": tag.name, "x-displayName": tag.title, "description": tag.description or tag.title} for tag in tags
        ]
    return document


def _method_rank(key: str) -> tuple[int, str]:
    return (_METHODS.index(key) if key in _METHODS else -1, key)
