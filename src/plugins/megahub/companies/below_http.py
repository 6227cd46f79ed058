"""Lists of what a company has, below its own path (DECISIONS.md section 4, "Brands and users")."""

from typing import Any, Protocol, TypeVar

from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of, named, respond_page
from core.access.principal import Caller
from core.primitives.locale import Text
from core.primitives.page import Listing, ListQuery, Page
from core.resources import ResourceId
from plugins.megahub.rules import READS
from plugins.megahub.wire import DIALECT

W = TypeVar("W")


class ListedInCompany(Protocol[W]):
    """The use cases of what stands in companies."""

    async def page(self, caller: Caller, company: ResourceId, query: ListQuery) -> Page[W]:
        """Return a page of what the company has. Raises `DomainError` of kind missing for another company's."""
        ...


def listed_in_company(
    service: ListedInCompany[Any], out: type[Any], listing: Listing, *, name: str, summary: Text
) -> HTTPRouteHandler:
    """The list, at the path of a controller that stands below a company's `{key:str}`."""

    async def handler(self: Any, request: StrictRequest, key: str) -> Any:  # noqa: ARG001
        company = key_of(DIALECT, key)

        async def find(query: ListQuery) -> Page[Any]:
            return await service.page(request.caller, company, query)

        return await respond_page(DIALECT, request, listing, find)

    return operation(
        "GET", "/", name=name, rule=READS, summary=summary, facts=Facts(listing=listing, errors=(400, 404))
    )(named(handler, name, key=FromPath[str], **{"return": DIALECT.pagination.schema(out)}))
