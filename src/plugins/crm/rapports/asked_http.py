"""Reading what is asked of a report: from the query string, or from the `filtres` of an export, by the same rules."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from adapters.http.dialect import Asked as AskedPage
from adapters.http.documentation.facts import PageParameter
from adapters.http.listing import read_list_query
from core.primitives import messages
from core.primitives.errors import DomainError, FieldProblem, invalid
from core.primitives.page import Page
from plugins.crm.rapports.domain import MAX_LINES, Asked, Rapport
from plugins.crm.rapports.reading_service import LISTINGS, check_period
from plugins.crm.wire import DIALECT

MAX_FILTERS = 100


class Whole:
    """No pages: a report answers with its first lines."""

    parameters: tuple[PageParameter, ...] = ()

    def read(self, query: Mapping[str, str]) -> AskedPage:  # noqa: ARG002
        """Return the first lines."""
        return AskedPage(1, MAX_LINES)

    def headers(self, page: Page[Any]) -> Mapping[str, str]:  # noqa: ARG002
        """The body says everything."""
        return {}

    def check(self, page: Page[Any], number: int, size: int) -> None:
        """There is one page."""

    def write(
        self,
        page: Page[Any],
        number: int,  # noqa: ARG002
        size: int,  # noqa: ARG002
        url: Callable[[int], str],  # noqa: ARG002
        said: Any = None,  # noqa: ARG002
    ) -> list[Any]:
        """Return the lines."""
        return page.items

    def schema(self, item: type[Any]) -> Any:
        """The type of lines."""
        return list[item]  # type: ignore[valid-type]


WHOLE = Whole()


def asked_of(rapport: Rapport, pairs: list[tuple[str, str]]) -> Asked:
    """Read a query string. Raises `DomainError` of kind invalid that names every filter that cannot be read."""
    query = read_list_query(LISTINGS[rapport], pairs, DIALECT, WHOLE)
    return Asked(query.filters, query.search, query.ordering)


def asked_in_body(rapport: Rapport, filtres: Mapping[str, Any]) -> Asked:
    """Read the filters of a body: texts, numbers and booleans; null stands for none. Raises `DomainError` of kind
    invalid that names every one that cannot be read, below `filtres`."""
    problems = [FieldProblem(("filtres", name), messages.MALFORMED) for name, value in filtres.items() if _deep(value)]
    if problems:
        raise invalid(*problems[:MAX_FILTERS])
    try:
        asked = asked_of(rapport, [(name, _text(value)) for name, value in filtres.items() if value is not None])
        check_period(asked)
    except DomainError as refused:
        raise invalid(
            *(msgspec.structs.replace(each, path=("filtres", *each.path)) for each in refused.problems)
        ) from None
    return asked


def echoed(asked: Asked) -> dict[str, Any]:
    """What was asked, as an answer repeats it: the filters that were understood, by name."""
    shown: dict[str, Any] = {name: str(value) if isinstance(value, Decimal) else value for name, value in asked.filters}
    if asked.search:
        shown["search"] = asked.search
    if asked.ordering:
        shown["ordering"] = ",".join(("-" if term.descending else "") + term.field for term in asked.ordering)
    return shown


def _deep(value: Any) -> bool:
    return isinstance(value, list | dict)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
