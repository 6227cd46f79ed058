"""Rows of settings."""

from collections.abc import Mapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from adapters.db.base import Row
from adapters.db.work import pg
from core.primitives import messages
from core.primitives.errors import Kind
from core.work import Work
from plugins.driven.rows import DrivenStore, numbered
from plugins.driven.settings.service import FILTERS, LISTING, SETTING_EXISTS

W = TypeVar("W")


class SettingRow(Row):
    """A codification that an utilisateur has, once."""

    __tablename__ = "driven_setting"
    __table_args__ = (
        Index("uq_driven_setting_id_utilisateur", "id_utilisateur", "id_codification", unique=True),
        Index("ix_driven_setting_id_codification", "id_codification"),
    )

    id_set: Mapped[int] = numbered()
    id_utilisateur: Mapped[int] = mapped_column(
        BigInteger(), ForeignKey("driven_utilisateur.id_utilisateur", ondelete="CASCADE")
    )
    id_codification: Mapped[int] = mapped_column(BigInteger(), ForeignKey("driven_codification.id"))


_KNOWN = """
select exists (select from driven_utilisateur where id_utilisateur = $1),
       exists (select from driven_codification where id = $2)
"""
FIELDS = ("id_utilisateur", "id_codification")


class SettingStore(DrivenStore[W]):
    """Settings."""

    def __init__(self, struct: type[W], *, time_zone: ZoneInfo) -> None:
        listing = msgspec.structs.replace(LISTING, filters=FILTERS)
        super().__init__(
            SettingRow,
            struct,
            listing=listing,
            time_zone=time_zone,
            refusals={
                "uq_driven_setting_id_utilisateur": ("id_codification", SETTING_EXISTS, Kind.CONFLICT),
                "fk_driven_setting_id_utilisateur": ("id_utilisateur", messages.NOT_REFERENCE),
                "fk_driven_setting_id_codification": ("id_codification", messages.NOT_REFERENCE),
            },
        )

    async def unknown(self, work: Work, values: Mapping[str, Any]) -> list[str]:
        """Return those of the given fields that name nothing."""
        known = await pg(work).connection.fetchrow(_KNOWN, *(values.get(field) for field in FIELDS))
        return [field for field, found in zip(FIELDS, known, strict=True) if field in values and not found]
