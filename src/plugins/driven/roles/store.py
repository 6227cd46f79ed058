"""Rows of roles, and of the permissions tied to them."""

from typing import Any, TypeVar

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.primitives.messages import NOT_REFERENCE
from core.resources import ResourceId
from core.work import Work
from plugins.driven.gate import read_rights
from plugins.driven.rights import Rights
from plugins.driven.roles.service import NOM_USED, RoleFacts
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class RoleRow(Row, Tracked):
    """A role of an application. Its name is unique there. `protege` is the portal's "Admin"."""

    __tablename__ = "driven_role"
    __table_args__ = (
        UniqueConstraint("role_id", "app_id"),
        Index("uq_driven_role_nom", "app_id", "nom", unique=True),
    )

    role_id: Mapped[int] = numbered()
    nom: Mapped[str]
    description: Mapped[str]
    app_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("driven_application.app_id"))
    protege: Mapped[bool] = mapped_column(server_default="false")


class RolePermissionRow(Row):
    """A permission of a role. It goes with the role."""

    __tablename__ = "driven_role_permission"
    __table_args__ = (Index("ix_driven_role_permission_permission_id", "permission_id"),)

    role_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_role.role_id", ondelete="CASCADE"), primary_key=True
    )
    permission_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_permission.permission_id"), primary_key=True
    )


_HOLD = "select nom, app_id, protege from driven_role where role_id = $1 for update"
_UTILISATEURS = "select count(*) from driven_utilisateur_role where role_id = $1"
_PERMISSIONS = """
select p.permission_id, p.nom from driven_role_permission rp join driven_permission p using (permission_id)
where rp.role_id = $1 order by p.permission_id
"""
_COUNTS = "select exists (select from driven_application where app_id = $1 and protege)"


class RoleStore(DrivenStore[W]):
    """Roles."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        super().__init__(
            RoleRow,
            struct,
            refusals={
                "uq_driven_role_nom": ("nom", NOM_USED, Kind.CONFLICT),
                "fk_driven_role_app_id": ("app_id", NOT_REFERENCE),
            },
            **options,
        )

    async def facts_of(self, work: Work, key: ResourceId) -> RoleFacts | None:
        """Return the facts of a role, and hold it until the transaction ends."""
        run = pg(work).connection
        held: Any = await run.fetchrow(_HOLD, key)
        if held is None:
            return None
        # statements of their own: they see what was committed while the first waited for the lock
        utilisateurs: int = await run.fetchval(_UTILISATEURS, key)
        permissions = dict(await run.fetch(_PERMISSIONS, key))
        return RoleFacts(held["nom"], held["app_id"], held["protege"], utilisateurs, permissions)

    async def counts(self, work: Work, app_id: int) -> bool:
        """Whether permissions of roles of an application count for the gate."""
        found: bool = await pg(work).connection.fetchval(_COUNTS, app_id)
        return found

    async def rights_of(self, work: Work, number: int) -> Rights | None:
        """Return what an utilisateur holds in the portal."""
        return await read_rights(work, number)
