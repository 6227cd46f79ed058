"""The portal of the demonstration: an administrator and two utilisateurs, in a fresh installation in development."""

from typing import Final, NamedTuple

from adapters.db.work import PgWork
from core.access.principal import SYSTEM
from core.accounts.people import Candidate
from core.organisations.entities import OWN_ORGANISATION
from socle.accounts import PORTAL, enrolments_of
from socle.composition import Composition


class Person(NamedTuple):
    """Somebody of the portal. Without a role of the application, its administrator."""

    login: str
    prenom: str
    nom: str
    profil: str
    role: str = ""

    @property
    def email(self) -> str:
        """Its address."""
        return f"{self.login}@portail.example"


PEOPLE: Final = (
    Person("sadjovi", "Sènan", "Adjovi", "Administrateur"),
    Person("mlawson", "Mawuli", "Lawson", "Magasinier", "Gestionnaire"),
    Person("fbio", "Fatouma", "Bio", "Comptable", "Lecteur"),
)
ROLES: Final = (("Gestionnaire", "Gère les entrées et les sorties"), ("Lecteur", "Consulte les stocks"))
APPLICATION: Final = ("Gestion des stocks", "Entrées, sorties et inventaires des magasins")
ENTITE: Final = ("Siège de Cotonou", "SIEGE", "siege@portail.example")

_STRANGERS = """
select exists (select from account where email <> all($1::text[])) or exists (select from driven_utilisateur)
       or exists (select from driven_entite)
"""
_ENTITE = "insert into driven_entite (nom, code, email) values ($1, $2, $3) returning id"
_APPLICATION = "insert into driven_application (nom, description) values ($1, $2) returning app_id"
_ROLE = "insert into driven_role (nom, description, app_id) values ($1, $2, $3)"
_PLACE = "update driven_utilisateur set profil = $2, id_entite = $3 where id_utilisateur = $1"
_ASSIGN = """
insert into driven_utilisateur_role (id_utilisateur, role_id, app_id)
select $1, role_id, app_id from driven_role where app_id = $2 and nom = $3
"""
_PRESENT = """
select a.email from account a join driven_utilisateur u on u.id_utilisateur = a.number
where a.email = any($1::text[]) and a.is_active
"""


async def seed_portal(composition: Composition, password: str, known: list[str]) -> None:
    """Make the portal's demonstration where nobody is but the accounts of other demonstrations (`known`), in one
    transaction. Safe to run at every start, in parallel."""
    portal = enrolments_of(composition).get(PORTAL)
    if portal is None:
        return
    async with composition.works.everywhere(SYSTEM) as work:
        if await _has_strangers(work, known):
            return
    people = composition.kernel.accounts.people
    accounts = [
        await people.prepare(
            Candidate(
                email=each.email,
                username=each.login,
                password=password,
                first_name=each.prenom,
                last_name=each.nom,
            )
        )
        for each in PEOPLE
    ]
    async with composition.works.everywhere(SYSTEM) as work:
        # whoever prepares the same installation meanwhile waits here, and finds it done
        await composition.kernel.organisations.stores.organisations.lock(work, OWN_ORGANISATION)
        if await _has_strangers(work, known):
            return
        run = work.connection
        entite = await run.fetchval(_ENTITE, *ENTITE)
        application = await run.fetchval(_APPLICATION, *APPLICATION)
        for role in ROLES:
            await run.execute(_ROLE, *role, application)
        for person, new in zip(PEOPLE, accounts, strict=True):
            account = await people.insert(work, new)
            await portal.enrol(work, account, admin=not person.role)
            await run.execute(_PLACE, account.number, person.profil, entite)
            if person.role:
                await run.execute(_ASSIGN, account.number, application, person.role)
        await work.commit()


async def _has_strangers(work: PgWork, known: list[str]) -> bool:
    found: bool = await work.connection.fetchval(_STRANGERS, known)
    return found


async def portal_accounts(composition: Composition, work: PgWork, password: str) -> str:
    """What to say of the accounts that are there, "" where they are not."""
    present = {row["email"] for row in await work.connection.fetch(_PRESENT, [each.email for each in PEOPLE])}
    lines = [
        f"  {each.login:<36} {'Admin' if not each.role else each.role:<13} {ENTITE[0]}"
        for each in PEOPLE
        if each.email in present
    ]
    path = f"{composition.registry.mounts.get(PORTAL, '').rstrip('/')}/api/auth/login"
    return "\n".join([f"Portail de démonstration (POST {path}, mot de passe {password}) :", *lines]) if lines else ""
