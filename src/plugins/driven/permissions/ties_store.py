"""Rows that tie permissions to roles and to functions."""

from collections.abc import Sequence

from adapters.db.work import pg
from core.primitives.ids import MAX_INTEGER_ID
from core.resources import ResourceId
from core.work import Work
from plugins.driven.permissions.ties_service import TiedPermission

# in the order of their ids, so that two requests never wait for each other in a circle; the lock is the one that a
# foreign key takes: it keeps a permission from being deleted, and nothing else
_HOLD = """
select permission_id, nom from driven_permission
where permission_id = any($1::bigint[]) order by permission_id for key share
"""


class TieStore:
    """The permissions tied to rows of one kind: `table` ties them by `column`."""

    def __init__(self, table: str, column: str) -> None:
        self._tied = (
            f"select p.permission_id, p.nom, p.description from {table} t join driven_permission p"  # noqa: S608
            f" using (permission_id) where t.{column} = $1 order by p.permission_id"
        )
        self._tie = (
            f"insert into {table} ({column}, permission_id) select $1, unnest($2::bigint[]) on conflict do nothing"
        )
        self._untie = f"delete from {table} where {column} = $1 and permission_id = any($2::bigint[])"  # noqa: S608

    async def tied_to(self, work: Work, key: ResourceId) -> list[TiedPermission]:
        """Return what is tied, by id."""
        return [TiedPermission(*record) for record in await pg(work).connection.fetch(self._tied, key)]

    async def hold(self, work: Work, ids: Sequence[int]) -> dict[int, str]:
        """Return the names of those permissions that are there, by id, and keep them there."""
        possible = [each for each in ids if 0 < each <= MAX_INTEGER_ID]
        return dict(await pg(work).connection.fetch(_HOLD, possible))

    async def tie(self, work: Work, key: ResourceId, ids: Sequence[int]) -> None:
        """Tie permissions; what is tied already stays so."""
        await pg(work).connection.execute(self._tie, key, ids)

    async def untie(self, work: Work, key: ResourceId, ids: Sequence[int]) -> None:
        """Untie permissions; what is not tied is none the worse."""
        await pg(work).connection.execute(self._untie, key, ids)
