"""What the rows of driven have in common: who made and changed them, and when; times without zone on the wire."""

from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import BigInteger, ForeignKey, Identity, func
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import TOUCHED
from adapters.db.store import Store

W = TypeVar("W")


def numbered() -> Any:
    """An integer key that the database gives."""
    return mapped_column(BigInteger(), Identity(always=True), primary_key=True, sort_order=-10)


class Tracked:
    """Who made a row and who changed it last (accounts by their integer id), and when."""

    creer_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"), sort_order=90)
    modifier_par: Mapped[int | None] = mapped_column(BigInteger(), ForeignKey("account.number"), sort_order=91)
    creer_a: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=92)
    modifier_a: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=93, info=TOUCHED)


class DrivenStore(Store[W]):
    """A store whose times go to the wire in UTC, without zone, in whole seconds (DECISIONS.md section 0, "Times")."""

    def columns(self, source: Any) -> list[Any]:
        """The columns of the wire struct, in its order."""
        return [naive(self.expression(name, source)).label(name) for name in self._fields]


def naive(expression: Any) -> Any:
    """A moment in UTC without zone and fractions; anything else as it is."""
    if isinstance(expression.type, sa.DateTime) and expression.type.timezone:
        return sa.func.date_trunc("second", sa.func.timezone("UTC", expression), type_=sa.DateTime())
    return expression
