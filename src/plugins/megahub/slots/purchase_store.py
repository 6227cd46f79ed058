"""Purchases of slots in PostgreSQL."""

from decimal import Decimal
from uuid import UUID

from adapters.db.work import pg
from core.work import Work
from plugins.megahub.slots.purchase_service import Purchase, Status

_INSERT = """
insert into megahub_slot_purchase (organisation_number, account_id, brands, users, amount)
values ($1, $2, $3, $4, $5) returning id
"""
_LOCK = """
select purchase.id, purchase.organisation_number, purchase.brands, purchase.users, purchase.status,
       organisation.archived_at is not null as archived
from megahub_slot_purchase purchase join organisation on organisation.number = purchase.organisation_number
where purchase.id = $1 for update of purchase
"""
_MOVE = "update megahub_slot_purchase set status = $2, updated_at = now() where id = $1"


class PgPurchases:
    """Purchases in PostgreSQL."""

    async def insert(
        self, work: Work, *, company: int, account: UUID | None, brands: int, users: int, amount: Decimal
    ) -> int:
        """Insert a purchase that waits for its money, and return its id."""
        made: int = await pg(work).connection.fetchval(_INSERT, company, account, brands, users, amount)
        return made

    async def lock(self, work: Work, key: int) -> Purchase | None:
        """Return a purchase and hold it until the transaction ends."""
        found = await pg(work).connection.fetchrow(_LOCK, key)
        if found is None:
            return None
        return Purchase(
            id=found["id"],
            company=found["organisation_number"],
            brands=found["brands"],
            users=found["users"],
            status=Status(found["status"]),
            archived=found["archived"],
        )

    async def move(self, work: Work, key: int, status: Status) -> None:
        """Change how a purchase that is held stands."""
        await pg(work).connection.execute(_MOVE, key, status.value)
