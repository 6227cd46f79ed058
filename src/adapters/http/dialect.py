"""A dialect: how one product writes ids, pages, errors and success on the wire.

A dialect is a value in `plugins/<suite>/wire.py`, put together from the pieces here; the adapter itself never
branches on a product's name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Generic, Protocol, TypeVar

import msgspec
from litestar.types import Method

from adapters.http.documentation.facts import PageParameter
from core.primitives.errors import FieldProblem, Kind, Message
from core.primitives.ids import parse_integer_id, parse_uuid
from core.primitives.locale import Locale, Text
from core.primitives.page import Page
from core.resources import ResourceId

T = TypeVar("T")

STATUS_OF_KIND: Mapping[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}


class Refusal(msgspec.Struct, frozen=True):
    """An error on its way to the wire: its status, message, and failing fields."""

    status: int
    message: Message
    params: Mapping[str, Any] = {}
    problems: tuple[FieldProblem, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """The part of a list that a client asked for: a page from 1, its size, and how many rows come before page 1."""

    page: int
    size: int
    start: int = 0


class Pagination(Protocol):
    """How a product asks for pages and writes them."""

    parameters: tuple[PageParameter, ...]

    def read(self, query: Mapping[str, str]) -> Asked:
        """Return what was asked for. Raises `DomainError` where the product refuses it."""
        ...

    def headers(self, page: Page[Any]) -> Mapping[str, str]:
        """What the headers of an answer say of its page."""
        ...

    def check(self, page: Page[Any], number: int, size: int) -> None:
        """Raise `DomainError` where a page past the end is refused."""
        ...

    def write(self, page: Page[T], number: int, size: int, url: Callable[[int], str], said: Text | None) -> Any:
        """Return the page's wire form; `url` gives the absolute address of another page, `said` is what a product with
        messages says of it."""
        ...

    def schema(self, item: type[T]) -> Any:
        """Return the type that describes a page of such items in OpenAPI."""
        ...


class Success(Protocol):
    """How a product writes what went well."""

    def write(self, said: Text | None, value: Any) -> Any:
        """Return the wire form of a value."""
        ...

    def schema(self, value: Any) -> Any:
        """Return the type that describes the wire form of values of a type."""
        ...

    @property
    def of_nothing(self) -> Any:
        """The type of an answer that shows no value, None where it has no body."""
        ...


class Plain:
    """A value is its own wire form; where there is none, the answer has no body."""

    of_nothing: Any = None

    def write(self, said: Text | None, value: Any) -> Any:  # noqa: ARG002
        """Return the value."""
        return value

    def schema(self, value: Any) -> Any:
        """Return the value's type."""
        return value


OPERATION_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "list": "list_{plural}",
        "create": "create_{singular}",
        "get": "get_{singular}",
        "replace": "replace_{singular}",
        "update": "update_{singular}",
        "delete": "delete_{singular}",
    }
)


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How a product speaks.

    - `parse_id` reads a path id; None is 404.
    - `refuse` writes an error; `validation_schema` and `error_schema` describe it.
    - `success` writes what went well.
    - `pagination` reads and writes pages.
    - `operation_names` give the actions of resources their operation ids; `change_method` is the method that changes
      the given fields of a resource.
    - With `entity_tags` details carry an `ETag`, and `If-Match` is honoured.
    - With `trailing_slash` its document writes paths with one; both forms are served everywhere.
    """

    name: str
    parse_id: Callable[[str], ResourceId | None]
    id_format: str
    refuse: Callable[[Refusal, Locale], Any]
    error_schema: Any
    validation_schema: Any
    pagination: Pagination
    success: Success = Plain()
    operation_names: Mapping[str, str] = OPERATION_NAMES
    change_method: Method = "PATCH"
    entity_tags: bool = True
    trailing_slash: bool = True


def uuid_id(text: str) -> ResourceId | None:
    """Read a path id that is a UUID."""
    return parse_uuid(text)


def integer_id(text: str) -> ResourceId | None:
    """Read a path id that is an integer."""
    return parse_integer_id(text)


def said(problem: FieldProblem, locale: Locale) -> str:
    """The text of a field's problem."""
    return problem.message.say(locale, problem.params)


def nested_problems(problems: Iterable[FieldProblem], locale: Locale) -> dict[str, Any]:
    """Write field problems as `{"champ": ["message"]}`; items of lists as in Django REST Framework, with an empty
    object for each item that is fine: `{"items": [{}, {"quantite": ["message"]}]}`. A fault of an item that is no
    object is the list's own."""
    tree: dict[str, Any] = {}
    for problem in problems:
        path = problem.path or ("non_field_errors",)
        _put(tree, path, said(problem, locale))
    return tree


def _put(tree: dict[str, Any], path: Sequence[str | int], text: str) -> None:
    head, *rest = path
    key = str(head)
    if not rest:
        entry = tree.setdefault(key, [])
        if isinstance(entry, list) and all(isinstance(member, str) for member in entry):
            entry.append(text)
        return
    index, *deeper = rest
    if isinstance(index, str):
        inner = tree.setdefault(key, {})
        if isinstance(inner, dict):
            _put(inner, rest, text)
        return
    if not deeper:
        _put(tree, (key,), text)
        return
    listed = tree.setdefault(key, [])
    if any(isinstance(member, str) for member in listed):
        return
    listed.extend({} for _ in range(index + 1 - len(listed)))
    _put(listed[index], deeper, text)


class Detail(msgspec.Struct):
    """An error of a product that answers `{"detail": "message"}`; `code` is stable."""

    detail: str
    code: str


FieldErrors = Annotated[
    dict[str, list[Any]],
    msgspec.Meta(
        description="Chaque champ en faute avec ses messages ; `non_field_errors` pour le reste. "
        "Every failing field with its messages; `non_field_errors` for the rest.",
        examples=[{"nom": ["Ce champ est obligatoire."]}],
    ),
]
"""A validation error: every failing field with its messages, `non_field_errors` for the rest."""


def refuse_with_detail(refusal: Refusal, locale: Locale) -> Any:
    """The errors of ekigega and crm (DECISIONS.md section 0): 400 `{"champ": ["message"]}`, others
    `{"detail": "message"}`."""
    if refusal.status == 400:
        if refusal.problems:
            return nested_problems(refusal.problems, locale)
        return {"non_field_errors": [refusal.message.say(locale, refusal.params)]}
    return Detail(refusal.message.say(locale, refusal.params), refusal.message.code)


class Paginated(msgspec.Struct, Generic[T]):
    """A page of a list: the exact count of all that match, and absolute addresses of the neighbouring pages."""

    count: int
    next: str | None
    previous: str | None
    results: list[T]
