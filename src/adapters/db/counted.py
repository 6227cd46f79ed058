"""Pages of statements in words that count what matches in the same statement."""

from collections.abc import Callable
from typing import Any, TypeVar

from adapters.db.statement import Statement
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work

T = TypeVar("T")


async def counted_page(
    work: Work, query: ListQuery, listed: Statement, counted: Statement, make: Callable[..., T], **given: Any
) -> Page[T]:
    """Return a page with the exact count, in one statement (two past the end).

    `listed` is cut by its parameters `size` and `skipped`; its last column is the number of all that match, the others
    are what `make` takes. `counted` tells that number where the page is empty. Both take `given`.
    """
    db = pg(work)
    records = await db.all(listed, size=query.page_size, skipped=query.offset, **given)
    if records:
        return Page(records[0][-1], [make(*record[:-1]) for record in records])
    return Page(await db.value(counted, **given) if query.offset else 0, [])
