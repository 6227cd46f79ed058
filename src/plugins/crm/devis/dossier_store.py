"""Quotes with all that belongs to them, held while they move: sent, answered, replaced."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from adapters.db.work import pg
from core.primitives.ids import MAX_INTEGER_ID
from core.resources import ResourceId
from core.work import Work
from plugins.crm.devis.domain import Dossier

_DOSSIER = """
select d.id, d.entreprise, d.opportunite, d.lignee, d.numero_version, d.montant, d.contenu, d.statut, d.date_creation,
       d.date_envoi, d.date_reponse, d.fichier, d.lien_hash, d.lien_expire,
       not exists (select from crm_devis n where n.lignee = d.lignee and n.numero_version > d.numero_version) as newest,
       exists (select from crm_devis n where n.lignee = d.lignee and n.statut = 'Accepté') as accepted,
       (select count(*) from crm_devis n where n.lignee = d.lignee and n.id <> d.id)::int as siblings,
       o.nom as titre, c.id as client, c.nom as client_nom, c.societe as client_societe, c.email as client_email,
       c.telephone as client_telephone,
       organisation.name as organisation_nom, organisation.address as organisation_adresse,
       organisation.billing_email as organisation_email,
       nullif(concat_ws(' ', nullif(author.first_name, ''), nullif(author.last_name, '')), '') as auteur,
       author.email as auteur_email
from crm_devis d
join crm_opportunite o on o.id = d.opportunite
join crm_client c on c.id = o.client
join organisation on organisation.id = d.entreprise and organisation.archived_at is null
left join account author on author.number = d.cree_par
"""
_IN_SCOPE = f"{_DOSSIER} where d.id = $1 and ($2 or d.entreprise = $3)"
_BY_LINK = f"{_DOSSIER} where d.lien_hash = $1 and d.lien_expire > $2"
_ACTIVE = f"""
{_DOSSIER} where d.opportunite = $1 and ($2 or d.entreprise = $3) and d.statut <> 'Refusé'
order by d.statut = 'Accepté' desc, d.id desc limit 1
"""
_HOLD = """
select o.id from crm_devis d join crm_opportunite o on o.id = d.opportunite
where d.id = $1 and ($2 or d.entreprise = $3) for no key update of o
"""
_SEND = """
update crm_devis
set statut = 'Envoyé', date_envoi = $2, fichier = $3, lien_hash = $4, lien_expire = $5,
    version = version + 1, date_modification = now()
where id = $1
"""
_LINK = """
update crm_devis set lien_hash = $2, lien_expire = $3, version = version + 1, date_modification = now() where id = $1
"""
_SEEN = """
update crm_devis
set statut = 'Consulté', date_consultation = $2, version = version + 1, date_modification = now()
where id = $1 and lien_hash = $3 and statut = 'Envoyé'
returning id
"""
_ANSWER = """
update crm_devis
set statut = $2, date_reponse = $3, motif_refus = $4, version = version + 1, date_modification = now(),
    date_consultation = case when $5 then coalesce(date_consultation, $3) else date_consultation end
where id = $1
"""
_CLOSE_OTHERS = """
update crm_devis set statut = 'Refusé', date_reponse = $3, version = version + 1, date_modification = now()
where lignee = $1 and id <> $2 and statut in ('Brouillon', 'Envoyé', 'Consulté')
returning id
"""
_CLIENT_OF = """
select o.client from crm_devis d join crm_opportunite o on o.id = d.opportunite
where d.id = $1 and ($2 or d.entreprise = $3) for share of d
"""
_LATEST = "select max(numero_version) from crm_devis where lignee = $1"
_OF_OPPORTUNITY = "select count(*) from crm_devis where opportunite = $1"


class DossierStore:
    """Reads quotes with their opportunity, client and organisation, and moves them.

    Whatever moves a quote holds its opportunity first: two answers, an answer and a new version, two sendings of the
    same quote come one after the other.
    """

    async def read(self, work: Work, key: ResourceId) -> Dossier | None:
        """Return a quote in scope."""
        db = pg(work)
        if not isinstance(key, int) or key > MAX_INTEGER_ID:
            return None
        return _dossier(await db.connection.fetchrow(_IN_SCOPE, key, db.scope.everything, db.scope.organisation))

    async def hold(self, work: Work, key: ResourceId) -> Dossier | None:
        """Return a quote in scope, and hold its opportunity until the transaction ends."""
        db = pg(work)
        if not isinstance(key, int) or key > MAX_INTEGER_ID:
            return None
        while True:
            held = await db.connection.fetchval(_HOLD, key, db.scope.everything, db.scope.organisation)
            # read in a statement of its own: it sees what whoever held the opportunity before has committed
            found = None if held is None else await self.read(work, key)
            if found is None or found.opportunite == held:
                return found

    async def by_link(self, work: Work, digest: bytes, now: datetime) -> Dossier | None:
        """Return the quote whose link has this digest and has not expired, whoever's it is."""
        return _dossier(await pg(work).connection.fetchrow(_BY_LINK, digest, now))

    async def active(self, work: Work, opportunite: ResourceId) -> Dossier | None:
        """Return the quote that counts of an opportunity in scope: the accepted one, else the newest that was not
        refused."""
        db = pg(work)
        if not isinstance(opportunite, int) or opportunite > MAX_INTEGER_ID:
            return None
        parameters = (opportunite, db.scope.everything, db.scope.organisation)
        return _dossier(await db.connection.fetchrow(_ACTIVE, *parameters))

    async def send(self, work: Work, key: int, now: datetime, *, file: UUID, digest: bytes, expires: datetime) -> None:
        """Note that a quote was sent, with its PDF and its link."""
        await pg(work).connection.execute(_SEND, key, now, file, digest, expires)

    async def link(self, work: Work, key: int, digest: bytes | None, expires: datetime | None) -> None:
        """Give a quote another link, or none."""
        await pg(work).connection.execute(_LINK, key, digest, expires)

    async def see(self, work: Work, key: int, now: datetime, digest: bytes) -> bool:
        """Note that a quote was read by its client through this link; False where that was noted before, or it is
        answered."""
        return await pg(work).connection.fetchval(_SEEN, key, now, digest) is not None

    async def answer(
        self, work: Work, key: int, statut: str, now: datetime, *, motif: str = "", by_client: bool
    ) -> None:
        """Note the answer to a quote."""
        await pg(work).connection.execute(_ANSWER, key, statut, now, motif, by_client)

    async def close_others(self, work: Work, lignee: UUID, key: int, now: datetime) -> int:
        """Close the other versions of a quote that are not answered; return how many there were."""
        return len(await pg(work).connection.fetch(_CLOSE_OTHERS, lignee, key, now))

    async def latest(self, work: Work, lignee: UUID) -> int:
        """The number of the newest version."""
        return int(await pg(work).connection.fetchval(_LATEST, lignee))

    async def client_of(self, work: Work, key: int) -> int | None:
        """Return the client that a quote in scope was made for, and keep the quote until the transaction ends."""
        db = pg(work)
        found: int | None = await db.connection.fetchval(_CLIENT_OF, key, db.scope.everything, db.scope.organisation)
        return found

    async def of_opportunity(self, work: Work, opportunite: int) -> int:
        """Count the quotes of an opportunity."""
        return int(await pg(work).connection.fetchval(_OF_OPPORTUNITY, opportunite))


def _dossier(record: Any) -> Dossier | None:
    return None if record is None else msgspec.convert(dict(record), Dossier)
