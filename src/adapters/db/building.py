"""The statements of a table, built for each shape (set of filters, order, columns written) and compiled once."""

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from adapters.db.base import search_keys_name, tenant_of
from adapters.db.bound import BOUND, bound
from adapters.db.ddl import keyed_view, search_view
from adapters.db.folding import folded_match, keyed_match
from adapters.db.statement import Statement
from adapters.db.tallies import RowTallyRow
from core.access.principal import Scope
from core.primitives.page import Comparison, Filter, FilterKind, Listing, Order

SHAPES_KEPT = 512
"""Compiled shapes kept for each store; clients choose orders freely, so the cache is bounded."""


def tenant_predicate(column: Any) -> ColumnElement[bool]:
    """The application's own filter on the tenant; row-level security is the second lock."""
    predicate: ColumnElement[bool] = column == sa.bindparam("scope_organisation", type_=sa.Uuid())
    return predicate


_ORGANISATION: Any = sa.table("organisation", sa.column("id", sa.Uuid()), sa.column("archived_at", sa.DateTime()))


def not_archived(column: Any) -> ColumnElement[bool]:
    """No row of an archived organisation, where a statement sees all tenants: its data vanish from every answer
    (DECISIONS.md section 1, "Tenants"). Its own members cannot come in."""
    organisation = _ORGANISATION
    archived = sa.exists().where(organisation.c.id == column, organisation.c.archived_at.is_not(None))
    predicate: ColumnElement[bool] = ~archived
    return predicate


_COMPARED: Mapping[Comparison, Callable[[Any, Any], ColumnElement[bool]]] = {
    Comparison.EQUAL: operator.eq,
    Comparison.AT_LEAST: operator.ge,
    Comparison.AT_MOST: operator.le,
}


def _of_days(column: Any) -> bool:
    """Whether a column holds days, not moments."""
    return isinstance(column.type, sa.Date)


def _span(declared: Filter, column: Any) -> ColumnElement[bool]:
    """The condition of a filter of days or moments: from its first moment on, before the one after its last."""
    days = declared.kind is FilterKind.DAY and _of_days(column)
    kind: Any = sa.Date() if days else sa.DateTime(timezone=True)
    since: ColumnElement[bool] = column >= sa.bindparam(f"filter_{declared.name}_from", type_=kind)
    until: ColumnElement[bool] = column < sa.bindparam(f"filter_{declared.name}_until", type_=kind)
    if declared.comparison is Comparison.EQUAL:
        return sa.and_(since, until)
    return since if declared.comparison is Comparison.AT_LEAST else until


def _unplanned(name: str, kind: Any) -> Any:
    """A parameter whose value the planner does not see: for each page size it would plan the list anew, at twice what
    the list costs, and a page far back by sorting all rows."""
    return sa.select(sa.bindparam(name, type_=kind)).scalar_subquery()


