"""Audit entries, read only."""

from typing import TypeVar

import sqlalchemy as sa

from adapters.db.audit import AuditEntryRow
from adapters.db.store import Store

W = TypeVar("W")


class LogStore(Store[W]):
    """Reads audit entries of the tenant in scope."""

    def __init__(self, struct: type[W], **options: object) -> None:
        super().__init__(
            AuditEntryRow,
            struct,
            columns={"user": "account_id", "entreprise": "organisation_id"},
            version=sa.literal_column("1"),
            **options,  # type: ignore[arg-type]
        )
