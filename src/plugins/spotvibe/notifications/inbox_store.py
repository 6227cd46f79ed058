"""What somebody reads in the application, in PostgreSQL."""

from collections.abc import Callable, Sequence
from typing import Any

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work

_COUNT = sql("select count(*) from spotvibe_notification where user_id = cast(:number as bigint)")
_PAGE = sql("""
select id, titre, message, type_notification, statut, date_creation, date_lecture is not null,
       (select count(*) from spotvibe_notification where user_id = cast(:number as bigint))
from spotvibe_notification where user_id = cast(:number as bigint)
order by id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_DETAIL = sql("""
select id, titre, message, type_notification, statut, date_creation, date_lecture, lien_action, donnees_supplementaires
from spotvibe_notification where id = cast(:key as bigint) and user_id = cast(:number as bigint)
""")
_UNREAD = sql("""
select count(*) from spotvibe_notification where user_id = cast(:number as bigint) and date_lecture is null
""")
# Rows are held in the order of their ids: requests in parallel that mark the same ones wait for each other, and lock
# nothing crosswise.
_MARK = """
with held as (
    select id from spotvibe_notification where user_id = $1 and id = any($2::bigint[]) order by id for no key update
), marked as (
    update spotvibe_notification n set statut = 'LU', date_lecture = now()
    from held where n.id = held.id and n.date_lecture is null
)
select count(*) from held
"""
_MARK_ALL = """
with held as (
    select id from spotvibe_notification where user_id = $1 and date_lecture is null order by id for no key update
), marked as (
    update spotvibe_notification n set statut = 'LU', date_lecture = now()
    from held where n.id = held.id and n.date_lecture is null returning n.id
)
select count(*) from marked
"""
_DELETE = "delete from spotvibe_notification where id = $2 and user_id = $1 returning id"


class PgInboxStore:
    """Somebody's notifications. `one` and `detail` make the wire structs of their columns."""

    def __init__(self, *, one: Callable[..., Any], detail: Callable[..., Any]) -> None:
        self._one = one
        self._detail = detail

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's notifications, newest first."""
        return await counted_page(work, query, _PAGE, _COUNT, self._one, number=number)

    async def detail(self, work: Work, number: int, key: int) -> Any:
        """Return a user's notification; None where he has none of this id."""
        record = await pg(work).one(_DETAIL, number=number, key=key)
        return None if record is None else self._detail(*record)

    async def mark(self, work: Work, number: int, keys: Sequence[int]) -> int:
        """Mark a user's notifications as read, and return how many of these are his, read before or not."""
        found: int = await pg(work).connection.fetchval(_MARK, number, list(keys))
        return found

    async def mark_all(self, work: Work, number: int) -> int:
        """Mark all of a user's notifications as read, and return how many were not."""
        marked: int = await pg(work).connection.fetchval(_MARK_ALL, number)
        return marked

    async def stats(self, work: Work, number: int) -> tuple[int, int]:
        """Return how many notifications a user has, and how many he has not read."""
        return await pg(work).value(_COUNT, number=number), await self.unread(work, number)

    async def unread(self, work: Work, number: int) -> int:
        """Return how many notifications a user has not read."""
        found: int = await pg(work).value(_UNREAD, number=number)
        return found

    async def delete(self, work: Work, number: int, key: int) -> bool:
        """Delete a user's notification; False where he has none of this id."""
        return await pg(work).connection.fetchval(_DELETE, number, key) is not None
