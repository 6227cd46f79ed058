"""Database roles: the owner migrates, the application role serves, the global role sees every tenant.

The application role is neither superuser nor owner, so row-level security binds it. It may `SET LOCAL ROLE
socle_global`, whose policies see all rows; that happens explicitly, for superusers, sign-in and jobs.
"""

from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg

from adapters.db.base import Row

GLOBAL_ROLE = "socle_global"
TENANT_SETTING = "app.tenant"
CURRENT_TENANT = f"nullif(current_setting('{TENANT_SETTING}', true), '')::uuid"
"""After a transaction that set it the setting reads '' and not NULL; `''::uuid` would raise."""


READ_ONLY_TABLES = frozenset({"alembic_version", "saq_versions"})
"""What the owner's tools keep about the schema."""


def role_of(url: str) -> str:
    """The role name of a database URL."""
    return unquote(urlsplit(url).username or "")


def password_of(url: str) -> str | None:
    """The password of a database URL."""
    password = urlsplit(url).password
    return unquote(password) if password is not None else None


async def require_application_role(connection: Any) -> None:
    """Raise `RuntimeError` where row-level security would not bind the connected role: a superuser, a role with
    BYPASSRLS, an owner of the database or of its tables, or a role that has the global role's rights without asking."""
    row = await connection.fetchrow(
        """
        select current_user::text as name, rolsuper or rolbypassrls as exempt,
               exists (select from pg_roles r where r.rolname = $1 and pg_has_role(current_user, r.oid, 'usage'))
                   as inherits,
               exists (select from pg_tables
                       where schemaname = 'public' and pg_has_role(current_user, tableowner, 'usage'))
               or exists (select from pg_database where datname = current_database()
                          and pg_has_role(current_user, datdba, 'usage')) as owns
        from pg_roles where rolname = current_user
        """,
        GLOBAL_ROLE,
    )
    if row["exempt"] or row["owns"] or row["inherits"]:
        raise RuntimeError(
            f'The database role "{row["name"]}" of SOCLE_DATABASE_URL is a superuser, owns tables or inherits the '
            f'rights of "{GLOBAL_ROLE}", so row-level security would not bind it: '
            "name another role there, and give the owner's URL to SOCLE_DATABASE_OWNER_URL for `socle migrate`."
        )


def quoted(name: str) -> str:
    """Quote an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


async def ensure_roles(connection: Any, application_role: str, password: str | None) -> None:
    """Make the global and the application role where they are missing, and let the second become the first, never
    inherit it. Raises `RuntimeError` where the connected role lacks the right to."""
    literal = await connection.fetchval("select quote_literal($1::text)", password) if password else None
    recent = await connection.fetchval("select current_setting('server_version_num')::int >= 160000")
    membership = f"grant {GLOBAL_ROLE} to {quoted(application_role)}" + (
        " with inherit false, set true" if recent else ""
    )
    login = "login noinherit nosuperuser nobypassrls"
    create = {
        GLOBAL_ROLE: f"create role {GLOBAL_ROLE} nologin nosuperuser nobypassrls",
        application_role: f"create role {quoted(application_role)} {login}",
    }
    try:
        for name, statement in create.items():
            if not await connection.fetchval("select exists (select from pg_roles where rolname = $1)", name):
                secret = f" password {literal}" if literal and name == application_role else ""
                with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
                    await connection.execute(statement + secret)
        belongs = await connection.fetchval(
            "select pg_has_role($1, $2, 'member') and not pg_has_role($1, $2, 'usage')", application_role, GLOBAL_ROLE
        )
        if not belongs:
            await connection.execute(membership)
    except asyncpg.InsufficientPrivilegeError as error:
        raise RuntimeError(
            f"The owner's database role may not make the roles Socle needs ({error}): let an administrator run "
            f"`{'; '.join(create.values())}; {membership}`."
        ) from error


async def grant_tables(connection: Any, application_role: str) -> None:
    """As the owner: give both roles their privileges on every table, view and sequence of the schema.

    A table's declared `grants` bind; one that no row declares is the queue's or a third party's and gets all four.
    Views are only read: they run with the owner's rights, and a change through one would pass row-level security and
    narrower grants by.
    """
    both = f"{quoted(application_role)}, {GLOBAL_ROLE}"
    declared = {table.name: table.info.get("grants") for table in Row.metadata.tables.values()}
    relations = await connection.fetch(
        "select relname::text as name, relkind = any('{v,m}') as is_view from pg_class"
        " where relnamespace = 'public'::regnamespace and relkind = any('{r,p,v,m}')"
        " and pg_has_role(relowner, 'usage') order by relname"
    )
    async with connection.transaction():
        await connection.execute(f"grant usage on schema public to {both}")
        await connection.execute(f"grant usage on all sequences in schema public to {both}")
        for relation in relations:
            name = relation["name"]
            if relation["is_view"] or name in READ_ONLY_TABLES:
                privileges = "select"
            else:
                privileges = declared.get(name) or "select, insert, update, delete"
            await connection.execute(f"revoke all on {quoted(name)} from {both}")
            await connection.execute(f"grant {privileges} on {quoted(name)} to {both}")
