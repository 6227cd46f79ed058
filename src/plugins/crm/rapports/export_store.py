"""The records of exports that jobs make."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.db.work import pg
from core.primitives.ids import MAX_INTEGER_ID
from core.work import Work
from plugins.crm.rapports.export_service import Export, Order

_INSERT = """
insert into crm_export (entreprise, rapport, format, filtres, langue, lignes, cree_par)
values ($1, $2, $3, $4, $5, $6, $7) returning id
"""
_FIELDS = "id, rapport, format, statut, lignes, lignes_faites, fichier, nom_fichier, date_creation"
_GET = f"select {_FIELDS} from crm_export where id = $1 and ($2 or entreprise = $3)"  # noqa: S608 - names of our own
_BEGIN = """
update crm_export set statut = 'En cours', lignes_faites = 0, date_modification = now()
where id = $1 and statut in ('En attente', 'En cours')
returning id, entreprise, rapport, format, filtres, langue, lignes
"""
_PROGRESS = """
update crm_export set lignes_faites = $2, date_modification = now() where id = $1 and statut = 'En cours'
"""
_FINISH = """
update crm_export
set statut = 'Terminé', fichier = $2, nom_fichier = $3, lignes = $4, lignes_faites = $4, date_modification = now()
where id = $1 and statut = 'En cours' returning true
"""
_FAIL = """
update crm_export set statut = 'Échoué', date_modification = now()
where id = $1 and statut in ('En attente', 'En cours')
"""
_FAIL_STUCK = """
update crm_export set statut = 'Échoué', date_modification = now()
where statut in ('En attente', 'En cours') and date_modification < $1
"""
_REMOVE = """
delete from crm_export where id in (
    select id from crm_export where date_creation < $1 and statut in ('Terminé', 'Échoué')
    order by date_creation limit $2 for update skip locked
) returning fichier
"""
_NAME = "select name from organisation where id = $1"


class PgExports:
    """The records of exports."""

    async def insert(self, work: Work, order: Order, account: int) -> int:
        """Record an export to be made; return its id."""
        db = pg(work)
        filtres = msgspec.json.encode(order.filtres).decode()
        values = (order.entreprise, order.rapport, order.format, filtres, order.langue, order.lignes, account)
        made: int = await db.connection.fetchval(_INSERT, *values)
        return made

    async def get(self, work: Work, key: int) -> Export | None:
        """Return an export in scope."""
        db = pg(work)
        if key > MAX_INTEGER_ID:
            return None
        found = await db.connection.fetchrow(_GET, key, db.scope.everything, db.scope.organisation)
        return None if found is None else Export(*found)

    async def begin(self, work: Work, key: int) -> Order | None:
        """Note that an export is being made, and return what was asked for; None where nothing is left to do."""
        found = await pg(work).connection.fetchrow(_BEGIN, key)
        return None if found is None else msgspec.convert(_plain(found), Order)

    async def note_progress(self, work: Work, key: int, rows: int) -> None:
        """Note how many rows are written."""
        await pg(work).connection.execute(_PROGRESS, key, rows)

    async def finish(self, work: Work, key: int, file: UUID, name: str, rows: int) -> bool:
        """Note that an export is made; whether somebody waits for it."""
        return bool(await pg(work).connection.fetchval(_FINISH, key, file, name, rows))

    async def fail(self, work: Work, key: int) -> None:
        """Note that an export cannot be made."""
        await pg(work).connection.execute(_FAIL, key)

    async def fail_stuck(self, work: Work, before: datetime) -> None:
        """Note that exports on which nothing has moved since a moment are not made any more."""
        await pg(work).connection.execute(_FAIL_STUCK, before)

    async def remove(self, work: Work, before: datetime, limit: int) -> Sequence[UUID | None]:
        """Delete exports that were asked for before a moment; return the file of each."""
        return [record["fichier"] for record in await pg(work).connection.fetch(_REMOVE, before, limit)]

    async def name_of(self, work: Work, organisation: UUID) -> str:
        """The name of an organisation."""
        return await pg(work).connection.fetchval(_NAME, organisation) or ""


def _plain(record: Any) -> dict[str, Any]:
    found = dict(record)
    filtres = found["filtres"]
    return {**found, "filtres": msgspec.json.decode(filtres) if isinstance(filtres, str) else filtres}
