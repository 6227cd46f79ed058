"""The sales floor of the demonstration: a digital agency of Cotonou with a year of clients, opportunities, quotes,
projects and tasks, in a fresh installation in development."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from adapters.db.work import PgWork
from core.accounts.entities import NewAccount
from core.primitives.ids import new_id
from socle.composition import Composition
from socle.demo_people import (
    PASSWORD,
    Member,
    candidate_of,
    join,
    make_once,
    member_lines,
    open_organisation,
    said,
    strangers,
)
from socle.demo_rows import Row, insert_rows

NEEDED: Final = frozenset(f"crm_{name}" for name in ("clients", "projets", "opportunites", "devis", "taches"))
AGENCY: Final = "Agence Fifamè Digital"
DAYS: Final = 365
OPPORTUNITIES: Final = 48


PEOPLE: Final = (
    Member("Fifamè", "Agbossou", "fifame@agence-fifame.example", "ADMIN"),
    Member("Rodrigue", "Hounsou", "rodrigue@agence-fifame.example", "VENTES"),
    Member("Aïssatou", "Diallo", "aissatou@agence-fifame.example", "VENTES"),
    Member("Boris", "Zannou", "boris@agence-fifame.example", "LECTURE"),
)
AGENCY_VALUES: Final = {
    "name": AGENCY,
    "sector": "Services numériques",
    "kind": "SARL",
    "address": "Rue 12.148, Haie Vive, Cotonou",
    "size": len(PEOPLE),
}
SELLING: Final = (0, 1, 2)
"""Who of them sells."""

CLIENTS: Final = (
    ("Mireille Ahouandjinou", "Hôtel Les Cocotiers", "Hôtellerie"),
    ("Ibrahima Sow", "Transit Sow & Frères", "Transport"),
    ("Pélagie Dossa", "Clinique Sainte-Rita", "Santé"),
    ("Koffi Adjaho", "Imprimerie du Plateau", "Industrie"),
    ("Ramatou Issifou", "Coopérative Karité du Nord", "Agriculture"),
    ("Yves Quenum", "Cabinet Quenum", "Services"),
    ("Adama Traoré", "Traoré Distribution", "Commerce"),
    ("Sika Amoussou", "Maison Sika", "Mode"),
    ("Gérard Tchibozo", "Lycée privé La Référence", "Éducation"),
    ("Nafissatou Bello", "Laiterie Bello", "Agroalimentaire"),
    ("Prosper Agonvi", "Agonvi Immobilier", "Immobilier"),
    ("Christelle Lokonon", "Pharmacie du Carrefour", "Santé"),
    ("Moussa Ouédraogo", "Solaire Sahel", "Énergie"),
    ("Estelle Houngbédji", "Restaurant La Véranda", "Restauration"),
    ("Damien Kpodar", "Auto-école Kpodar", "Éducation"),
    ("Zénabou Chabi", "Tissages de Kandi", "Artisanat"),
)
OFFERS: Final = (
    ("Site vitrine", 650_000, ("Maquettes et textes", "Réalisation en deux langues", "Hébergement, un an")),
    ("Boutique en ligne", 2_400_000, ("Catalogue et commandes", "Paiement mobile", "Formation de deux jours")),
    ("Application mobile", 5_800_000, ("Android et iOS", "Espace d'administration", "Maintenance, six mois")),
    ("Identité visuelle", 450_000, ("Logo et charte", "Papeterie", "Enseigne")),
    ("Campagne sur les réseaux", 380_000, ("Douze publications", "Publicité, un mois", "Bilan chiffré")),
    ("Formation bureautique", 300_000, ("Trois jours sur place", "Supports imprimés")),
)
LOSSES: Final = ("Budget reporté à l'an prochain", "Un concurrent moins cher", "Projet abandonné", "Sans nouvelles")
STAGES: Final = (("prospect", 15), ("qualification", 35), ("proposition", 55), ("négociation", 75))
CALLS: Final = ("Relancer par téléphone", "Préparer la démonstration", "Envoyer les références", "Prendre rendez-vous")
WORKS: Final = ("Rédiger le cahier des charges", "Livrer la maquette", "Recette avec le client", "Former l'équipe")


class Year:
    """A year that did not happen, made up the same way every time, up to the moment that is given. Rows name each other
    by their place in their table until the database has numbered them."""

    def __init__(self, organisation: UUID, accounts: list[int], now: datetime) -> None:
        self._random = Random(8)  # noqa: S311 - nothing secret is drawn
        self._organisation = organisation
        self._accounts = accounts
        self._now = now
        self.clients: list[Row] = []
        self.opportunites: list[Row] = []
        self.devis: list[Row] = []
        self.projets: list[Row] = []
        self.taches: list[Row] = []
        for index, client in enumerate(CLIENTS):
            self._add_client(index, *client)
        for index in range(OPPORTUNITIES):
            self._add_opportunity(index)

    def _row(self, author: int, at: datetime, changed: datetime | None = None, **fields: Any) -> Row:
        return {
            "entreprise": self._organisation,
            "cree_par": self._accounts[author],
            "date_creation": at,
            "date_modification": changed or at,
            "version": 1,
            **fields,
        }

    def _add_client(self, index: int, nom: str, societe: str, categorie: str) -> None:
        at = self._now - timedelta(days=DAYS - index * 4, hours=self._random.randrange(8))
        self.clients.append(
            self._row(
                self._random.choice(SELLING),
                at,
                nom=nom,
                societe=societe,
                email=f"contact{index + 1}@client-fifame.example",
                telephone=f"+22901{97000100 + index}",
                notes="",
                categorie=categorie,
            )
        )

    def _add_opportunity(self, index: int) -> None:
        random = self._random
        # the last eight are open, so that the pipeline has something at every stage
        age = DAYS - 70 - index * 7 if index < OPPORTUNITIES - 8 else 40 - (index - OPPORTUNITIES + 8) * 5
        begun = self._now - timedelta(days=max(age, 1), hours=random.randrange(9))
        client = index % len(CLIENTS)
        offer, price, lines = random.choice(OFFERS)
        amount = price + random.randrange(-4, 9) * 25_000
        author = random.choice(SELLING)
        closed = begun + timedelta(days=random.randrange(12, 45))
        outcome = None
        if index < OPPORTUNITIES - 8 and closed < self._now:
            outcome = "gagnee" if random.random() < 0.6 else "perdue"
        stage, probability = STAGES[index % len(STAGES)]
        self.opportunites.append(
            self._row(
                author,
                begun,
                closed if outcome else None,
                client=client,
                nom=f"{offer} : {CLIENTS[client][1]}",
                montant=amount,
                probabilite={"gagnee": 100, "perdue": 0}.get(outcome or "", probability),
                etape="conclusion" if outcome else stage,
                date_conclusion_estimee=(begun + timedelta(days=45)).date(),
                notes="",
                resultat=outcome,
                motif_perte=random.choice(LOSSES) if outcome == "perdue" else "",
                date_cloture=closed if outcome else None,
            )
        )
        self._add_quotes(index, author, begun, closed, outcome, amount, f"{offer}\n" + "\n".join(lines))
        if outcome == "gagnee":
            self._add_project(index, author, closed, offer, amount)
        elif outcome is None:
            self._add_task(author, begun, random.choice(CALLS), client, None, self._today() + timedelta(index % 9 - 3))

    def _add_quotes(
        self, index: int, author: int, begun: datetime, closed: datetime, outcome: str | None, amount: int, text: str
    ) -> None:
        """One quote, sometimes declined and written again, for what got as far as a proposal."""
        stage = self.opportunites[index]["etape"]
        if stage in ("prospect", "qualification"):
            return
        lineage = new_id()
        sent = begun + timedelta(days=4)
        dearer = outcome == "gagnee" and index % 3 == 0
        if dearer:
            self._add_quote(index, author, lineage, 1, amount + 150_000, text, "Refusé", begun, sent, sent)
        status = {"gagnee": "Accepté", "perdue": "Refusé"}.get(
            outcome or "", "Envoyé" if stage == "négociation" and sent < self._now else "Brouillon"
        )
        answered = closed if outcome else None
        self._add_quote(
            index, author, lineage, 2 if dearer else 1, amount, text, status, begun, sent + timedelta(3), answered
        )

    def _add_quote(
        self,
        opportunity: int,
        author: int,
        lineage: UUID,
        number: int,
        amount: int,
        text: str,
        status: str,
        made: datetime,
        sent: datetime,
        answered: datetime | None,
    ) -> None:
        draft = status == "Brouillon"
        self.devis.append(
            self._row(
                author,
                made,
                min(answered or sent, self._now),
                opportunite=opportunity,
                lignee=lineage,
                numero_version=number,
                montant=amount,
                contenu=text,
                statut=status,
                date_envoi=None if draft else min(sent, self._now),
                date_consultation=answered,
                date_reponse=answered,
                motif_refus="Trop cher" if status == "Refusé" else "",
            )
        )

    def _add_project(self, index: int, author: int, begun: datetime, offer: str, amount: int) -> None:
        client = index % len(CLIENTS)
        ends = begun + timedelta(days=60)
        over = ends < self._now - timedelta(days=20)
        project = len(self.projets)
        self.projets.append(
            self._row(
                author,
                begun,
                client=client,
                titre=f"{offer} : {CLIENTS[client][1]}",
                description="",
                statut="Terminé" if over else "En cours",
                date_debut=begun.date(),
                date_fin=ends.date(),
                budget=amount,
                devis_associe=len(self.devis) - 1,
            )
        )
        for step, title in enumerate(WORKS):
            due = (begun + timedelta(days=15 * (step + 1))).date()
            self._add_task(author, begun, title, client, project, due, over or due < self._today() - timedelta(days=6))

    def _add_task(
        self, author: int, at: datetime, title: str, client: int, project: int | None, due: date, done: bool = False
    ) -> None:
        random = self._random
        finished = min(datetime.combine(due, at.timetz()), self._now) if done else None
        self.taches.append(
            self._row(
                author,
                at,
                finished,
                titre=title,
                description="",
                assigne_a=self._accounts[random.choice(SELLING)],
                client_associe=client,
                projet_associe=project,
                priorite=random.choice(("Basse", "Moyenne", "Moyenne", "Haute", "Urgente")),
                date_echeance=due,
                statut="Terminée" if done else random.choice(("À faire", "En cours")),
                terminee_le=finished,
            )
        )

    def _today(self) -> date:
        return self._now.date()


async def seed_sales(composition: Composition, known: Sequence[str]) -> None:
    """Make the agency where nobody is but the accounts of other demonstrations (`known`), in one transaction. Safe to
    run at every start, in parallel."""
    if not composition.wired.keys() >= NEEDED:
        return
    kernel = composition.kernel

    async def make(work: PgWork, prepared: list[NewAccount]) -> None:
        agency = await open_organisation(composition, work, AGENCY_VALUES)
        accounts = await join(composition, work, agency, PEOPLE, prepared)
        now = kernel.clock.now().astimezone(kernel.installation.time_zone)
        await _write(work, Year(agency.id, [account.number for account in accounts], now))

    await make_once(composition, strangers(known, "crm_client"), map(candidate_of, PEOPLE), make)


async def _write(work: PgWork, year: Year) -> None:
    """Insert the rows, one statement for each table; those that name others get their numbers first."""
    clients = await insert_rows(work, "crm_client", year.clients, "id")
    _number(year.opportunites, "client", clients)
    opportunites = await insert_rows(work, "crm_opportunite", year.opportunites, "id")
    _number(year.devis, "opportunite", opportunites)
    devis = await insert_rows(work, "crm_devis", year.devis, "id")
    _number(year.projets, "client", clients)
    _number(year.projets, "devis_associe", devis)
    projets = await insert_rows(work, "crm_projet", year.projets, "id")
    _number(year.taches, "client_associe", clients)
    _number(year.taches, "projet_associe", projets)
    await insert_rows(work, "crm_tache", year.taches)


def _number(rows: list[Row], field: str, numbers: list[int]) -> None:
    for row in rows:
        if row[field] is not None:
            row[field] = numbers[row[field]]


async def sales_accounts(composition: Composition, work: PgWork) -> str:  # noqa: ARG001
    """What to say of the accounts that are there, "" where they are not."""
    title = f"CRM de démonstration (POST /api/auth/login/, mot de passe {PASSWORD}) :"
    return await said(work, title, member_lines(PEOPLE, f"{AGENCY}, Cotonou"))
