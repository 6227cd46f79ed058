"""Orders in PostgreSQL. Whoever writes locks the payment first, then the order, its tickets, and the event last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.db.work import pg
from core.work import Work
from plugins.spotvibe.tickets.domain import Order, Statut

_SEEN = "id, evenement_id, user_id, paiement_id, quantite, prix_unitaire, statut"
_INSERT = """
with made as (
    insert into spotvibe_commande
        (id, evenement_id, user_id, paiement_id, quantite, prix_unitaire, echeance, created_at)
    values ($1, $2, $3, $4, cardinality($8::uuid[]), $5, $6, $7) returning id
)
insert into spotvibe_billet (uuid, commande_id, position, evenement_id, user_id, prix, created_at)
select each.uuid, made.id, each.position, $2, $3, $5, $7
from made, unnest($8::uuid[]) with ordinality as each (uuid, position)
"""
_LOCK = f"select {_SEEN} from spotvibe_commande where id = $1 for update"  # noqa: S608 - constants
_MOVE = """
with moved as (update spotvibe_commande set statut = $2, paiement_id = $3, echeance = coalesce($4, echeance)
               where id = $1 returning id)
update spotvibe_billet b set statut = $2 from moved where b.commande_id = moved.id and b.statut = any($5::text[])
"""
_EVENT = "select titre, statut from spotvibe_evenement where id = $1"
_OF_TICKET = """
select c.id, c.evenement_id, c.user_id, c.paiement_id, c.quantite, c.prix_unitaire, c.statut, p.state
from spotvibe_billet b join spotvibe_commande c on c.id = b.commande_id join payment p on p.id = c.paiement_id
where b.id = $1 and b.user_id = $2
"""
_TITLES = """
select c.id, e.titre from spotvibe_commande c join spotvibe_evenement e on e.id = c.evenement_id
where c.id = any($1::uuid[])
"""
_USED = "select exists (select from spotvibe_billet where commande_id = $1 and statut = 'UTILISE')"
_OVERDUE = """
select id, paiement_id from spotvibe_commande where statut = 'EN_ATTENTE' and echeance <= $1
order by echeance, id limit $2
"""
_OPEN = """
select id, paiement_id, statut from spotvibe_commande
where evenement_id = $1 and (statut = 'EN_ATTENTE' or (statut = 'PAYE' and rendu_le is null)) and id > $2
order by id limit $3
"""
_GIVEN_BACK = """
update spotvibe_commande set rendu_le = $2 where id = $1 and statut = 'PAYE' and rendu_le is null returning id
"""
_TO_GIVE_BACK = "select count(*) from spotvibe_commande where evenement_id = $1 and statut in ('EN_ATTENTE', 'PAYE')"
_TOLD = "select distinct user_id from spotvibe_commande where evenement_id = $1 and rendu_le is not null"


def _order(record: Any) -> Order:
    return Order(
        id=record[0],
        evenement=record[1],
        user=record[2],
        paiement=record[3],
        quantite=record[4],
        prix_unitaire=record[5],
        statut=Statut(record[6]),
    )


class OrderStore:
    """Orders."""

    async def insert(
        self, work: Work, order: Order, billets: Sequence[UUID], echeance: datetime, now: datetime
    ) -> None:
        """Insert an order with its tickets, all EN_ATTENTE, in one statement."""
        values = (order.id, order.evenement, order.user, order.paiement, order.prix_unitaire, echeance, now, billets)
        await pg(work).connection.execute(_INSERT, *values)

    async def lock(self, work: Work, key: UUID) -> Order | None:
        """Return an order and hold it until the transaction ends."""
        record = await pg(work).connection.fetchrow(_LOCK, key)
        return None if record is None else _order(record)

    async def move(
        self, work: Work, order: Order, statut: Statut, paiement: UUID, *, echeance: datetime | None = None
    ) -> None:
        """Move an order that is held, and its tickets. A scanned ticket moves only to REMBOURSE."""
        of_tickets = [order.statut, Statut.UTILISE] if statut is Statut.REMBOURSE else [order.statut]
        await pg(work).connection.execute(_MOVE, order.id, statut, paiement, echeance, of_tickets)

    async def event(self, work: Work, evenement: int) -> tuple[str, str]:
        """Return an event's titre and statut."""
        record = await pg(work).connection.fetchrow(_EVENT, evenement)
        return record[0], record[1]

    async def of_ticket(self, work: Work, billet: int, user: int) -> tuple[Order, str] | None:
        """Return the order of a user's ticket, and the state of its payment; None where it is not his, or free."""
        record = await pg(work).connection.fetchrow(_OF_TICKET, billet, user)
        return None if record is None else (_order(record), record[7])

    async def titles(self, work: Work, orders: Sequence[UUID]) -> Mapping[UUID, str]:
        """Return the titre of the event of each order."""
        records = await pg(work).connection.fetch(_TITLES, orders)
        return {record[0]: record[1] for record in records}

    async def used(self, work: Work, order: UUID) -> bool:
        """Whether a ticket of an order was scanned."""
        found: bool = await pg(work).connection.fetchval(_USED, order)
        return found

    async def overdue(self, work: Work, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """Return orders whose seats are held too long, each with its payment, the longest one first."""
        return [tuple(record) for record in await pg(work).connection.fetch(_OVERDUE, now, limit)]

    async def unfinished(
        self, work: Work, evenement: int, after: UUID, limit: int
    ) -> Sequence[tuple[UUID, UUID, Statut]]:
        """Return the orders of a cancelled event, after one of them, that still wait for their payment, or whose
        money was not sent back: each with its payment and its statut."""
        records = await pg(work).connection.fetch(_OPEN, evenement, after, limit)
        return [(record[0], record[1], Statut(record[2])) for record in records]

    async def mark_given_back(self, work: Work, order: UUID, now: datetime) -> bool:
        """Record that the money of a paid order is on its way back; False where it was recorded, or it is not paid."""
        return await pg(work).connection.fetchval(_GIVEN_BACK, order, now) is not None

    async def to_give_back(self, work: Work, evenement: int) -> int:
        """Count the orders of an event that hold seats."""
        count: int = await pg(work).connection.fetchval(_TO_GIVE_BACK, evenement)
        return count

    async def given_back(self, work: Work, evenement: int) -> set[int]:
        """Return the numbers of those whose money was sent back because the event was cancelled."""
        return {record[0] for record in await pg(work).connection.fetch(_TOLD, evenement)}
