"""What the server knows of an operation and Litestar's own OpenAPI document does not tell."""

from collections.abc import Mapping
from typing import Any

import msgspec

from core.primitives.page import Listing

Schema = dict[str, Any]


class PageParameter(msgspec.Struct, frozen=True):
    """A query parameter by which a list is cut into pages. `minimum` and `maximum` are those of its values."""

    name: str
    description: str
    default: int
    minimum: int = 1
    maximum: int | None = None


DEFAULT_PAGING = (
    PageParameter("page", "Numéro de page, à partir de 1.", 1),
    PageParameter("page_size", "Nombre d'éléments par page ; au-delà de 100, c'est 100.", 20),
)


class QueryParameter(msgspec.Struct, frozen=True):
    """A query parameter that an operation asks for; `format` is that of its text ("date")."""

    name: str
    description: str
    format: str = ""


class OperationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one operation.

    - `operation_id`, `tag`, `summary`, `description`: replace those of the document where they are given.
    - `listing`: what the list answers to; `paging`: how it is cut into pages; `ordering` and `search` are the names
      of those two parameters, "" where the product has none.
    - `query`: the query parameters that it asks for.
    - `errors`: the statuses that it may answer with; `error_schemas` gives their schemas by status, 0 for all others.
    - `needs_auth`: whether it asks for credentials (a bearer token, or the cookie and, where
      unsafe, the CSRF token).
    - `idempotent`: whether it takes an `Idempotency-Key`; `etag`: whether its answer has an `ETag` (and for PUT,
      PATCH and DELETE, whether `If-Match` is honoured).
    - `request_example`, `response_example`: values as they stand in JSON.
    """

    operation_id: str = ""
    tag: str = ""
    summary: str = ""
    description: str = ""
    listing: Listing | None = None
    paging: tuple[PageParameter, ...] = DEFAULT_PAGING
    search: str = "search"
    ordering: str = "ordering"
    query: tuple[QueryParameter, ...] = ()
    errors: tuple[int, ...] = ()
    error_schemas: Mapping[int, Schema] = {}
    needs_auth: bool = True
    idempotent: bool = False
    etag: bool = False
    request_example: Any = msgspec.UNSET
    response_example: Any = msgspec.UNSET


class Tag(msgspec.Struct, frozen=True):
    """A group of operations: its name, the title that the pages show for it, and what it is about."""

    name: str
    title: str
    description: str = ""


Operations = Mapping[tuple[str, str], OperationFacts]
"""Facts by method (upper case) and path as the document has it ("/api/produits/{id}")."""
