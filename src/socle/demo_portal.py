"""The portal of the demonstration: an administrator and two utilisateurs, in a fresh installation in development."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.db.work import PgWork
from core.accounts.entities import NewAccount
from socle.accounts import PORTAL, enrolments_of
from socle.composition import Composition
from socle.demo_people import PASSWORD, candidate_of, line, make_once, said, strangers


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

_ENTITE = "insert into driven_entite (nom, code, email) values ($1, $2, $3) returning id"
_APPLICATION = "insert into driven_application (nom, description) values ($1, $2) returning app_id"
_ROLE = "insert into driven_role (nom, description, app_id) values ($1, $2, $3)"
_PLACE = "update driven_utilisateur set profil = $2, id_entite = $3 where id_utilisateur = $1"
_ASSIGN = """
insert into driven_utilisateur_role (id_utilisateur, role_id, app_id)
select $1, role_id, app_id from driven_role where app_id = $2 and nom = $3
"""
_UTILISATEURS = "join driven_utilisateur on driven_utilisateur.id_utilisateur = account.number"


async def seed_portal(composition: Composition, known: Sequence[str]) -> None:
    """Make the portal's demonstration where nobody is but the accounts of other demonstrations (`known`), in one
    transaction. Safe to run at every start, in parallel."""
    portal = enrolments_of(composition).get(PORTAL)
    if portal is None:
        return

    async def make(work: PgWork, prepared: list[NewAccount]) -> None:
        run = work.connection
        entite = await run.fetchval(_ENTITE, *ENTITE)
        application = await run.fetchval(_APPLICATION, *APPLICATION)
        for role in ROLES:
            await run.execute(_ROLE, *role, application)
        for person, new in zip(PEOPLE, prepared, strict=True):
            account = await composition.kernel.accounts.people.insert(work, new)
            await portal.enrol(work, account, admin=not person.role)
            await run.execute(_PLACE, account.number, person.profil, entite)
            if person.role:
                await run.execute(_ASSIGN, account.number, application, person.role)

    candidates = (candidate_of(each, username=each.login) for each in PEOPLE)
    await make_once(composition, strangers(known, "driven_utilisateur", "driven_entite"), candidates, make)


async def portal_accounts(composition: Composition, work: PgWork) -> str:
    """What to say of the accounts that are there, "" where they are not."""
    path = f"{composition.registry.mounts.get(PORTAL, '').rstrip('/')}/api/auth/login"
    lines = {each.email: line(each.login, each.role or "Admin", ENTITE[0]) for each in PEOPLE}
    return await said(
        work, f"Portail de démonstration (POST {path}, mot de passe {PASSWORD}) :", lines, joins=_UTILISATEURS
    )