class Shapes:
    """Builds the statements of one table: reading and writing it in a tenant's scope, or in everybody's.

    - `row`: the row class; `struct`: the wire struct, whose field names are columns, unless `columns` names another
      one for them or `computed` gives an expression. Filters, orders and written values go by the same names.
    - `listing`: filters, search and orders. Search looks into the table's `search_text` column through its view
      `<table>_visible`, where the trigram index works below the tenant's predicate, or, without filters, by the
      tenant's own keys through `<table>_keyed` where the table has their index.
    - `version`: an expression that stands for the version of rows that have none, because they never change.
    - `hidden`: rows with a moment in this column (`archived_at`) do not exist for anybody, and a deletion sets it.
    """

    def __init__(
        self,
        row: type[Any],
        struct: type[Any],
        *,
        listing: Listing,
        time_zone: ZoneInfo,
        columns: Mapping[str, str] | None = None,
        version: Any = None,
        computed: Mapping[str, Any] | None = None,
        hidden: str | None = None,
    ) -> None:
        self.table: sa.Table = row.__table__
        self.struct = struct
        self.listing = listing
        (self.key,) = self.table.primary_key.columns
        self.tenant = tenant_of(self.table)
        self.hidden = hidden
        self._counted = bool(self.table.info.get("counted")) and self.table.info.get("hidden") == hidden
        self._time_zone = time_zone
        self._columns = dict(columns or {})
        self._computed = dict(computed or {})
        self._version = version
        self._filters = {declared.name: declared for declared in listing.filters}
        self._fields = [field.name for field in msgspec.structs.fields(struct)]
        self._visible = self._view(search_view(self.table.name))
        has_keys = any(index.name == search_keys_name(self.table.name) for index in self.table.indexes)
        self._keyed: Any = self._view(keyed_view(self.table.name)) if has_keys else None
        self.statement = lru_cache(maxsize=SHAPES_KEPT)(self._compile)

    def _view(self, name: str) -> sa.TableClause:
        return sa.table(name, *[sa.column(column.name, column.type) for column in self.table.columns])

    def parameters(self, scope: Scope) -> dict[str, Any]:
        """The parameters that every scoped statement takes."""
        return {"scope_organisation": scope.organisation} if self.tenant and not scope.everything else {}

    @property
    def default_order(self) -> tuple[Order, ...]:
        """The list's order when none is asked."""
        return tuple(Order(name.removeprefix("-"), name.startswith("-")) for name in self.listing.default_ordering)

    def predicates(self, source: Any, everything: bool) -> list[ColumnElement[bool]]:
        """What every statement on a source holds to: the scope, and no hidden rows."""
        found: list[ColumnElement[bool]] = []
        if self.tenant:
            tenant = source.c[self.tenant]
            scoped = not_archived(tenant) if everything else tenant_predicate(tenant)
            # an index of the tenant's rows would only slow a search by keys down (`adapters.db.ddl.create_search_keys`)
            found.append(scoped.is_(sa.true()) if source is self._keyed else scoped)
        if self.hidden:
            found.append(source.c[self.hidden].is_(None))
        return found

    def readable(self, source: Any, everything: bool) -> list[ColumnElement[bool]]:
        """What reading holds to; a store that shows more than its caller may change overrides it."""
        return self.predicates(source, everything)

    def columns(self, source: Any) -> list[Any]:
        """The columns of the wire struct, in its order."""
        return [self.expression(name, source).label(name) for name in self._fields]

    def _versions(self, source: Any) -> tuple[Any, Any]:
        """What ends a versioned record: the version and the organisation of its row."""
        version = self._version
        if version is None:
            version = source.c.version if "version" in source.c else sa.literal_column("1")
        organisation = source.c[self.tenant] if self.tenant else sa.null()
        return version.label("row_version"), organisation.label("row_organisation")

    def expression(self, name: str, source: Any) -> Any:
        """What a field of the wire struct reads."""
        if name in self._computed:
            return self._computed[name](source)
        return source.c[self._columns.get(name, name)]

    def column(self, name: str) -> Any:
        """The column that a written value goes into."""
        return self.table.c[self._columns.get(name, name)]

    def _compile(self, what: str, *shape: Any) -> Statement:
        build = getattr(self, f"_build_{what}")
        return Statement(build(*shape))

    def _build_count(self, everything: bool, filters: Sequence[str], searching: bool) -> Any:
        if self.keeps_count(everything, filters, searching):
            return self._kept_count()
        source, conditions = self._matching(everything, filters, searching)
        return sa.select(sa.func.count()).select_from(source).where(*conditions)

    def keeps_count(self, everything: bool, filters: Sequence[str], searching: bool) -> bool:
        """Whether the count of such a list is kept: that of all rows of a tenant."""
        return self._counted and not everything and not filters and not searching

    def _build_bound_count(self, everything: bool, filters: Sequence[str], searching: bool) -> Any:
        counted = bound(self._build_count(everything, filters, searching)).lateral("counted")
        return sa.select(*counted.c).select_from(BOUND.join(counted, sa.true()))

    def _kept_count(self) -> Any:
        """The count that triggers keep (`adapters.db.tallies`): its cost does not grow with the tenant."""
        tally: Any = RowTallyRow.__table__
        kept = sa.func.coalesce(sa.func.sum(tally.c.amount), 0)
        return sa.select(sa.cast(kept, sa.BigInteger())).where(
            tenant_predicate(tally.c.organisation_id),
            tally.c.name == sa.literal_column(f"'{self.table.name}'", sa.Text()),
        )

    def _build_page(self, everything: bool, filters: Sequence[str], searching: bool, order: Sequence[Order]) -> Any:
        rows = self._page_rows(everything, filters, searching, order)
        return rows.add_columns(self._build_count(everything, filters, searching).scalar_subquery().label("page_count"))

    def _build_bound_page(
        self, everything: bool, filters: Sequence[str], searching: bool, order: Sequence[Order]
    ) -> Any:
        page = bound(self._page_rows(everything, filters, searching, order)).lateral("page")
        counted = bound(self._build_count(everything, filters, searching)).lateral("counted")
        count = next(iter(counted.c)).label("page_count")
        joined = BOUND.join(counted, sa.true()).join(page, sa.true())
        return sa.select(*page.c, count).select_from(joined)

    def _build_bound_get(self, everything: bool) -> Any:
        return self._first_bound(self._build_get(everything))

    def _build_bound_find(self, everything: bool, name: str) -> Any:
        return self._first_bound(self._build_find(everything, name))

    def _first_bound(self, select: Any) -> Any:
        # the limit keeps the planner from reading the row before the tenant is bound
        found = bound(select.limit(sa.literal_column("1"))).lateral("found")
        return sa.select(*found.c).select_from(BOUND.join(found, sa.true()))

    def _page_rows(self, everything: bool, filters: Sequence[str], searching: bool, order: Sequence[Order]) -> Any:
        source, conditions = self._matching(everything, filters, searching)
        matching = sa.select(*source.c) if self._computed else sa.select(*self.columns(source))
        rows = (
            matching.where(*conditions)
            .order_by(*self._terms(source, order))
            .limit(_unplanned("limit_rows", sa.Integer()))
            .offset(_unplanned("skip_rows", sa.BigInteger()))
            .correlate(BOUND)
        )
        if not self._computed:
            return rows
        # what is computed is computed for the page alone, not for every row before it
        picked = rows.subquery("picked")
        return sa.select(*self.columns(picked)).order_by(*self._terms(picked, order))

    def total_order(self, order: Sequence[Order]) -> tuple[Order, ...]:
        """An order that leaves no ties: by key at last, so that pages never repeat or skip a row."""
        key: str = self.key.name
        if any(term.field == key for term in order):
            return tuple(order)
        return (*order, Order(key, bool(order) and order[0].descending))

    def _terms(self, source: Any, order: Sequence[Order]) -> list[Any]:
        columns = [(self.expression(term.field, source), term.descending) for term in self.total_order(order)]
        return [column.desc() if descending else column.asc() for column, descending in columns]

    def _matching(self, everything: bool, filters: Sequence[str], searching: bool) -> tuple[Any, list[Any]]:
        # comparing without regard to case is not leak-proof either: below a policy it would use no index
        folded = any(self._filters[name].kind is FilterKind.EXACT_FOLDED for name in filters)
        source: Any = self.table
        if searching and not filters and self._keyed is not None and not everything:
            # beside a filter the planner may find fewer rows by the filter's own index, which states the tenant
            source = self._keyed
        elif searching or folded:
            source = self.search_source(everything=everything)
        conditions = self.readable(source, everything)
        conditions += [self.filter_condition(name, source) for name in filters]
        if searching:
            conditions.append(self.search_condition(source, everything=everything))
        return source, conditions

    def search_source(self, *, everything: bool) -> Any:
        """Where a search reads: below a policy a trigram index is useless, so a tenant's search reads the view."""
        return self._visible if self.tenant and not everything else self.table

    def search_condition(self, source: Any, *, everything: bool) -> ColumnElement[bool]:  # noqa: ARG002
        """What `search` means: the folded text stands somewhere in the folded columns."""
        if self.tenant and source is self._keyed:
            return keyed_match(source.c[self.tenant], source.c.search_text)
        return folded_match(source.c.search_text)

    def filter_condition(self, name: str, source: Any) -> ColumnElement[bool]:
        """What a filter means."""
        declared = self._filters[name]
        column = self.expression(declared.target, source)
        condition: ColumnElement[bool]
        if declared.kind is FilterKind.EXACT_FOLDED:
            condition = sa.func.lower(column) == sa.func.lower(sa.bindparam(f"filter_{name}", type_=sa.Text()))
        elif declared.kind in (FilterKind.DAYS, FilterKind.DAY):
            condition = _span(declared, column)
        elif declared.kind in (FilterKind.INTEGER, FilterKind.DECIMAL):
            # in the widest type of its kind: what is asked may be greater than what the column could hold
            widest: Any = sa.BigInteger() if declared.kind is FilterKind.INTEGER else sa.Numeric()
            condition = _COMPARED[declared.comparison](column, sa.bindparam(f"filter_{name}", type_=widest))
        else:
            condition = column == sa.bindparam(f"filter_{name}", type_=column.type)
        return condition

    def filter_parameters(self, name: str, value: Any) -> dict[str, Any]:
        """The parameters of a filter's condition."""
        declared = self._filters[name]
        if declared.kind not in (FilterKind.DAYS, FilterKind.DAY):
            return {f"filter_{name}": value}
        first, last = value if declared.kind is FilterKind.DAYS else (value, value)
        if declared.kind is FilterKind.DAY and _of_days(self.expression(declared.target, self.table)):
            since, until = self._day_of(first), self._day_of(last) + timedelta(days=1)
        else:
            since, until = self._moment_of(first), self._end_of(last)
        span = {Comparison.EQUAL: {"from": since, "until": until}, Comparison.AT_LEAST: {"from": since}}
        return {f"filter_{name}_{end}": at for end, at in span.get(declared.comparison, {"until": until}).items()}

    def _in_zone(self, moment: datetime) -> datetime:
        return moment.astimezone(self._time_zone) if moment.tzinfo else moment.replace(tzinfo=self._time_zone)

    def _day_of(self, asked: date) -> date:
        return self._in_zone(asked).date() if isinstance(asked, datetime) else asked

    def _moment_of(self, asked: date) -> datetime:
        """The moment that a day begins at, or the moment asked."""
        return (
            self._in_zone(asked)
            if isinstance(asked, datetime)
            else datetime.combine(asked, time(0, tzinfo=self._time_zone))
        )

    def _end_of(self, asked: date) -> datetime:
        """The first moment after a day, or after the moment asked: the database counts microseconds."""
        if isinstance(asked, datetime):
            return self._in_zone(asked) + timedelta(microseconds=1)
        return self._moment_of(asked + timedelta(days=1))

    def _build_get(self, everything: bool) -> Any:
        return self._by(self.key, "key", self.readable(self.table, everything))

    def _build_lock(self, everything: bool) -> Any:
        return self._by(self.key, "key", self.predicates(self.table, everything)).with_for_update(of=self.table)

    def _build_find(self, everything: bool, name: str) -> Any:
        return self._by(self.expression(name, self.table), "value", self.readable(self.table, everything))

    def _by(self, column: Any, parameter: str, conditions: Sequence[ColumnElement[bool]]) -> Any:
        return (
            sa.select(*self.columns(self.table), *self._versions(self.table))
            .where(column == sa.bindparam(parameter, type_=column.type))
            .where(*conditions)
        )

    def _build_insert(self, names: Sequence[str]) -> Any:
        insert = sa.insert(self.table).values(self._written(names))
        if not self._computed:
            return insert.returning(*self.columns(self.table), *self._versions(self.table))
        # SQLAlchemy correlates no subquery with the RETURNING of an insert: what it returned is read by a select
        made = insert.returning(*self.table.c).cte("made")
        return sa.select(*self.columns(made), *self._versions(made))

    def _written(self, names: Sequence[str]) -> dict[str, Any]:
        columns = {name: self.column(name) for name in names}
        return {column.name: sa.bindparam(f"new_{name}", type_=column.type) for name, column in columns.items()}

    def _build_update(self, everything: bool, names: Sequence[str], versioned: bool) -> Any:
        values = self._written(names)
        values.update(self.touched())
        return (
            self._narrowed(sa.update(self.table), everything, versioned)
            .values(values)
            .returning(*self.columns(self.table), *self._versions(self.table))
        )

    def touched(self) -> dict[str, Any]:
        """What every change of a row writes: the moment, and the next version."""
        moments = {column.name: sa.func.now() for column in self.table.columns if column.info.get("touched")}
        return {**moments, "version": self.table.c.version + 1} if "version" in self.table.c else moments

    def _build_delete(self, everything: bool, versioned: bool) -> Any:
        if self.hidden is None:
            return self._narrowed(sa.delete(self.table), everything, versioned).returning(
                self.key, *self._versions(self.table)
            )
        archived = {self.hidden: sa.func.now(), "version": self.table.c.version + 1}
        return (
            self._narrowed(sa.update(self.table), everything, versioned)
            .values(archived)
            .returning(self.key, *self._versions(self.table))
        )

    def _narrowed(self, statement: Any, everything: bool, versioned: bool) -> Any:
        statement = statement.where(self.key == sa.bindparam("key", type_=self.key.type))
        statement = statement.where(*self.predicates(self.table, everything))
        if versioned:
            statement = statement.where(self.table.c.version == sa.bindparam("version", type_=sa.Integer()))
        return statement
