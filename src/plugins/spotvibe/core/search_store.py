"""Finding users by an index of trigrams."""

from collections.abc import Callable, Sequence
from typing import Any

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.work import Work

# folding comes first: it makes ASCII wildcards of their full-width forms
_PATTERN = r"'%' || replace(replace(replace(socle_fold(:search), '\', '\\'), '%', '\%'), '_', '\_') || '%'"
_USERS = sql(f"""
select a.number, a.username, case when :staff or a.number = cast(:viewer as bigint) then a.email end,
       coalesce(a.first_name, ''), coalesce(a.last_name, ''), '/' || p.photo_profil, p.est_verifie
from account a join spotvibe_profile p on p.user_id = a.number
where a.is_active and not exists (select from spotvibe_suspension s where s.user_id = a.number)
  and a.search_text like {_PATTERN}
order by a.number limit cast(:size as bigint)
""")  # noqa: S608 - constants


class UserSearchStore:
    """Users in PostgreSQL. `shown` makes the wire struct of their columns."""

    def __init__(self, shown: Callable[..., Any]) -> None:
        self._shown = shown

    async def search(self, work: Work, text: str, limit: int, *, viewer: int, staff: bool) -> Sequence[Any]:
        """Return users, active and not suspended, whose username or names (first and last in either order) hold a
        text."""
        records = await pg(work).all(_USERS, search=text, size=limit, viewer=viewer, staff=staff)
        return [self._shown(*record) for record in records]
