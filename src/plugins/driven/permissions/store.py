"""Rows of permissions."""

from typing import Any, TypeVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.resources import ResourceId
from core.work import Work
from plugins.driven.permissions.service import NOM_USED
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class PermissionRow(Row, Tracked):
    """A permission. Its name is unique."""

    __tablename__ = "driven_permission"
    __table_args__ = (Index("uq_driven_permission_nom", "nom", unique=True),)

    permission_id: Mapped[int] = numbered()
    nom: Mapped[str]
    description: Mapped[str]


_HOLD = "select from driven_permission where permission_id = $1 for update"
_USES = """
select (select count(*) from driven_role_permission where permission_id = $1),
       (select count(*) from driven_fonction_permission where permission_id = $1)
"""


class PermissionStore(DrivenStore[W]):
    """Permissions."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        refusals = {"uq_driven_permission_nom": ("nom", NOM_USED, Kind.CONFLICT)}
        super().__init__(PermissionRow, struct, refusals=refusals, **options)

    async def uses_of(self, work: Work, key: ResourceId) -> tuple[int, int]:
        """Hold a permission, and return how many roles and functions are tied to it."""
        run = pg(work).connection
        # two statements: the second sees what was committed while the first waited for the lock
        await run.fetch(_HOLD, key)
        roles, fonctions = await run.fetchrow(_USES, key)
        return roles, fonctions
