"""What is shown of events: lists, details, trends and figures, column by column into wire structs.

The list's count is kept (ADR 0011; `spotvibe_evenement_tally`): events have no tenant, so they are counted by statut
and category. A search matches once, for its count and its page.

Trends are ordered by the column `tendance`, which the database computes of its row:

    8 · (log2(1 + vues + 5 · partages + 10 · places prises) + weeks from 2020-01-01 to the event's creation)

rounded down. Among VALIDE events that have not ended, the highest is first, the newest first where two are equal. So a
view counts 1, a share 5, a taken seat 10; twice the interest makes up for a week of age, which is to say that
interest halves with every week. As both terms stand still while nothing happens, the order needs no job and is an index
scan; as the score moves in steps of an eighth (9 % more interest), most views leave the index alone.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from adapters.db.counted import counted_page
from adapters.db.statement import Statement
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Order, Page, Versioned
from core.work import Work
from plugins.spotvibe.events.domain import PUBLIC, Totals, Viewer

_COVER: Final = "'/' || e.image_couverture"
_ITEM: Final = f"e.id, e.titre, e.description_courte, e.date_debut, e.lieu, {_COVER}, e.statut"
_DETAIL: Final = f"""
e.id, e.titre, e.description, e.description_courte, e.date_debut, e.date_fin, e.lieu, e.adresse, e.latitude,
e.longitude, a.number, a.username, c.id, c.nom, e.type_acces, e.prix, {_COVER}, e.statut, e.capacite, e.places_prises,
e.nombre_vues, e.nombre_partages
"""
_JOINED: Final = """
spotvibe_evenement e join account a on a.number = e.createur_id join spotvibe_categorie c on c.id = e.categorie_id
"""
_PUBLIC: Final = "e.statut in ('VALIDE', 'TERMINE')"
_OWN: Final = "e.createur_id = cast(:viewer as bigint) and e.archived_at is null"
_VISIBLE: Final = {
    "public": _PUBLIC,
    "member": f"({_PUBLIC} or {_OWN})",
    "staff": "e.archived_at is null",
    "own": _OWN,
}
_BOUND: Final = ("member", "own")
"""The kinds of looking that depend on who looks."""
_ORDERED: Final = {
    "id": "e.id",
    "titre": "e.titre",
    "description_courte": "e.description_courte",
    "date_debut": "e.date_debut",
    "lieu": "e.lieu",
    "image_couverture": "e.image_couverture",
    "statut": "e.statut",
}
ORDERING: Final = tuple(_ORDERED)
_FILTERS: Final = {
    "category": "e.categorie_id = cast(:filter_category as bigint)",
    "status": "e.statut = cast(:filter_status as text)",
}
_TALLIED: Final = {
    "category": "t.categorie_id = cast(:filter_category as bigint)",
    "status": "t.statut = cast(:filter_status as text)",
}
# folding comes first: it makes ASCII wildcards of their full-width forms
_PATTERN: Final = r"""
'%' || replace(replace(replace(socle_fold(cast(:search as text)), '\', '\\'), '%', '\%'), '_', '\_') || '%'
"""
_MATCHES: Final = f"e.search_text like {_PATTERN}"
_CUT: Final = "limit cast(:size as bigint) offset cast(:skipped as bigint)"


def _terms(ordering: Sequence[Order]) -> str:
    """An order without ties. Without any the newest are first."""
    asked = tuple(ordering) or (Order("id", descending=True),)
    terms = [f"{_ORDERED[term.field]} {'desc' if term.descending else 'asc'}" for term in asked]
    if all(term.field != "id" for term in asked):
        terms.append("e.id desc" if asked[0].descending else "e.id")
    return ", ".join(terms)


def _conditions(kind: str, filters: Sequence[str]) -> str:
    return " and ".join([_VISIBLE[kind], *(_FILTERS[name] for name in filters)])


def _kept_count(kind: str, filters: Sequence[str]) -> str:
    """The count that the database keeps. A member's own events that nobody else sees are few, and counted."""
    if kind == "own":
        return f"(select count(*) from spotvibe_evenement e where {_conditions(kind, filters)})"  # noqa: S608
    shown = [] if kind == "staff" else ["t.statut in ('VALIDE', 'TERMINE')"]
    conditions = " and ".join([*shown, *(_TALLIED[name] for name in filters)]) or "true"
    kept = f"coalesce((select sum(t.amount) from spotvibe_evenement_tally t where {conditions}), 0)"  # noqa: S608
    if kind == "member":
        own = " and ".join([f"not {_PUBLIC}", _OWN, *(_FILTERS[name] for name in filters)])
        kept += f" + (select count(*) from spotvibe_evenement e where {own})"  # noqa: S608 - constants
    return f"cast({kept} as bigint)"


@lru_cache(maxsize=512)
def _page(kind: str, filters: tuple[str, ...], ordering: tuple[Order, ...]) -> Statement:
    return sql(f"""
select {_ITEM}, {_kept_count(kind, filters)} from spotvibe_evenement e
where {_conditions(kind, filters)} order by {_terms(ordering)} {_CUT}
""")  # noqa: S608 - constants


@lru_cache(maxsize=64)
def _count(kind: str, filters: tuple[str, ...]) -> Statement:
    return sql(f"select {_kept_count(kind, filters)}")


@lru_cache(maxsize=512)
def _found(kind: str, filters: tuple[str, ...], ordering: tuple[Order, ...]) -> Statement:
    sorted_by = dict.fromkeys(["e.id", *(_ORDERED[term.field] for term in ordering)])
    return sql(f"""
with matching as materialized (
    select {", ".join(sorted_by)} from spotvibe_evenement e where {_MATCHES} and {_conditions(kind, filters)}
), page as (
    select e.id from matching e order by {_terms(ordering)} {_CUT}
)
select {_ITEM}, (select count(*) from matching) from page join spotvibe_evenement e on e.id = page.id
order by {_terms(ordering)}
""")  # noqa: S608 - constants


@lru_cache(maxsize=64)
def _found_count(kind: str, filters: tuple[str, ...]) -> Statement:
    conditions = _conditions(kind, filters)
    return sql(f"select count(*) from spotvibe_evenement e where {_MATCHES} and {conditions}")  # noqa: S608 - constants


_ONE = {
    kind: sql(f"select {_DETAIL}, e.version from {_JOINED} where e.id = cast(:key as bigint) and {visible}")  # noqa: S608
    for kind, visible in _VISIBLE.items()
}
_MINE = "e.createur_id = cast(:number as bigint) and e.archived_at is null"
_COUNT_MINE = sql(f"select count(*) from spotvibe_evenement e where {_MINE}")  # noqa: S608 - constants
_PAGE_MINE = sql(f"""
select {_DETAIL}, (select count(*) from spotvibe_evenement e where {_MINE})
from {_JOINED} where {_MINE} order by e.id desc {_CUT}
""")  # noqa: S608 - constants
# what ended and is not TERMINE yet, and what began and has not ended, is little: it is taken from the kept count
_VALID = "coalesce((select sum(t.amount) from spotvibe_evenement_tally t where t.statut = 'VALIDE'), 0)"
_ENDED = "(select count(*) from spotvibe_evenement where statut = 'VALIDE' and date_fin <= cast(:now as timestamptz))"
_BEGUN = "(select count(*) from spotvibe_evenement where statut = 'VALIDE' and date_debut <= cast(:now as timestamptz))"
_ACTIVE = f"cast({_VALID} - {_ENDED} as bigint)"
_COUNT_ACTIVE = sql(f"select {_ACTIVE}")
_TRENDING = sql(f"""
select {_DETAIL}, {_ACTIVE} from {_JOINED}
where e.statut = 'VALIDE' and e.date_fin > cast(:now as timestamptz) order by e.tendance desc, e.id desc {_CUT}
""")  # noqa: S608 - constants
_TOTALS = sql(f"""
select coalesce((select cast(sum(amount) as bigint) from spotvibe_evenement_tally), 0), {_ACTIVE},
       cast({_VALID} - {_BEGUN} as bigint)
""")  # noqa: S608 - constants
_BY_CATEGORY = sql("""
select c.nom, cast(coalesce((select sum(t.amount) from spotvibe_evenement_tally t where t.categorie_id = c.id), 0)
                   as bigint)
from spotvibe_categorie c order by c.id
""")
_SEARCH = sql(f"""
select {_DETAIL} from {_JOINED} where {_MATCHES} and {_PUBLIC} order by e.id desc limit cast(:size as bigint)
""")  # noqa: S608 - constants


def _kind(viewer: Viewer, filters: Mapping[str, Any]) -> str:
    """How somebody looks. Whom a member's own events make no difference to looks as the public does; of a statut that
    is not public, they are all he sees."""
    if viewer.staff:
        return "staff"
    if viewer.number is None:
        return "public"
    statut = filters.get("status")
    if statut is None:
        return "member"
    return "public" if statut in PUBLIC else "own"


class EventLists:
    """Events as they are shown. `item` makes the wire struct of the list's columns, `detail` that of a detail's."""

    def __init__(self, *, item: Callable[..., Any], detail: Callable[..., Any]) -> None:
        self._item = item
        self._detail = detail

    async def page(self, work: Work, query: ListQuery, viewer: Viewer) -> Page[Any]:
        """Return a page of the events that the viewer sees, in one statement."""
        asked = dict(query.filters)
        kind, filters = _kind(viewer, asked), tuple(asked)
        given: dict[str, Any] = {f"filter_{name}": value for name, value in asked.items()}
        if kind in _BOUND:
            given["viewer"] = viewer.number
        if query.search:
            given["search"] = query.search
        page, count = (_found, _found_count) if query.search else (_page, _count)
        listed, counted = page(kind, filters, query.ordering), count(kind, filters)
        return await counted_page(work, query, listed, counted, self._item, **given)

    async def detail(self, work: Work, key: int, viewer: Viewer) -> Versioned[Any] | None:
        """Return an event that the viewer sees, with its version."""
        kind = _kind(viewer, {})
        given = {"viewer": viewer.number} if kind == "member" else {}
        record = await pg(work).one(_ONE[kind], key=key, **given)
        return None if record is None else Versioned(self._detail(*record[:-1]), record[-1])

    async def mine(self, work: Work, query: ListQuery, number: int) -> Page[Any]:
        """Return a page of an organiser's events, newest first."""
        return await counted_page(work, query, _PAGE_MINE, _COUNT_MINE, self._detail, number=number)

    async def trending(self, work: Work, query: ListQuery, now: datetime) -> Page[Any]:
        """Return a page of the VALIDE events that have not ended, the most popular first (see the module)."""
        return await counted_page(work, query, _TRENDING, _COUNT_ACTIVE, self._detail, now=now)

    async def search(self, work: Work, text: str, limit: int) -> Sequence[Any]:
        """Return public events whose titre or description holds a text, newest first."""
        return [self._detail(*record) for record in await pg(work).all(_SEARCH, search=text, size=limit)]

    async def totals(self, work: Work, now: datetime) -> Totals:
        """Count events."""
        return Totals(*await pg(work).one(_TOTALS, now=now))

    async def by_category(self, work: Work) -> Mapping[str, int]:
        """Count events by the name of their category."""
        return dict(await pg(work).all(_BY_CATEGORY))

    async def created_by(self, work: Work, number: int) -> int:
        """Count the events of an organiser."""
        found: int = await pg(work).value(_COUNT_MINE, number=number)
        return found
