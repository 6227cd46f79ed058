"""The stores of organisations and roles. Their tables belong to no tenant."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import sqlalchemy as sa

from adapters.db.organisations import OrganisationRow
from adapters.db.statement import Statement
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.access.permissions import Role
from core.access.roles import SeededRole
from core.organisations.entities import Organisation
from core.organisations.ports import NameTaken
from core.primitives.ids import parse_uuid
from core.work import Work

_TABLE: sa.Table = OrganisationRow.__table__  # type: ignore[assignment]
_FIELDS = [field.name for field in msgspec.structs.fields(Organisation)]
_COLUMNS = [
    _TABLE.c.archived_at.is_not(None).label("archived") if name == "archived" else _TABLE.c[name] for name in _FIELDS
]
_BY_ID = sa.select(*_COLUMNS).where(_TABLE.c.id == sa.bindparam("organisation", type_=sa.Uuid()))
_GET = Statement(_BY_ID)
_LOCK = Statement(_BY_ID.with_for_update())
_BY_NUMBER = Statement(sa.select(*_COLUMNS).where(_TABLE.c.number == sa.bindparam("number", type_=sa.BigInteger())))
_NAMED = Statement(
    sa.select(*_COLUMNS)
    .where(
        sa.func.lower(_TABLE.c.name) == sa.func.lower(sa.bindparam("name", type_=sa.Text())),
        _TABLE.c.archived_at.is_(None),
    )
    .order_by(_TABLE.c.created_at, _TABLE.c.id)
    .limit(1)
)
_ARCHIVE = sql(
    """
    update organisation set archived_at = :at, updated_at = :at, version = version + 1
    where id = :organisation and archived_at is null
      and (cast(:version as integer) is null or version = :version)
    returning id
    """
)
_RESTORE = sql(
    """
    update organisation set archived_at = null, updated_at = now(), version = version + 1
    where id = :organisation and archived_at is not null returning id
    """
)
_EVERY = Statement(
    sa.select(*_COLUMNS)
    .where(_TABLE.c.archived_at.is_not(None) == sa.bindparam("archived", type_=sa.Boolean()))
    .order_by(_TABLE.c.number)
)
_APPOINT = sql(
    """
    update organisation set
        admin_id = account.id, version = organisation.version + 1,
        billing_email = coalesce(organisation.billing_email, account.email)
    from account where organisation.id = :organisation and organisation.admin_id is null and account.id = :account
    """
)
_INSERT_ONCE = sql(
    """
    insert into organisation (id, name, sector, kind, address, size)
    values (:id, :name, :sector, :kind, :address, :size) on conflict (id) do nothing
    """
)
_ROLE = "select id, name, description, permissions, seeded, created_at, updated_at from role"
_ROLE_BY_ID = sql(f"{_ROLE} where id = :role")
_ROLE_BY_NAME = sql(f"{_ROLE} where lower(name) = lower(:name)")
_ROLE_LOCK = sql(f"{_ROLE} where id = :role for update")
_SEED = sql(
    """
    insert into role (id, name, description, permissions, seeded)
    values (:id, :name, :description, :permissions, true)
    on conflict (lower(name)) do update set seeded = true where not role.seeded
    returning id
    """
)


class PgOrganisations:
    """Organisations in PostgreSQL."""

    async def get(self, work: Work, organisation: UUID) -> Organisation | None:
        """Return an organisation, archived or not."""
        return _organisation(await pg(work).one(_GET, organisation=organisation))

    async def by_number(self, work: Work, number: int) -> Organisation | None:
        """Return an organisation by its integer id."""
        return _organisation(await pg(work).one(_BY_NUMBER, number=number))

    async def named(self, work: Work, name: str) -> Organisation | None:
        """Return the oldest open organisation of a name, without regard to case."""
        return _organisation(await pg(work).one(_NAMED, name=name))

    async def lock(self, work: Work, organisation: UUID) -> Organisation | None:
        """Return an organisation and hold it until the transaction ends."""
        return _organisation(await pg(work).one(_LOCK, organisation=organisation))

    async def insert(self, work: Work, organisation: UUID, values: Mapping[str, Any]) -> Organisation:
        """Insert an organisation with the fields that are given. Raises `NameTaken`."""
        bound = {name: sa.bindparam(f"new_{name}", type_=_TABLE.c[name].type) for name in ("id", *values)}
        statement = Statement(sa.insert(_TABLE).values(bound).returning(*_COLUMNS))
        parameters = {f"new_{name}": value for name, value in values.items()}
        try:
            return Organisation(**await pg(work).one(statement, new_id=organisation, **parameters))
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "uq_organisation_name":
                raise
            raise NameTaken from error

    async def insert_once(self, work: Work, organisation: UUID, values: Mapping[str, Any]) -> Organisation:
        """Insert an organisation under this id unless it is there; return it as it stands."""
        await pg(work).one(_INSERT_ONCE, id=organisation, **values)
        found = await self.get(work, organisation)
        if found is None:
            raise LookupError(f"organisation {organisation} was not inserted")
        return found

    async def archive(self, work: Work, organisation: UUID, at: datetime, version: int | None) -> bool:
        """Archive an open organisation; False where it is archived already, or not in the version given."""
        return await pg(work).value(_ARCHIVE, organisation=organisation, at=at, version=version) is not None

    async def restore(self, work: Work, organisation: UUID) -> bool:
        """Undo `archive`; False where it is open. Raises `NameTaken`."""
        try:
            return await pg(work).value(_RESTORE, organisation=organisation) is not None
        except asyncpg.UniqueViolationError as error:
            raise NameTaken from error

    async def every(self, work: Work, *, archived: bool) -> list[Organisation]:
        """Return the open organisations by number, or the archived ones."""
        return [Organisation(**record) for record in await pg(work).all(_EVERY, archived=archived)]

    async def appoint(self, work: Work, organisation: UUID, account: UUID) -> None:
        """Make an account the administrator of an organisation that has none."""
        await pg(work).one(_APPOINT, organisation=organisation, account=account)


class PgRoles:
    """Roles in PostgreSQL."""

    async def find(self, work: Work, name_or_id: str) -> Role | None:
        """Return a role by its id, or by its name without regard to case."""
        key = parse_uuid(name_or_id)
        if key is not None:
            record = await pg(work).one(_ROLE_BY_ID, role=key)
        else:
            record = await pg(work).one(_ROLE_BY_NAME, name=name_or_id)
        return None if record is None else Role(**record)

    async def lock(self, work: Work, role: UUID) -> Role | None:
        """Return a role and hold it until the transaction ends."""
        record = await pg(work).one(_ROLE_LOCK, role=role)
        return None if record is None else Role(**record)

    async def seed(self, work: Work, role: UUID, seeded: SeededRole) -> bool:
        """Insert a seeded role, unless one of this name exists."""
        inserted = await pg(work).value(
            _SEED,
            id=role,
            name=seeded.name,
            description=seeded.description,
            permissions=seeded.permissions,
        )
        return inserted is not None


def _organisation(record: Any) -> Organisation | None:
    return None if record is None else Organisation(**record)
