"""Rows of functions, and of the permissions tied to them."""

from typing import Any, TypeVar

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives.errors import Kind
from core.primitives.messages import NOT_REFERENCE
from core.resources import ResourceId
from core.work import Work
from plugins.driven.fonctions_api.service import NOM_USED
from plugins.driven.rows import DrivenStore, Tracked, numbered

W = TypeVar("W")


class FonctionApiRow(Row, Tracked):
    """A function of an application. Its name is unique there; in the portal it is an `operationId`."""

    __tablename__ = "driven_fonction_api"
    __table_args__ = (Index("uq_driven_fonction_api_nom_fonction", "app_id", "nom_fonction", unique=True),)

    fonction_id: Mapped[int] = numbered()
    nom_fonction: Mapped[str]
    description: Mapped[str]
    app_id: Mapped[int] = mapped_column(BigInteger(), ForeignKey("driven_application.app_id"))


class FonctionPermissionRow(Row):
    """A permission that a function asks for. It goes with the function."""

    __tablename__ = "driven_fonction_permission"
    __table_args__ = (Index("ix_driven_fonction_permission_permission_id", "permission_id"),)

    fonction_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_fonction_api.fonction_id", ondelete="CASCADE"), primary_key=True
    )
    permission_id: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_permission.permission_id"), primary_key=True
    )


_HOLD = "select from driven_fonction_api where fonction_id = $1 for update"
_PERMISSIONS = "select count(*) from driven_fonction_permission where fonction_id = $1"


class FonctionStore(DrivenStore[W]):
    """Functions."""

    def __init__(self, struct: type[W], **options: Any) -> None:
        super().__init__(
            FonctionApiRow,
            struct,
            refusals={
                "uq_driven_fonction_api_nom_fonction": ("nom_fonction", NOM_USED, Kind.CONFLICT),
                "fk_driven_fonction_api_app_id": ("app_id", NOT_REFERENCE),
            },
            **options,
        )

    async def permissions_of(self, work: Work, key: ResourceId) -> int:
        """Hold a function, and return how many permissions are tied to it."""
        run = pg(work).connection
        # two statements: the second sees what was committed while the first waited for the lock
        await run.fetch(_HOLD, key)
        counted: int = await run.fetchval(_PERMISSIONS, key)
        return counted
