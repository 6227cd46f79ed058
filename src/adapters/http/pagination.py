"""Numbered pages as ekigega, crm, megahub and spotvibe write them, and spotvibe's plain arrays (DECISIONS.md
section 0)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from adapters.http.dialect import Asked, Paginated
from adapters.http.documentation.facts import DEFAULT_PAGING, PageParameter
from core.primitives.errors import DomainError, Kind, message
from core.primitives.locale import Text
from core.primitives.page import Page

T = TypeVar("T")

INVALID_PAGE = message("invalid_page", fr="Page invalide.", en="Invalid page.")

_NUMBER = re.compile(r"[0-9]{1,9}\Z")


class NumberedPages:
    """`page` from 1, `page_size` 20 by default and at most 100; a page past the end, 0 or not a number is 404."""

    parameters: tuple[PageParameter, ...] = DEFAULT_PAGING

    def __init__(self, *, default_size: int = 20, max_size: int = 100) -> None:
        self.default_size = default_size
        self.max_size = max_size

    def read(self, query: Mapping[str, str]) -> Asked:
        """Return page and page size. A `page_size` that is no number from 1 is the default."""
        asked = query.get("page", "1")
        if not _NUMBER.match(asked) or int(asked) == 0:
            raise DomainError(INVALID_PAGE, Kind.MISSING)
        size = query.get("page_size", "")
        if not re.match(r"[0-9]+\Z", size) or not size.strip("0"):
            return Asked(int(asked), self.default_size)
        return Asked(int(asked), self.max_size if len(size) > 9 else min(int(size), self.max_size))

    def headers(self, page: Page[Any]) -> Mapping[str, str]:  # noqa: ARG002
        """The body says everything."""
        return {}

    def check(self, page: Page[Any], number: int, size: int) -> None:
        """Refuse a page past the end; the first page exists even when empty."""
        if number > 1 and (number - 1) * size >= page.count:
            raise DomainError(INVALID_PAGE, Kind.MISSING)

    def write(
        self,
        page: Page[T],
        number: int,
        size: int,
        url: Callable[[int], str],
        said: Text | None = None,  # noqa: ARG002
    ) -> Paginated[T]:
        """Return `{count, next, previous, results}`."""
        return Paginated(
            count=page.count,
            next=url(number + 1) if number * size < page.count else None,
            previous=url(number - 1) if number > 1 else None,
            results=page.items,
        )

    def schema(self, item: type[T]) -> Any:
        """The type of a page of such items."""
        return Paginated[item]  # type: ignore[valid-type]


class ArrayPages:
    """A plain array of at most `limit` items (100 by default, at most 500) after the first `offset`; the number of all
    that match is in the header `X-Total-Count`. What is no number from 0 is the default."""

    parameters: tuple[PageParameter, ...] = (
        PageParameter("limit", "Nombre d'éléments, au plus 500 · Number of items, at most 500", 100),
        PageParameter("offset", "Éléments passés · Items that are passed over", 0),
    )

    def read(self, query: Mapping[str, str]) -> Asked:
        """Return what was asked for; never refuses."""
        limit, offset = (_whole(query.get(name, ""), standard) for name, standard in (("limit", 100), ("offset", 0)))
        return Asked(1, min(limit, 500) or 100, offset)

    def headers(self, page: Page[Any]) -> Mapping[str, str]:
        """Tell how many there are."""
        return {"x-total-count": str(page.count)}

    def check(self, page: Page[Any], number: int, size: int) -> None:
        """Past the end there is nothing."""

    def write(
        self,
        page: Page[T],
        number: int,  # noqa: ARG002
        size: int,  # noqa: ARG002
        url: Callable[[int], str],  # noqa: ARG002
        said: Text | None = None,  # noqa: ARG002
    ) -> list[T]:
        """Return the items."""
        return page.items

    def schema(self, item: type[T]) -> Any:
        """The type of an array of such items."""
        return list[item]  # type: ignore[valid-type]


def _whole(text: str, standard: int) -> int:
    return int(text) if _NUMBER.match(text) else standard
