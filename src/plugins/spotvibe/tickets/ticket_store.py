"""Tickets in PostgreSQL."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.tickets.domain import Billet, Statut

_LIST = sql("""
select b.id, b.uuid, b.evenement_id, e.titre, e.date_debut, e.date_fin, e.lieu, b.prix, b.statut, b.utilise_le,
       b.created_at, c.paiement_id,
       (select count(*) from spotvibe_billet where user_id = cast(:number as bigint))
from spotvibe_billet b join spotvibe_evenement e on e.id = b.evenement_id
left join spotvibe_commande c on c.id = b.commande_id
where b.user_id = cast(:number as bigint) order by b.id desc
limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql("select count(*) from spotvibe_billet where user_id = cast(:number as bigint)")
_SHOWN = """
select b.id, b.uuid, b.statut, b.prix, b.utilise_le, b.user_id,
       coalesce(nullif(trim(concat_ws(' ', a.first_name, a.last_name)), ''), a.username),
       e.id, e.createur_id, e.titre, e.lieu, e.adresse, e.date_debut, e.date_fin, e.statut
from spotvibe_billet b join spotvibe_evenement e on e.id = b.evenement_id join account a on a.number = b.user_id
where b.uuid = cast(:uuid as uuid)
"""
_GET = sql(_SHOWN)
_SCAN = """
update spotvibe_billet b set statut = 'UTILISE', utilise_le = $2, scanne_par = $3
from spotvibe_evenement e
where b.uuid = $1 and b.statut = 'PAYE' and e.id = b.evenement_id and e.statut <> 'ANNULE' returning b.id
"""
_HAS_PAID = """
select exists (select from spotvibe_billet
               where evenement_id = $1 and statut in ('PAYE', 'UTILISE') and commande_id is not null)
"""
_HOLDS = """
select exists (select from spotvibe_billet where evenement_id = $1 and user_id = $2 and statut in ('PAYE', 'UTILISE'))
"""
_BOUGHT = sql("""
select count(*) from spotvibe_billet
where user_id = cast(:number as bigint) and commande_id is not null and statut in ('PAYE', 'UTILISE')
""")
_GIVE = """
insert into spotvibe_billet (uuid, evenement_id, user_id, prix, statut) values ($1, $2, $3, 0, 'PAYE')
on conflict (evenement_id, user_id) where commande_id is null and statut in ('PAYE', 'UTILISE') do nothing returning id
"""
_GIVEN = """
select id from spotvibe_billet
where evenement_id = $1 and user_id = $2 and commande_id is null and statut in ('PAYE', 'UTILISE')
"""
_FORGET = "delete from spotvibe_billet where id = $1"
_TAKE_BACK = """
update spotvibe_billet set statut = 'ANNULE'
where evenement_id = $1 and user_id = $2 and commande_id is null and statut = 'PAYE' returning id
"""
_CANCEL_FREE = """
update spotvibe_billet set statut = 'ANNULE'
where evenement_id = $1 and commande_id is null and statut in ('PAYE', 'UTILISE') returning user_id
"""
_TO_REMIND = """
select id, titre, date_debut from spotvibe_evenement
where statut = 'VALIDE' and date_debut > $1 and date_debut <= $2 and id > $3 order by id limit $4
"""
_REMIND = """
update spotvibe_billet b set rappele_le = $2
where b.evenement_id = $1 and b.statut = 'PAYE' and b.rappele_le is null and b.created_at <= $3 returning b.user_id
"""
_REMINDED = """
select distinct user_id from spotvibe_billet
where evenement_id = $1 and rappele_le is not null and user_id = any($2::bigint[]) and rappele_le < $3
"""


def _billet(record: asyncpg.Record) -> Billet:
    key, uuid, statut, *rest = record
    return Billet(key, uuid, Statut(statut), *rest)


class TicketStore:
    """Tickets. `shown` makes the wire struct of a listed ticket's columns."""

    def __init__(self, shown: Callable[..., Any]) -> None:
        self._shown = shown

    async def page(self, work: Work, number: int, query: ListQuery) -> Page[Any]:
        """Return a user's tickets, newest first."""
        return await counted_page(work, query, _LIST, _COUNT, self._shown, number=number)

    async def get(self, work: Work, uuid: UUID) -> Billet | None:
        """Return a ticket with its event."""
        record = await pg(work).one(_GET, uuid=uuid)
        return None if record is None else _billet(record)

    async def scan(self, work: Work, uuid: UUID, by: int, now: datetime) -> bool:
        """Use a paid ticket of an event that was not cancelled; False where it is none (any more). Of two scans at
        once, one uses it."""
        return await pg(work).connection.fetchval(_SCAN, uuid, now, by) is not None

    async def has_paid(self, work: Work, evenement: int) -> bool:
        """Whether an event has tickets that were paid."""
        found: bool = await pg(work).connection.fetchval(_HAS_PAID, evenement)
        return found

    async def holds(self, work: Work, evenement: int, number: int) -> bool:
        """Whether somebody holds a good ticket of an event, used or not."""
        found: bool = await pg(work).connection.fetchval(_HOLDS, evenement, number)
        return found

    async def bought(self, work: Work, number: int) -> int:
        """Count the tickets that a user has paid for and that were not refunded."""
        count: int = await pg(work).value(_BOUGHT, number=number)
        return count

    async def give(self, work: Work, uuid: UUID, evenement: int, number: int) -> tuple[int, bool]:
        """Make a free ticket; returns its id, and whether it is new. Somebody has one of an event at most."""
        connection = pg(work).connection
        made: int | None = await connection.fetchval(_GIVE, uuid, evenement, number)
        if made is not None:
            return made, True
        found: int = await connection.fetchval(_GIVEN, evenement, number)
        return found, False

    async def forget(self, work: Work, billet: int) -> None:
        """Unmake a free ticket of this transaction."""
        await pg(work).connection.execute(_FORGET, billet)

    async def take_back(self, work: Work, evenement: int, number: int) -> bool:
        """Cancel somebody's free ticket that was not used; False where he has none."""
        return await pg(work).connection.fetchval(_TAKE_BACK, evenement, number) is not None

    async def cancel_free(self, work: Work, evenement: int) -> set[int]:
        """Cancel every free ticket of an event, and return whose they were."""
        return {record[0] for record in await pg(work).connection.fetch(_CANCEL_FREE, evenement)}

    async def starting(
        self, work: Work, now: datetime, until: datetime, after: int, limit: int
    ) -> Sequence[tuple[int, str, datetime]]:
        """Return events that begin before a moment, by id after one of them."""
        records = await pg(work).connection.fetch(_TO_REMIND, now, until, after, limit)
        return [(record[0], record[1], record[2]) for record in records]

    async def remind(self, work: Work, evenement: int, now: datetime, made_before: datetime) -> set[int]:
        """Mark the tickets of an event that were made before a moment as reminded, and return whose they are, without
        those who were reminded before by another ticket."""
        connection = pg(work).connection
        marked = {record[0] for record in await connection.fetch(_REMIND, evenement, now, made_before)}
        if not marked:
            return marked
        return marked - {record[0] for record in await connection.fetch(_REMINDED, evenement, list(marked), now)}
