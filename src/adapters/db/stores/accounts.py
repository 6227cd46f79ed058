"""The store of accounts."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from adapters.db.accounts import AccountRow
from adapters.db.statement import Statement
from adapters.db.work import pg
from core.accounts.entities import Account, Credentials, NewAccount
from core.accounts.ports import Taken
from core.work import Work

_TABLE: sa.Table = AccountRow.__table__  # type: ignore[assignment]
_FIELDS = {
    "id": "id",
    "number": "number",
    "email": "email",
    "username": "username",
    "first_name": "first_name",
    "last_name": "last_name",
    "phone": "phone",
    "picture": "picture",
    "department": "department",
    "active": "is_active",
    "superuser": "is_superuser",
    "staff": "is_staff",
    "email_verified_at": "email_verified_at",
    "last_login_at": "last_login_at",
    "language": "language",
    "created_at": "created_at",
    "updated_at": "updated_at",
}
"""The columns behind the fields of `Account`."""

_COLUMNS = [_TABLE.c[column].label(field) for field, column in _FIELDS.items()]
_WITH_PASSWORD = [*_COLUMNS, _TABLE.c.password_hash]
_UNIQUE = {"uq_account_email": "email", "uq_account_username": "username"}


def _place(name: str) -> Any:
    return sa.bindparam(name, type_=sa.Text())


_IDENTIFIED = (
    sa.select(*_WITH_PASSWORD)
    .where(
        sa.or_(
            sa.func.lower(_TABLE.c.email) == sa.func.lower(_place("identifier")),
            sa.func.lower(_TABLE.c.username) == sa.func.lower(_place("identifier")),
        )
    )
    .order_by((sa.func.lower(_TABLE.c.email) == sa.func.lower(_place("identifier"))).desc())
    .limit(1)
)
_BY_ID = sa.select(*_WITH_PASSWORD).where(_TABLE.c.id == sa.bindparam("account", type_=sa.Uuid()))
_FIND = Statement(_IDENTIFIED)
_GET = Statement(_BY_ID)
_LOCK = Statement(_BY_ID.with_for_update())
_TAKEN = Statement(
    sa.select(
        sa.exists().where(sa.func.lower(_TABLE.c.email) == sa.func.lower(_place("email"))),
        sa.exists().where(sa.func.lower(_TABLE.c.username) == sa.func.lower(_place("username"))),
    )
)
_INSERTED = (
    "id",
    "email",
    "username",
    "first_name",
    "last_name",
    "phone",
    "department",
    "superuser",
    "staff",
    "email_verified_at",
    "language",
)


def _bound(field: str) -> tuple[str, Any]:
    column = _TABLE.c[_FIELDS.get(field, field)]
    return column.name, sa.bindparam(f"new_{field}", type_=column.type)


_INSERT = Statement(
    sa.insert(_TABLE).values(dict(_bound(field) for field in (*_INSERTED, "password_hash"))).returning(*_COLUMNS)
)


@lru_cache(maxsize=64)
def _update(fields: tuple[str, ...]) -> Statement:
    values: dict[str, Any] = dict(_bound(field) for field in fields)
    values["updated_at"] = sa.func.now()
    values["version"] = _TABLE.c.version + 1
    changed = sa.update(_TABLE).where(_TABLE.c.id == sa.bindparam("account", type_=sa.Uuid())).values(values)
    return Statement(changed.returning(*_COLUMNS))


class PgAccounts:
    """Accounts in PostgreSQL."""

    async def find(self, work: Work, identifier: str) -> Credentials | None:
        """Return the account of an email or username, without regard to case; an email comes first."""
        return _credentials(await pg(work).one(_FIND, identifier=identifier))

    async def get(self, work: Work, account: UUID) -> Credentials | None:
        """Return an account."""
        return _credentials(await pg(work).one(_GET, account=account))

    async def lock(self, work: Work, account: UUID) -> Credentials | None:
        """Return an account and hold it until the transaction ends."""
        return _credentials(await pg(work).one(_LOCK, account=account))

    async def taken(self, work: Work, email: str | None, username: str | None) -> set[str]:
        """Return which of "email" and "username" belong to an account already."""
        by_email, by_username = await pg(work).one(_TAKEN, email=email, username=username)
        return ({"email"} if by_email else set()) | ({"username"} if by_username else set())

    async def insert(self, work: Work, account: NewAccount) -> Account:
        """Insert an account. Raises `Taken`."""
        values = {f"new_{field}": getattr(account, field) for field in (*_INSERTED, "password_hash")}
        return Account(**await self._guarded(pg(work).one(_INSERT, **values)))

    async def update(self, work: Work, account: UUID, values: Mapping[str, Any]) -> Account:
        """Change fields of an account. Raises `Taken`, and `LookupError` where there is none."""
        statement = _update(tuple(values))
        parameters = {f"new_{field}": value for field, value in values.items()}
        record = await self._guarded(pg(work).one(statement, account=account, **parameters))
        if record is None:
            raise LookupError(f"no account {account}")
        return Account(**record)

    async def _guarded(self, running: Any) -> Any:
        try:
            return await running
        except asyncpg.UniqueViolationError as error:
            field = _UNIQUE.get(error.constraint_name or "")
            if field is None:
                raise
            raise Taken(field) from error


def _credentials(record: Any) -> Credentials | None:
    if record is None:
        return None
    values = dict(record)
    password_hash = values.pop("password_hash")
    return Credentials(Account(**values), password_hash)
