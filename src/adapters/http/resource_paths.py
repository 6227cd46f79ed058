"""Operations beside the six of a resource: lists below another thing's path, one thing by a unique field, and what is
done with one thing."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from litestar import Controller
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.dialect import Pagination
from adapters.http.documentation.facts import QueryParameter
from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import ResourceSpec, key_of, named, respond_page, sample_answer, shown_type
from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, missing
from core.primitives.locale import Text
from core.primitives.page import Listing, ListQuery, Page, Versioned
from core.resources import ResourceId

W = TypeVar("W")

MAX_TEXT = 200
_SEARCHED = "Texte cherché, sans casse ni accents · Text to look for, ignoring case and accents"


class Narrow(Protocol):
    """Narrows a list by its path's `{key:str}` ("" where it has none) and its query. `key` is what the documentation
    calls the key, `text` whether it is a text and no id."""

    key: str
    text: bool

    def __call__(self, request: StrictRequest, key: str) -> tuple[tuple[str, Any], ...]:
        """Return filters of the listing, by name."""
        ...


class Parent(Protocol):
    """Answers for the thing that a list stands below."""

    async def require(self, caller: Caller, key: ResourceId) -> None:
        """Return where the caller may see it. Raises `DomainError` of kind missing."""
        ...


def text_of(text: str) -> str:
    """Read a path's text. Raises `DomainError` of kind missing where nothing can be named so."""
    if "\0" in text or len(text) > MAX_TEXT:
        raise missing()
    return text


def listing_operation(
    spec: ResourceSpec[W],
    path: str,
    *,
    name: str,
    summary: Text,
    said: Text,
    narrow: Narrow | Callable[[StrictRequest, str], tuple[tuple[str, Any], ...]] | None = None,
    listing: Listing | None = None,
    pagination: Pagination | None = None,
    search: str = "",
    query: tuple[QueryParameter, ...] = (),
    parent: Parent | None = None,
) -> HTTPRouteHandler:
    """A list below a path of its own, which may hold one `{key:str}`: `narrow` makes filters of it. `search` names a
    query parameter that must hold what is searched for; `query` documents those that `narrow` asks for. `listing` is
    what the list answers to, where that differs from the resource's. Where the key's thing must be there for its list
    to be, `parent` answers for it."""
    shown = listing or spec.listing
    pages = pagination or spec.pages()

    async def answer(request: StrictRequest, key: str) -> Any:
        if parent is not None:
            await parent.require(request.caller, key_of(spec.dialect, key))
        narrowed = narrow(request, key) if narrow else ()
        asked = _search_text(request, search) if search else ""

        async def find(query: ListQuery) -> Page[W]:
            narrower = msgspec.structs.replace(query, filters=(*query.filters, *narrowed), search=asked or query.search)
            return await spec.service.page(request.caller, narrower)

        return await respond_page(spec.dialect, request, shown, find, pagination=pages, said=said)

    async def keyed(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        return await answer(request, key)

    async def keyless(self: Any, request: StrictRequest) -> Any:  # noqa: ARG001
        return await answer(request, "")

    has_key = "{key:str}" in path
    annotations = {"key": FromPath[str]} if has_key else {}
    return operation(
        "GET",
        path,
        name=name,
        rule=spec.rule("list"),
        summary=summary,
        facts=Facts(
            listing=shown,
            pagination=pages,
            query=(*query, *((QueryParameter(search, _SEARCHED),) if search else ())),
            errors=(400, 404),
            key=getattr(narrow, "key", "id"),
            text_key=getattr(narrow, "text", False),
        ),
    )(named(keyed if has_key else keyless, name, **annotations, **{"return": pages.schema(spec.out)}))


def controller_below(spec: ResourceSpec[Any], path: str, *handlers: HTTPRouteHandler) -> type[Controller]:
    """A controller of operations of a resource that stand below another one's path: who keeps the rows serves them,
    `/api/clients/{key}/projets/` comes with projects."""
    name = "".join(part.title() for part in re.split(r"\W+|_", path) if part not in ("", "api", "key", "str"))
    found: dict[str, Any] = {handler.fn.__name__: handler for handler in handlers}
    return type(
        f"{name}Controller",
        (spec.controller,),
        {"path": path, "tags": [spec.plural], "__module__": spec.out.__module__, **found},
    )


def lookup_operation(
    spec: ResourceSpec[W],
    path: str,
    *,
    name: str,
    summary: Text,
    field: str,
    read: Callable[[str], Any] = text_of,
) -> HTTPRouteHandler:
    """One thing by a unique field, whose text is the path's `{key:str}`."""

    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        return spec.answer(request, "get", await spec.service.find(request.caller, field, read(key)))

    return operation(
        "GET",
        path,
        name=name,
        rule=spec.rule("get"),
        summary=summary,
        facts=Facts(errors=(404,), response_example=sample_answer(spec, "get"), key=field, text_key=True),
    )(named(handler, name, key=FromPath[str], **{"return": shown_type(spec)}))


def action_operation(
    spec: ResourceSpec[W],
    path: str,
    act: Callable[[StrictRequest, ResourceId], Awaitable[Versioned[W]]],
    *,
    name: str,
    summary: Text,
    errors: tuple[int, ...],
    method: Literal["POST", "PATCH", "DELETE"] = "POST",
) -> HTTPRouteHandler:
    """What is done with one thing, at a path that holds its `{key:str}`: `act` returns the thing as it is then. Who may
    change it may do so."""

    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        return spec.answer(request, "update", await act(request, key_of(spec.dialect, key)))

    return operation(
        method,
        path,
        name=name,
        rule=spec.rule("update"),
        status=200,
        summary=summary,
        facts=Facts(errors=errors, versioned=True, response_example=sample_answer(spec, "update")),
    )(named(handler, name, key=FromPath[str], **{"return": shown_type(spec)}))


class ById:
    """Narrows by an id of the path."""

    text = False

    def __init__(self, spec: ResourceSpec[Any], field: str) -> None:
        self.key = field
        self._dialect = spec.dialect

    def __call__(self, request: StrictRequest, key: str) -> tuple[tuple[str, Any], ...]:  # noqa: ARG002
        """Return the filter. Raises `DomainError` of kind missing for what is no id."""
        return ((self.key, key_of(self._dialect, key)),)


class ByText:
    """Narrows by a text of the path."""

    text = True

    def __init__(self, field: str) -> None:
        self.key = field

    def __call__(self, request: StrictRequest, key: str) -> tuple[tuple[str, Any], ...]:  # noqa: ARG002
        """Return the filter. Raises `DomainError` of kind missing for what can name nothing."""
        return ((self.key, text_of(key)),)


def _search_text(request: StrictRequest, parameter: str) -> str:
    text = dict(reversed(request.pairs)).get(parameter, "").strip()
    if not text:
        raise invalid(FieldProblem((parameter,), messages.REQUIRED))
    if "\0" in text:
        raise invalid(FieldProblem((parameter,), messages.FORBIDDEN_CHARACTER))
    if len(text) > MAX_TEXT:
        raise invalid(FieldProblem((parameter,), messages.TOO_LONG, {"maximum": MAX_TEXT}))
    return text
