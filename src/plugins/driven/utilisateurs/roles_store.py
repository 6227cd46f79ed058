"""Rows of the roles that utilisateurs have."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.errors import DomainError, FieldProblem, Kind
from core.resources import ResourceId
from core.work import Work
from plugins.driven.gate import read_rights
from plugins.driven.rights import Rights
from plugins.driven.rows import Tracked
from plugins.driven.utilisateurs.roles_service import HAS_ROLE_ALREADY, Granted

W = TypeVar("W")


class UtilisateurRoleRow(Row, Tracked):
    """A role that an utilisateur has, one for each application. It goes with the utilisateur."""

    __tablename__ = "driven_utilisateur_role"
    __table_args__ = (
        ForeignKeyConstraint(["role_id", "app_id"], ["driven_role.role_id", "driven_role.app_id"]),
        Index("uq_driven_utilisateur_role_app_id", "id_utilisateur", "app_id", unique=True),
        Index("ix_driven_utilisateur_role_role_id", "role_id", "app_id"),
    )

    ur_id: Mapped[int] = mapped_column(BigInteger(), Identity(always=True), primary_key=True, sort_order=-10)
    id_utilisateur: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_utilisateur.id_utilisateur", ondelete="CASCADE")
    )
    role_id: Mapped[int] = mapped_column(BigInteger())
    app_id: Mapped[int] = mapped_column(BigInteger())


_ROLE: Any = sa.table(
    "driven_role",
    sa.column("role_id", BigInteger()),
    sa.column("nom", sa.Text()),
    sa.column("description", sa.Text()),
)
_APPLICATION: Any = sa.table("driven_application", sa.column("app_id", BigInteger()), sa.column("nom", sa.Text()))

_KNOWN = "select true from driven_utilisateur where id_utilisateur = $1"
_HOLD = f"{_KNOWN} for key share"
_GRANTED = """
select exists (select from driven_application where app_id = $2), r.app_id, a.protege, r.protege
from driven_role r join driven_application a on a.app_id = r.app_id
where r.role_id = $1
for key share of r
"""
_APPLICATION_KNOWN = "select exists (select from driven_application where app_id = $1)"
_PERMISSIONS = "select permission_id from driven_role_permission where role_id = $1"
_ASSIGN = """
insert into driven_utilisateur_role (id_utilisateur, role_id, app_id, creer_par, modifier_par)
values ($1, $2, $3, $4, $4)
"""
_REMOVE = """
delete from driven_utilisateur_role ur using driven_role r
where ur.id_utilisateur = $1 and ur.role_id = $2 and ur.app_id = $3 and r.role_id = ur.role_id
returning r.protege
"""
_OF = """
select ur.ur_id, ur.id_utilisateur, ur.role_id, ur.app_id,
       row(r.role_id, r.nom, r.description), row(a.app_id, a.nom)
from driven_utilisateur_role ur
join driven_role r on r.role_id = ur.role_id
join driven_application a on a.app_id = ur.app_id
where ur.id_utilisateur = $1
order by ur.ur_id
"""


def roles_table() -> sa.Table:
    """The table of assigned roles."""
    table: sa.Table = UtilisateurRoleRow.__table__  # type: ignore[assignment]
    return table


def assigned_roles(source: Any) -> Any:
    """The roles of an utilisateur as an array of rows, for a select of utilisateurs."""
    assigned = roles_table()
    rows = (
        sa.select(
            sa.func.row(
                assigned.c.ur_id,
                assigned.c.id_utilisateur,
                assigned.c.role_id,
                assigned.c.app_id,
                sa.func.row(_ROLE.c.role_id, _ROLE.c.nom, _ROLE.c.description),
                sa.func.row(_APPLICATION.c.app_id, _APPLICATION.c.nom),
            )
        )
        .join(_ROLE, _ROLE.c.role_id == assigned.c.role_id)
        .join(_APPLICATION, _APPLICATION.c.app_id == assigned.c.app_id)
        .where(assigned.c.id_utilisateur == source.c.id_utilisateur)
        .order_by(assigned.c.ur_id)
        .correlate(source)
        .scalar_subquery()
    )
    return sa.func.array(rows).label("utilisateur_roles")


class UtilisateurRoleStore(Generic[W]):
    """The roles of utilisateurs. `role` makes the struct of one of its columns, the last two of which are rows."""

    def __init__(self, role: Callable[..., W], hold_admins: Callable[[Work], Any]) -> None:
        self._role = role
        self._hold_admins = hold_admins

    async def known(self, work: Work, key: ResourceId) -> bool:
        """Whether there is such an utilisateur."""
        return await pg(work).connection.fetchval(_KNOWN, key) is not None

    async def hold(self, work: Work, key: ResourceId) -> bool:
        """Whether there is such an utilisateur; it stays until the transaction ends."""
        return await pg(work).connection.fetchval(_HOLD, key) is not None

    async def granted(self, work: Work, role_id: int, app_id: int) -> Granted:
        """Return what decides about assigning a role, and keep it in its application until the transaction ends."""
        run = pg(work).connection
        record: Any = await run.fetchrow(_GRANTED, role_id, app_id)
        if record is None:
            return Granted(await run.fetchval(_APPLICATION_KNOWN, app_id), None, False, False, frozenset())  # noqa: FBT003
        permissions = frozenset(row[0] for row in await run.fetch(_PERMISSIONS, role_id))
        known, owner, portal, protected = record
        return Granted(known, owner, portal, protected, permissions)

    async def rights_of(self, work: Work, number: int) -> Rights | None:
        """Return what an utilisateur holds in the portal."""
        return await read_rights(work, number)

    async def assign(self, work: Work, key: ResourceId, role_id: int, app_id: int, by: int | None) -> None:
        """Assign a role. Raises `DomainError` of kind conflict where the utilisateur has one in that application."""
        try:
            await pg(work).connection.execute(_ASSIGN, key, role_id, app_id, by)
        except asyncpg.UniqueViolationError as error:
            problem = FieldProblem(("app_id",), HAS_ROLE_ALREADY)
            raise DomainError(HAS_ROLE_ALREADY, Kind.CONFLICT, problems=(problem,)) from error

    async def hold_admins(self, work: Work) -> list[int]:
        """Return the active administrators of the portal. Until the transaction ends nobody else gets an answer."""
        admins: list[int] = await self._hold_admins(work)
        return admins

    async def remove(self, work: Work, key: ResourceId, role_id: int, app_id: int) -> bool | None:
        """Take a role away and tell whether it was that of the portal's administrators."""
        protected: bool | None = await pg(work).connection.fetchval(_REMOVE, key, role_id, app_id)
        return protected

    async def roles_of(self, work: Work, key: ResourceId) -> list[W]:
        """Return the roles of an utilisateur, in the order in which they were assigned."""
        return [self._role(*record) for record in await pg(work).connection.fetch(_OF, key)]
