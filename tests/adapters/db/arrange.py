"""Rows that the database tests stand on."""

from typing import Any
from uuid import UUID

from core.primitives.ids import new_id


async def add_account(connection: Any) -> UUID:
    """An account."""
    account = new_id()
    await connection.execute(
        "insert into account (id, email, username) values ($1, $2, $2)", account, f"{account}@example.org"
    )
    return account


async def add_organisation(connection: Any) -> UUID:
    """An organisation."""
    organisation = new_id()
    await connection.execute(
        "insert into organisation (id, name, sector, kind, address, size) values ($1, 'Société', '', '', '', 1)",
        organisation,
    )
    return organisation


async def add_membership(connection: Any, account: UUID, organisation: UUID) -> UUID:
    """An active membership with a role of its own."""
    role, membership = new_id(), new_id()
    await connection.execute(
        "insert into role (id, name, description, permissions)"
        """ values ($1, gen_random_uuid()::text, '', '{"products": ["read"]}')""",
        role,
    )
    await connection.execute(
        "insert into membership (id, account_id, organisation_id, role_id, status) values ($1, $2, $3, $4, 'actif')",
        membership,
        account,
        organisation,
        role,
    )
    return membership
