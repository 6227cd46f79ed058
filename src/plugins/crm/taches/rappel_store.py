"""The statements of reminders."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from adapters.db.work import pg
from core.work import Work
from plugins.crm.taches.rappel_service import Due, Person

_FREQUENCE = "select frequence from crm_rappel where entreprise = $1 and compte = $2"
_SAY = """
insert into crm_rappel (entreprise, compte, frequence) values ($1, $2, $3)
on conflict (entreprise, compte) do update set frequence = excluded.frequence
"""
_MOMENT = """
case when t.date_echeance < $1::date then 'EN_RETARD' when t.date_echeance = $1::date then 'AUJOURD_HUI'
    else 'DEMAIN' end
"""
_DUE = f"""
t.terminee_le is null and t.date_echeance <= $1::date + 1 and t.assigne_a is not null
and not exists (
    select from crm_tache_rappel r where r.tache = t.id and r.compte = t.assigne_a
    and r.date_echeance = t.date_echeance and r.moment = {_MOMENT}
)
"""
"""Unfinished, due by tomorrow, and whoever does it was not told so of this due day."""
_PEOPLE = f"""
select m.organisation_id, a.number, a.id, a.email, coalesce(nullif(trim(concat(a.first_name, ' ', a.last_name)), ''),
    a.username), a.language, p.frequence
from (select distinct t.entreprise, t.assigne_a from crm_tache t where {_DUE}) d
join account a on a.number = d.assigne_a and a.is_active
join membership m on m.account_id = a.id and m.organisation_id = d.entreprise and m.status = 'actif'
join organisation o on o.id = m.organisation_id and o.is_active and o.archived_at is null
left join crm_rappel p on p.entreprise = d.entreprise and p.compte = d.assigne_a
where coalesce(p.frequence, $2) <> 'JAMAIS'
and not (coalesce(p.frequence, $2) = 'QUOTIDIEN' and coalesce(p.dernier_recapitulatif = $1::date, false))
order by m.organisation_id, a.number limit $3 for share of m
"""  # noqa: S608 - nothing of a request
_TAKE = f"""
with taken as (
    insert into crm_tache_rappel (tache, entreprise, compte, moment, date_echeance)
    select t.id, t.entreprise, t.assigne_a, {_MOMENT}, t.date_echeance from crm_tache t
    where t.entreprise = $2 and t.assigne_a = $3 and {_DUE}
    on conflict do nothing
    returning tache, moment, date_echeance
)
select t.titre, c.nom, taken.date_echeance, taken.moment
from taken join crm_tache t on t.id = taken.tache join crm_client c on c.id = t.client_associe
order by taken.date_echeance, t.id
"""  # noqa: S608 - nothing of a request
_SUMMED_UP = """
insert into crm_rappel (entreprise, compte, frequence, dernier_recapitulatif) values ($1, $2, $3, $4)
on conflict (entreprise, compte) do update set dernier_recapitulatif = excluded.dernier_recapitulatif
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended('crm_rappel:' || $1::text || ':' || $2::text, 0))"


class PgRappelStore:
    """Reminders in PostgreSQL. `default` holds for who has said nothing."""

    def __init__(self, default: str) -> None:
        self._default = default

    async def frequence(self, work: Work, organisation: UUID, number: int) -> str | None:
        """Return what somebody has said."""
        found: str | None = await pg(work).connection.fetchval(_FREQUENCE, organisation, number)
        return found

    async def say(self, work: Work, organisation: UUID, number: int, frequence: str) -> None:
        """Keep what somebody says."""
        await pg(work).connection.execute(_SAY, organisation, number, frequence)

    async def people(self, work: Work, today: date, default: str, most: int) -> Sequence[Person]:
        """Return some of the active members who have something to be reminded of."""
        found = await pg(work).connection.fetch(_PEOPLE, today, default, most)
        return [Person(*row) for row in found]

    async def take(self, work: Work, person: Person, today: date) -> Sequence[Due]:
        """Note, and return, what a person is to be reminded of and was not yet. Who is told once a day has then been
        told."""
        connection = pg(work).connection
        # two runs beside each other tell one person one after the other
        await connection.execute(_LOCK, str(person.organisation), str(person.number))
        taken = await connection.fetch(_TAKE, today, person.organisation, person.number)
        if taken and (person.frequence or self._default) == "QUOTIDIEN":
            await connection.execute(_SUMMED_UP, person.organisation, person.number, "QUOTIDIEN", today)
        return [Due(*row) for row in taken]
