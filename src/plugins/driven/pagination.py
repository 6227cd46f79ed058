"""driven's pages (DECISIONS.md section 0, "Pagination, driven")."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from adapters.http.dialect import Asked
from adapters.http.documentation.facts import PageParameter
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid
from core.primitives.locale import Text
from core.primitives.page import Page
from plugins.driven.envelope import Envelope, Items, PageFacts, Shown, bilingual, enveloped

T = TypeVar("T")

DEFAULT_SIZE = 10
MAX_SIZE = 50
WHOLE = 500
"""How much a list shows that comes whole."""

PARAMETERS = (
    PageParameter("page", "Numéro de page, à partir de 1 · Page number, from 1", 1),
    PageParameter(
        "per_page", f"Éléments par page, au plus {MAX_SIZE} · Items per page, at most {MAX_SIZE}", DEFAULT_SIZE
    ),
)

_NUMBER = re.compile(r"[0-9]{1,9}\Z")


class EnvelopePages:
    """`page` from 1, `per_page` 10 by default and at most 50; what is below 1 or no number is 400, a page past the end
    is empty. With `whole`, the list comes whole (at most 500) where neither is asked for."""

    parameters: tuple[PageParameter, ...] = PARAMETERS

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole

    def read(self, query: Mapping[str, str]) -> Asked:
        """Return page and page size. Raises `DomainError` of kind invalid."""
        if self._whole and not query.get("page") and not query.get("per_page"):
            return Asked(1, WHOLE)
        asked = {name: query.get(name) or default for name, default in (("page", "1"), ("per_page", str(DEFAULT_SIZE)))}
        problems = [_problem(name, text) for name, text in asked.items() if not _NUMBER.match(text) or int(text) == 0]
        if problems:
            raise invalid(*problems)
        return Asked(int(asked["page"]), min(int(asked["per_page"]), MAX_SIZE))

    def headers(self, page: Page[Any]) -> Mapping[str, str]:  # noqa: ARG002
        """The body says everything."""
        return {}

    def check(self, page: Page[Any], number: int, size: int) -> None:
        """A page past the end is empty."""

    def write(self, page: Page[T], number: int, size: int, url: Callable[[int], str], said: Text | None) -> Any:  # noqa: ARG002
        """Return the envelope of a page."""
        message = bilingual(said or _UNSAID)
        if size == WHOLE:
            return Shown(error=False, message=message, data=page.items)
        pages = -(-page.count // size)
        facts = PageFacts(
            page=number,
            per_page=size,
            total_items=page.count,
            total_pages=pages,
            has_next=number < pages,
            has_prev=number > 1,
            next_page=number + 1 if number < pages else None,
            prev_page=number - 1 if number > 1 else None,
        )
        return Shown(error=False, message=message, data=page.items, pagination=facts)

    def schema(self, item: type[T]) -> Any:
        """The type of a page of such items."""
        return Shown[item]  # type: ignore[valid-type]


class RolePages(EnvelopePages):
    """The pages of roles: `data: {items, total, pages, current_page}`."""

    def write(self, page: Page[T], number: int, size: int, url: Callable[[int], str], said: Text | None) -> Any:  # noqa: ARG002
        """Return the envelope of a page."""
        items = Items(page.items, page.count, -(-page.count // size), number)
        return enveloped(said or _UNSAID, items)

    def schema(self, item: type[T]) -> Any:
        """The type of a page of such items."""
        return Envelope[Items[item]]  # type: ignore[valid-type]


_UNSAID = Text(fr="Liste récupérée avec succès", en="List retrieved successfully")


def _problem(name: str, text: str) -> FieldProblem:
    if _NUMBER.match(text):
        return FieldProblem((name,), messages.TOO_SMALL, {"minimum": 1})
    return FieldProblem((name,), messages.NOT_INTEGER)
