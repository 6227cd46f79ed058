"""Plain arrays on the wire (DECISIONS.md section 0, "Plain arrays (spotvibe)")."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from litestar import Response

from adapters.http.operations import Facts
from adapters.http.request import StrictRequest
from adapters.http.resource import respond_page
from core.access.principal import Caller
from core.primitives.page import Listing, ListQuery, Page
from plugins.spotvibe.wire import ARRAY, DIALECT

W = TypeVar("W")

AS_IT_COMES: Final = Listing(default_ordering=())
"""A list in an order of its own, which a request cannot change."""
LISTED: Final = Facts(listing=AS_IT_COMES, pagination=ARRAY)


async def respond_array(
    request: StrictRequest, page: Callable[[Caller, ListQuery], Awaitable[Page[W]]], listing: Listing = AS_IT_COMES
) -> Response[list[W]]:
    """Answer with a page of a use case as a plain array."""

    async def find(query: ListQuery) -> Page[W]:
        return await page(request.caller, query)

    answer: Response[list[W]] = await respond_page(DIALECT, request, listing, find, pagination=ARRAY)
    return answer
