"""The stage of the demonstration: organisers with events, somebody who buys, and staff, in a fresh installation in
development."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from adapters.db.work import PgWork
from core.accounts.entities import NewAccount
from socle.accounts import enrolments_of
from socle.composition import Composition
from socle.demo_people import PASSWORD, candidate_of, line, make_once, said, strangers

STAGE: Final = "spotvibe"
EVENTS: Final = "spotvibe_events"


class Person(NamedTuple):
    """Somebody of the stage."""

    username: str
    prenom: str
    nom: str
    telephone: str
    role: str
    staff: bool = False

    @property
    def email(self) -> str:
        """Its address."""
        return f"{self.username}@scene.example"


PEOPLE: Final = (
    Person("ysossou", "Yélian", "Sossou", "+2290197000010", "organisateur"),
    Person("nkouassi", "Nadège", "Kouassi", "+2290195000010", "organisatrice"),
    Person("btoko", "Bignon", "Toko", "+2290197000011", "public"),
    Person("equipe", "Awa", "Diop", "+2290197000012", "équipe", staff=True),
)


class Evening(NamedTuple):
    """An event: so many days from now, from an hour on, for some hours. `prix` 0 is free, None for the invited."""

    organiser: int
    categorie: str
    titre: str
    description: str
    lieu: str
    adresse: str
    days: int
    hour: int
    hours: int
    prix: int | None
    capacite: int | None
    statut: str = "VALIDE"
    position: tuple[float, float] | None = None


EVENINGS: Final = (
    Evening(
        0, "Concert", "Nuit du jazz à Cotonou",
        "Trois formations de la sous-région, une jam jusqu'à l'aube, et un hommage à Gnonnas Pedro.",
        "Palais des congrès", "Boulevard de la Marina, Cotonou", 18, 20, 5, 5_000, 400, position=(6.3554, 2.4101),
    ),
    Evening(
        0, "Festival", "Festival des lumières de Ganvié",
        "Deux jours sur le lac Nokoué : pirogues illuminées, percussions, contes et cuisine du lac.",
        "Ganvié", "Embarcadère d'Abomey-Calavi", 40, 16, 30, 10_000, 1_500, position=(6.4667, 2.4167),
    ),
    Evening(
        1, "Conférence", "Femmes et numérique : la rencontre",
        "Fondatrices, ingénieures et investisseuses racontent leurs débuts. Ateliers l'après-midi.",
        "Sèmè City", "Rue 12.219, Cotonou", 9, 9, 8, 0, 150, position=(6.3667, 2.4333),
    ),
    Evening(
        1, "Gastronomie", "Le marché des saveurs",
        "Vingt tables, du gari foto au poisson braisé, et un concours de sauce graine.",
        "Place de l'Étoile rouge", "Cotonou", 12, 11, 10, 2_000, None, position=(6.3703, 2.4183),
    ),
    Evening(
        0, "Théâtre et spectacle", "Avant-première : Le fils du forgeron",
        "Lecture publique et rencontre avec la troupe, sur invitation.",
        "Espace Tchif", "Haie Vive, Cotonou", 25, 19, 3, None, 80,
    ),
    Evening(
        1, "Sport", "Course des trois ponts",
        "Dix kilomètres au lever du jour. Dossards à retirer la veille.",
        "Ancien pont de Cotonou", "Cotonou", 33, 6, 4, 3_000, 600, statut="EN_ATTENTE",
    ),
)  # fmt: skip

_EVENT = """
insert into spotvibe_evenement (createur_id, categorie_id, titre, description, description_courte, date_debut, date_fin,
                                lieu, adresse, latitude, longitude, type_acces, prix, capacite, statut)
select $1, c.id, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 from spotvibe_categorie c where c.nom = $2
"""
_PROFILES = "join spotvibe_profile on spotvibe_profile.user_id = account.number"


async def seed_stage(composition: Composition, known: Sequence[str]) -> None:
    """Make the stage's demonstration where nobody is but the accounts of other demonstrations (`known`), in one
    transaction. Safe to run at every start, in parallel."""
    enrolment = enrolments_of(composition).get(STAGE)
    if enrolment is None or EVENTS not in composition.wired:
        return
    kernel = composition.kernel
    now = kernel.clock.now()

    async def make(work: PgWork, prepared: list[NewAccount]) -> None:
        numbers = []
        for new in prepared:
            account = await kernel.accounts.people.insert(work, new)
            await enrolment.enrol(work, account, admin=False)
            numbers.append(account.number)
        today = now.astimezone(kernel.installation.time_zone)
        for evening in EVENINGS:
            await work.connection.execute(_EVENT, *_row(evening, numbers[evening.organiser], today))

    candidates = (
        candidate_of(each, username=each.username, phone=each.telephone, staff=each.staff, email_verified_at=now)
        for each in PEOPLE
    )
    await make_once(composition, strangers(known, "spotvibe_evenement"), candidates, make)


def _row(evening: Evening, organiser: int, today: datetime) -> tuple[Any, ...]:
    zone = today.tzinfo
    assert isinstance(zone, ZoneInfo)
    begins = datetime.combine(today.date() + timedelta(days=evening.days), time(evening.hour), zone)
    access = {None: "INVITATION", 0: "GRATUIT"}.get(evening.prix, "PAYANT")
    return (
        organiser,
        evening.categorie,
        evening.titre,
        evening.description,
        begins,
        begins + timedelta(hours=evening.hours),
        evening.lieu,
        evening.adresse,
        *(evening.position or (None, None)),
        access,
        evening.prix or 0,
        evening.capacite,
        evening.statut,
    )


async def stage_accounts(composition: Composition, work: PgWork) -> str:
    """What to say of the accounts that are there, "" where they are not."""
    if STAGE not in enrolments_of(composition):
        return ""
    path = f"{composition.registry.mounts.get(STAGE, '').rstrip('/')}/api/users/login/"
    lines = {each.email: line(each.email, each.role, f"{each.prenom} {each.nom}") for each in PEOPLE}
    return await said(work, f"Scène de démonstration (POST {path}, mot de passe {PASSWORD}) :", lines, joins=_PROFILES)
