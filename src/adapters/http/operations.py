"""Declaring operations: who is admitted, which status success has, what a client should know."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method

from adapters.http.dialect import Pagination
from adapters.http.documentation.facts import QueryParameter
from adapters.http.handler import OperationHandler
from adapters.http.request import Encode, StrictRequest, encode_plain
from core.access.rules import Anyone, Rule
from core.primitives.errors import stale
from core.primitives.locale import Text
from core.primitives.page import Listing, Versioned

_SUCCESS = {"GET": 200, "POST": 201, "PUT": 200, "PATCH": 200, "DELETE": 204}

F = TypeVar("F", bound=Callable[..., Any])


class Rate(msgspec.Struct, frozen=True):
    """How often an address may call an operation in a minute; operations of the same bucket count together. The
    installation sets the number, unless the operation has its own."""

    bucket: str
    per_minute: int | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the documentation says of an operation beyond its types. `key` is what the path's key is called; with
    `text_key` it is a text and no id. `pagination` is that of a list, where it is not its product's; `query` are the
    query parameters that it asks for."""

    listing: Listing | None = None
    errors: tuple[int, ...] = ()
    versioned: bool = False
    credentials: bool = False
    request_example: Any = None
    response_example: Any = None
    pagination: Pagination | None = None
    query: tuple[QueryParameter, ...] = ()
    key: str = "id"
    text_key: bool = False


def operation(
    method: Method,
    path: str,
    *,
    name: str,
    rule: Rule,
    summary: Text,
    status: int | None = None,
    creates: Encode | bool = False,
    rate: Rate | None = None,
    facts: Facts | None = None,
    form: bool = False,
    tokenless: bool = False,
    **litestar_options: Any,
) -> Callable[[F], HTTPRouteHandler]:
    """Declare an operation of a controller.

    `name` is its `operationId`; `rule` admits callers; `creates` makes it honour `Idempotency-Key` (a function where
    the answer's wire form is not the use case's result itself); with `form` its body may be a form as well.
    With `tokenless` nobody asks who calls, whatever token comes along: a sign of life does not depend on the database.
    """
    encode = encode_plain if creates is True else creates or None
    declared = {
        "rule": rule,
        "creates": encode,
        "rate": rate,
        "facts": facts or Facts(),
        "summary": summary,
        "form": form,
        "tokenless": tokenless,
        "open": isinstance(rule, Anyone),
    }
    decorate: Callable[[F], HTTPRouteHandler] = OperationHandler(
        path,
        http_method=method,
        operation_id=name,
        status_code=status or _SUCCESS[method],
        summary=summary.fr,
        description=summary.en,
        opt=declared,
        **litestar_options,
    )
    return decorate


def etag_of(found: Versioned[Any]) -> str:
    """The entity tag of a version (RFC 9110 section 8.8.3)."""
    return f'"{found.version}"'


async def asked_version(request: StrictRequest, present: Callable[[], Awaitable[int]]) -> int | None:
    """The version that `If-Match` names; None without the header or for `*`.

    Of several tags the one that is `present` counts. Raises `DomainError` of kind stale where none could match. A weak
    tag counts: a proxy that compresses weakens ours, and the version behind it is the same.
    """
    header = request.list_header(b"if-match")
    if header is None or header.strip() == "*":
        return None
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    versions = {int(tag) for tag in tags if tag.isascii() and tag.isdigit() and len(tag) < 10}
    if not versions:
        raise stale()
    if len(versions) == 1:
        return versions.pop()
    version = await present()
    if version not in versions:
        raise stale()
    return version


def is_fresh(request: StrictRequest, tag: str) -> bool:
    """Whether `If-None-Match` names the present version (RFC 9110 section 13.1.2)."""
    header = request.list_header(b"if-none-match")
    if header is None:
        return False
    return any(candidate.strip().removeprefix("W/") in ("*", tag) for candidate in header.split(","))
