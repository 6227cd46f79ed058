"""Lists below a client or a project (contracts/crm.md, "API Endpoints"). The slice that keeps the rows serves them, at
its parent's path; they are pages, with the filters, search and orders of the whole list (DECISIONS.md section 5)."""

from typing import Any

from litestar import Controller

from adapters.http.resource import ResourceSpec
from adapters.http.resource_paths import ById, Parent, controller_below, listing_operation
from core.primitives.locale import Text


def listed_below(
    spec: ResourceSpec[Any], path: str, *, name: str, field: str, parent: Parent, summary: Text
) -> type[Controller]:
    """Return the controller of a list below another resource: `path` is the parent's, `name` that of the operation
    (`list_client_projets`), `field` the filter of the listing, of kind ID, that holds the parent's id. A parent that
    the caller may not see is 404."""
    below = listing_operation(
        spec,
        f"/{{key:str}}/{spec.plural}",
        name=name,
        summary=summary,
        said=summary,
        narrow=ById(spec, field),
        parent=parent,
    )
    return controller_below(spec, path, below)
