"""The stores of memberships: places read across tenants, memberships written within one."""

from typing import Any
from uuid import UUID

import asyncpg

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.access.permissions import Role
from core.organisations.entities import MemberStatus, Place
from core.organisations.ports import AlreadyMember, NewPlace
from core.primitives.ids import new_id
from core.work import Work

_COLUMNS = """
    membership.id, membership.account_id, membership.organisation_id, organisation.number as organisation_number,
    organisation.is_active and organisation.archived_at is null as organisation_open,
    membership.status, membership.owner, membership.created_at, membership.updated_at,
    role.id as role_id, role.name as role_name, role.description as role_description,
    role.permissions as role_permissions, role.seeded as role_seeded,
    role.created_at as role_created_at, role.updated_at as role_updated_at
"""
_JOINS = """
    join organisation on organisation.id = membership.organisation_id
    join role on role.id = membership.role_id
"""
_JOINED = f"from membership {_JOINS}"
_PLACES = sql(
    f"""
    select {_COLUMNS},
           (select max(session.created_at) from session
            where session.account_id = membership.account_id
              and session.organisation_id = membership.organisation_id) as last_used
    {_JOINED}
    where membership.account_id = :account
    order by membership.created_at, membership.id
    """  # noqa: S608 - constants of this module
)
_GET = sql(f"select {_COLUMNS}, null as last_used {_JOINED} where membership.id = :membership")
_LOCK = sql(
    f"""
    with held as materialized (
        select * from membership
        where membership.id = :membership
          and (cast(:everything as boolean) or membership.organisation_id = cast(:organisation as uuid))
        for update
    )
    select {_COLUMNS}, null as last_used from held as membership {_JOINS}
    """  # noqa: S608 - constants of this module
)
"""Locks before it joins: a join that waits for the lock compares the changed row with the role of before, and finds
nothing where the role is what has changed."""
_ANY_IN = sql("select exists (select from membership where organisation_id = :organisation)")
_SEATED = sql(
    """
    select organisation.number, count(*) from membership
    join organisation on organisation.id = membership.organisation_id
    where not membership.owner group by organisation.number
    """
)
_INSERT = sql(
    """
    insert into membership (id, account_id, organisation_id, role_id, status, owner)
    select case when exists (select from membership where id = :account) then cast(:spare as uuid)
                else :account end,
           :account, :organisation, :role, :status, :owner
    returning id
    """
)


class PgPlaces:
    """Places in organisations, in PostgreSQL."""

    async def places(self, work: Work, account: UUID | None) -> list[Place]:
        """Return all places of an account, whatever their status."""
        return [_place(record) for record in await pg(work).all(_PLACES, account=account)]

    async def lock(self, work: Work, membership: UUID) -> Place | None:
        """Return a membership in scope and hold it until the transaction ends."""
        scope = pg(work).scope
        record = await pg(work).one(
            _LOCK, membership=membership, everything=scope.everything, organisation=scope.organisation
        )
        return None if record is None else _place(record)

    async def seated(self, work: Work) -> dict[int, int]:
        """Return how many members but the owner organisations have, by number."""
        return dict(await pg(work).all(_SEATED))

    async def any_in(self, work: Work, organisation: UUID) -> bool:
        """Whether an organisation has a member, whatever the status."""
        found: bool = await pg(work).value(_ANY_IN, organisation=organisation)
        return found

    async def insert(self, work: Work, new: NewPlace) -> Place:
        """Insert a membership. Raises `AlreadyMember`."""
        try:
            membership = await pg(work).value(
                _INSERT,
                account=new.account,
                spare=new_id(),
                organisation=new.organisation,
                role=new.role.id,
                status=new.status.value,
                owner=new.owner,
            )
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "uq_membership_account_id_organisation_id":
                raise
            raise AlreadyMember from error
        return _place(await pg(work).one(_GET, membership=membership))


def _place(record: Any) -> Place:
    return Place(
        id=record["id"],
        account=record["account_id"],
        organisation=record["organisation_id"],
        organisation_number=record["organisation_number"],
        organisation_open=record["organisation_open"],
        role=Role(
            id=record["role_id"],
            name=record["role_name"],
            description=record["role_description"],
            permissions=record["role_permissions"],
            seeded=record["role_seeded"],
            created_at=record["role_created_at"],
            updated_at=record["role_updated_at"],
        ),
        status=MemberStatus(record["status"]),
        owner=record["owner"],
        created_at=record["created_at"],
        updated_at=record["updated_at"],
        last_used=record["last_used"],
    )
