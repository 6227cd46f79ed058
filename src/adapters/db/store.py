"""The generic store: rows of one table, read column by column straight into a wire struct.

Statements come from `adapters.db.building` and run on the driver's own connection. Every method works inside the scope
of its unit of work: the tenant predicate stands in the statement, row-level security stands behind it.
"""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import asyncpg
import sqlalchemy as sa

from adapters.db.building import Shapes
from adapters.db.work import PgWork, pg
from core.primitives.errors import DomainError, FieldProblem, Kind, Message, invalid
from core.primitives.ids import MAX_INTEGER_ID, new_id
from core.primitives.page import ListQuery, Order, Page, Versioned
from core.resources import ResourceId
from core.work import Work, organisation_of

W = TypeVar("W")

DEEP = 500
"""From this offset on, a page of a whole list is read from the nearer end."""


class Store(Shapes, Generic[W]):
    """Reads and writes the rows of one table; `struct` is the wire struct. `refusals` are constraint names and the
    field and message that their violation means (and the kind of error, where the request is not invalid); what else it
    takes: see `Shapes`."""

    struct: type[W]

    def __init__(
        self,
        row: type[Any],
        struct: type[W],
        *,
        refusals: Mapping[str, tuple[str, Message] | tuple[str, Message, Kind]] | None = None,
        **shapes: Any,
    ) -> None:
        super().__init__(row, struct, **shapes)
        self.refusals = dict(refusals or {})

    # reading

    async def page(self, work: Work, query: ListQuery) -> Page[W]:
        """Return a page of the rows in scope, with the exact count, in one statement (two past the end)."""
        db = pg(work)
        parameters = self.parameters(db.scope)
        names: list[str] = []
        for name, value in query.filters:
            names.append(name)
            parameters.update(self.filter_parameters(name, value))
        searching = bool(query.search)
        if searching:
            parameters["search"] = query.search
        shape = (db.scope.everything, tuple(names), searching)
        order = query.ordering or self.default_order
        bound = db.bound and self.tenant is not None
        if query.offset >= DEEP and self.keeps_count(*shape):
            return await self._deep_page(db, query, order, bound, parameters)
        statement = self.statement("bound_page" if bound else "page", *shape, order)
        rows = await db.all(statement, limit_rows=query.page_size, skip_rows=query.offset, **parameters)
        if rows:
            # the count stands in every row of the page, so that both are one statement and one snapshot
            return Page(rows[0]["page_count"], [self.read(record[:-1]) for record in rows])
        count = await self._count(db, shape, bound, parameters) if query.offset else 0
        return Page(count, [])

    async def _deep_page(
        self, db: PgWork, query: ListQuery, order: tuple[Order, ...], bound: bool, parameters: dict[str, Any]
    ) -> Page[W]:
        """Read a page of a whole list from the nearer end: the count is known, and skipping rows is what costs."""
        shape = (db.scope.everything, (), False)
        count = await self._count(db, shape, bound, parameters)
        for turns_left in range(3, -1, -1):
            taken = min(query.page_size, count - query.offset)
            if taken <= 0:
                break
            before, after = query.offset, count - query.offset - taken
            shown = tuple(Order(term.field, not term.descending) for term in self.total_order(order))
            turned = after < before
            statement = self.statement(
                "bound_page" if bound else "page", *shape, shown if turned else self.total_order(order)
            )
            rows = await db.all(statement, limit_rows=taken, skip_rows=after if turned else before, **parameters)
            found = rows[0]["page_count"] if rows else await self._count(db, shape, bound, parameters)
            if found == count or not turns_left:
                items = [self.read(record[:-1]) for record in rows]
                return Page(found, items[::-1] if turned else items)
            # somebody has written in between: the page lies elsewhere
            count = found
        return Page(count, [])

    async def _count(self, db: PgWork, shape: tuple[Any, ...], bound: bool, parameters: dict[str, Any]) -> int:
        counted: int = await db.value(self.statement("bound_count" if bound else "count", *shape), **parameters)
        return counted

    async def get(self, work: Work, key: ResourceId) -> Versioned[W] | None:
        """Return a row that the scope may read."""
        return await self._one(work, "bound_get" if pg(work).bound and self.tenant else "get", key)

    async def find(self, work: Work, name: str, value: Any) -> Versioned[W] | None:
        """Return the row that the scope may read by a unique field."""
        db = pg(work)
        what = "bound_find" if db.bound and self.tenant else "find"
        statement = self.statement(what, db.scope.everything, name)
        record = await db.one(statement, value=value, **self.parameters(db.scope))
        return None if record is None else self.read_versioned(record)

    async def lock(self, work: Work, key: ResourceId) -> Versioned[W] | None:
        """Return a row in scope and hold it until the transaction ends."""
        return await self._one(work, "lock", key)

    async def _one(self, work: Work, what: str, key: ResourceId) -> Versioned[W] | None:
        db = pg(work)
        if isinstance(key, int) and key > MAX_INTEGER_ID:
            return None
        record = await db.one(self.statement(what, db.scope.everything), key=key, **self.parameters(db.scope))
        return None if record is None else self.read_versioned(record)

    def read(self, record: Any) -> W:
        """Build the wire struct of a record."""
        return self.struct(*record)

    def read_versioned(self, record: Any) -> Versioned[W]:
        """Build the wire struct of a record that ends with its version and, of a tenant's table, its organisation."""
        *values, version, organisation = record
        return Versioned(self.read(values), version, organisation)

    # writing

    async def insert(self, work: Work, values: Mapping[str, Any]) -> Versioned[W]:
        """Insert a row into the tenant in scope and return it as it stands."""
        db = pg(work)
        columns = dict(values)
        if self.tenant is not None and self.tenant not in columns:
            # None, given on purpose, is a row of nobody's: row-level security lets the global role alone write it
            columns[self.tenant] = organisation_of(db)
        if isinstance(self.key.type, sa.Uuid):
            columns.setdefault(self.key.name, new_id())
        statement = self.statement("insert", tuple(columns))
        record = await self.guarded(db.one(statement, **{f"new_{name}": value for name, value in columns.items()}))
        return self.read_versioned(record)

    async def update(
        self, work: Work, key: ResourceId, values: Mapping[str, Any], version: int | None
    ) -> Versioned[W] | None:
        """Change a row in scope and return it as it stands."""
        db = pg(work)
        if not values and not self.touched():
            # nothing is given, and the table keeps no moment or version of changes: there is nothing to write
            return await self.lock(work, key)
        statement = self.statement("update", db.scope.everything, tuple(values), version is not None)
        record = await self.guarded(
            db.one(
                statement,
                key=key,
                version=version,
                **{f"new_{name}": value for name, value in values.items()},
                **self.parameters(db.scope),
            )
        )
        return None if record is None else self.read_versioned(record)

    async def delete(self, work: Work, key: ResourceId, version: int | None) -> Versioned[ResourceId] | None:
        """Delete a row in scope, or archive it where rows are hidden."""
        db = pg(work)
        statement = self.statement("delete", db.scope.everything, version is not None)
        record = await self.guarded(db.one(statement, key=key, version=version, **self.parameters(db.scope)))
        return None if record is None else Versioned(*record)

    async def guarded(self, running: Any) -> Any:
        """Await a statement; a violated constraint that `refusals` names becomes its field's message."""
        try:
            return await running
        except asyncpg.IntegrityConstraintViolationError as error:
            refusal = self.refusals.get(error.constraint_name or "")
            if refusal is None:
                raise
            field, said, *kind = refusal
            problem = FieldProblem((field,) if field else (), said)
            if kind:
                raise DomainError(said, kind[0], problems=(problem,) if field else ()) from error
            raise invalid(problem) from error
