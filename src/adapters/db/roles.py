"""Database roles: the owner migrates, the application role serves, the global role sees every tenant.

The application role is neither superuser nor owner, so row-level security binds it. It may `SET LOCAL ROLE
socle_global`, whose policies see all rows; that happens explicitly, for superusers, sign-in and jobs.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.db.base import Row

GLOBAL_ROLE = "socle_global"
TENANT_SETTING = "app.tenant"
CURRENT_TENANT = f"nullif(current_setting('{TENANT_SETTING}', true), '')::uuid"
"""After a transaction that set it the setting reads '' and not NULL; `''::uuid` would raise."""


def role_of(url: str) -> str:
    """The role name of a database URL."""
    return unquote(urlsplit(url).username or "")


def password_of(url: str) -> str | None:
    """The password of a database URL."""
    password = urlsplit(url).password
    return unquote(password) if password is not None else None


async def require_application_role(connection: Any) -> None:
    """Raise `RuntimeError` where the connected role would pass row-level security by: a superuser, a role with
    BYPASSRLS, or an owner of Socle's tables."""
    row = await connection.fetchrow(
        """
        select current_user::text as name, rolsuper or rolbypassrls as exempt, rolinherit as inherits,
               exists (select from pg_tables where schemaname = 'public' and tableowner = current_user) as owns
        from pg_roles where rolname = current_user
        """
    )
    if row["exempt"] or row["owns"] or row["inherits"]:
        raise RuntimeError(
            f'The database role "{row["name"]}" of SOCLE_DATABASE_URL is a superuser, owns tables or inherits its '
            "groups' rights, so row-level security would not bind it: "
            "name another role there, and give the owner's URL to SOCLE_DATABASE_OWNER_URL for `socle migrate`."
        )


def quoted(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


async def ensure_roles(connection: Any, application_role: str, password: str | None) -> None:
    """As the owner: make the global and the application role where they are missing."""
    literal = await connection.fetchval("select quote_literal($1::text)", password) if password else None
    for name, options in (
        (GLOBAL_ROLE, "nologin"),
        (application_role, "login noinherit" + (f" password {literal}" if literal else "")),
    ):
        if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", name):
            try:
                await connection.execute(f"create role {quoted(name)} {options} nosuperuser nobypassrls")
            except Exception as error:
                if getattr(error, "sqlstate", "") not in ("42710", "23505"):
                    raise
    await connection.execute(f"grant {GLOBAL_ROLE} to {quoted(application_role)}")


async def grant_tables(connection: Any, application_role: str) -> None:
    """As the owner: give both roles their privileges on every table, view, sequence and function of the schema."""
    both = f"{quoted(application_role)}, {GLOBAL_ROLE}"
    await connection.execute(f"grant usage on schema public to {both}")
    await connection.execute(f"grant usage on all sequences in schema public to {both}")
    existing = {
        record["name"]
        for record in await connection.fetch(
            "select table_name::text as name from information_schema.tables where table_schema = 'public'"
        )
    }
    declared = {table.name: table for table in Row.metadata.tables.values()}
    for name in sorted(existing - {"alembic_version"}):
        grants = declared[name].info.get("grants") if name in declared else None
        await connection.execute(f"revoke all on {quoted(name)} from {both}")
        await connection.execute(f"grant {grants or 'select, insert, update, delete'} on {quoted(name)} to {both}")
