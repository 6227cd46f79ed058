"""The log of messages on PostgreSQL."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adapters.db.accounts import AccountRow
from adapters.db.jobs import MessageDeliveryRow
from adapters.db.statement import Statement
from adapters.db.work import pg
from core.notifications.service import DeliveryRecord
from core.work import Work

_ACCOUNT: Any = AccountRow.__table__
_DELIVERY: Any = MessageDeliveryRow.__table__
_COLUMNS = ("id", "channel", "template", "recipient", "status", "attempts", "error")


def _record() -> Statement:
    given = {name: sa.bindparam(f"given_{name}", type_=_DELIVERY.c[name].type) for name in _COLUMNS}
    # The account may be gone by now; its message has been sent all the same.
    account = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.id == sa.bindparam("given_account", type_=sa.Uuid()))
    sent_at = sa.case((given["status"] == "sent", sa.func.now()))
    statement = insert(_DELIVERY).values(**given, account_id=account.scalar_subquery(), sent_at=sent_at)
    changed = {name: statement.excluded[name] for name in ("status", "attempts", "error", "sent_at")}
    return Statement(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


class PgMessageLog:
    """Keeps one row of `message_delivery` for each message."""

    def __init__(self) -> None:
        self._record = _record()

    async def record(self, work: Work, record: DeliveryRecord) -> None:
        """Write a record, over an earlier one of the same id."""
        given = {f"given_{name}": getattr(record, name) for name in _COLUMNS}
        await pg(work).one(self._record, given_account=record.account, **given)
