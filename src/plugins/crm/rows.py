"""What all tables of crm have in common: an organisation, an author, moments, a version; and what stores refuse."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Date, ForeignKey, cast, func
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import TOUCHED, Version
from adapters.db.store import Store
from core.primitives.errors import invalid_request
from core.primitives.page import Versioned
from core.resources import ResourceId
from core.work import Work
from plugins.crm.authored import STILL_USED

W = TypeVar("W")


class Authored(Version):
    """A row of an organisation: who made it (an account's number; None for the installation itself), and when it was
    made and last changed, by the transaction's clock."""

    entreprise: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    cree_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"), sort_order=89)
    date_creation: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    date_modification: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=91, info=TOUCHED)


class ReferredStore(Store[W]):
    """A store of things that others refer to: what is still referred to is not deleted."""

    async def delete(self, work: Work, key: ResourceId, version: int | None) -> Versioned[ResourceId] | None:
        """Delete a row in scope. Raises `DomainError` of kind invalid where a foreign key points to it."""
        try:
            return await super().delete(work, key, version)
        except asyncpg.ForeignKeyViolationError:
            raise invalid_request(STILL_USED) from None


def today() -> Any:
    """The SQL expression of the present day in the installation's time zone, by the transaction's clock."""
    return cast(func.timezone(func.socle_zone(), func.now()), Date())
