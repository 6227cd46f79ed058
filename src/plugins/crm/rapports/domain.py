"""The reports: what each is about, its columns, and its figures (DECISIONS.md section 5, "Reports").

A period (`date_debut`, `date_fin`, both included, days of the installation's time zone) is that of creation; in the
report of performances, that of closing (`date_cloture`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from core.documents.tables import CellKind
from core.primitives.errors import message
from core.primitives.locale import Text

MAX_LINES: Final = 1000
"""How many lines a report answers with, and a PDF shows; the figures count all of them."""


class Rapport(StrEnum):
    """The reports."""

    CLIENTS = "clients"
    PROJETS = "projets"
    OPPORTUNITES = "opportunites"
    PIPELINE = "pipeline"
    PERFORMANCES = "performances"


class Format(StrEnum):
    """What a report can be exported as."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


TITLES: Final[Mapping[Rapport, Text]] = {
    Rapport.CLIENTS: Text(fr="Rapport des clients", en="Clients report"),
    Rapport.PROJETS: Text(fr="Rapport des projets", en="Projects report"),
    Rapport.OPPORTUNITES: Text(fr="Rapport des opportunités", en="Opportunities report"),
    Rapport.PIPELINE: Text(fr="Rapport du pipeline de vente", en="Sales pipeline report"),
    Rapport.PERFORMANCES: Text(fr="Rapport des performances commerciales", en="Sales performance report"),
}

PERIOD_REVERSED = message(
    "crm_rapport_period_reversed",
    fr="La date de début suit la date de fin.",
    en="The start date is later than the end date.",
)


class Field(msgspec.Struct, frozen=True):
    """A column of a report: the field of its line, its title, what it holds, and its width in characters."""

    name: str
    title: Text
    kind: CellKind = CellKind.TEXT
    width: int = 16


_ID = Field("id", Text(fr="N°", en="No."), CellKind.NUMBER, 8)
_CREATED = Field("date_creation", Text(fr="Créé le", en="Created"), CellKind.MOMENT, 19)
_CLIENT = Field("client", Text(fr="N° client", en="Client no."), CellKind.NUMBER, 9)
_CLIENT_NAME = Field("client_nom", Text(fr="Client", en="Client"), width=28)
_AMOUNT = Field("montant", Text(fr="Montant", en="Amount"), CellKind.AMOUNT, 18)
_STAGE = Field("etape", Text(fr="Étape", en="Stage"), width=15)

FIELDS: Final[Mapping[Rapport, tuple[Field, ...]]] = {
    Rapport.CLIENTS: (
        _ID,
        Field("nom", Text(fr="Nom", en="Name"), width=28),
        Field("societe", Text(fr="Société", en="Company"), width=28),
        Field("email", Text(fr="E-mail", en="Email"), width=30),
        Field("telephone", Text(fr="Téléphone", en="Phone"), width=17),
        Field("categorie", Text(fr="Catégorie", en="Category"), width=16),
        Field("projets", Text(fr="Projets", en="Projects"), CellKind.NUMBER, 9),
        Field("opportunites", Text(fr="Opportunités", en="Opportunities"), CellKind.NUMBER, 13),
        Field("valeur_client", Text(fr="Valeur", en="Value"), CellKind.AMOUNT, 18),
        _CREATED,
    ),
    Rapport.PROJETS: (
        _ID,
        Field("titre", Text(fr="Titre", en="Title"), width=34),
        _CLIENT,
        _CLIENT_NAME,
        Field("statut", Text(fr="Statut", en="Status"), width=11),
        Field("date_debut", Text(fr="Début", en="Start"), CellKind.DAY, 12),
        Field("date_fin", Text(fr="Fin", en="End"), CellKind.DAY, 12),
        Field("en_retard", Text(fr="En retard", en="Late"), CellKind.BOOLEAN, 10),
        Field("budget", Text(fr="Budget", en="Budget"), CellKind.AMOUNT, 18),
        _CREATED,
    ),
    Rapport.OPPORTUNITES: (
        _ID,
        Field("nom", Text(fr="Nom", en="Name"), width=32),
        _CLIENT,
        _CLIENT_NAME,
        _STAGE,
        Field("probabilite", Text(fr="Probabilité (%)", en="Probability (%)"), CellKind.NUMBER, 13),
        _AMOUNT,
        Field("valeur_ponderee", Text(fr="Valeur pondérée", en="Weighted value"), CellKind.AMOUNT, 18),
        Field("date_conclusion_estimee", Text(fr="Conclusion estimée", en="Estimated closing"), CellKind.DAY, 14),
        Field("resultat", Text(fr="Résultat", en="Outcome"), width=10),
        Field("motif_perte", Text(fr="Motif de perte", en="Reason of loss"), width=24),
        Field("date_cloture", Text(fr="Clôturée le", en="Closed"), CellKind.MOMENT, 19),
        _CREATED,
    ),
    Rapport.PIPELINE: (
        _STAGE,
        Field("nombre", Text(fr="Nombre", en="Number"), CellKind.NUMBER, 10),
        _AMOUNT,
        Field("montant_pondere", Text(fr="Montant pondéré", en="Weighted amount"), CellKind.AMOUNT, 18),
        Field("part", Text(fr="Part du montant (%)", en="Share of amount (%)"), CellKind.PERCENT, 14),
    ),
    Rapport.PERFORMANCES: (
        Field("utilisateur", Text(fr="N° personne", en="Person no."), CellKind.NUMBER, 11),
        Field("nom", Text(fr="Personne", en="Person"), width=30),
        Field("gagnees", Text(fr="Gagnées", en="Won"), CellKind.NUMBER, 10),
        Field("perdues", Text(fr="Perdues", en="Lost"), CellKind.NUMBER, 10),
        Field("taux_conversion", Text(fr="Taux de conversion (%)", en="Conversion rate (%)"), CellKind.PERCENT, 14),
        Field("montant_gagne", Text(fr="Montant gagné", en="Amount won"), CellKind.AMOUNT, 18),
        Field("valeur_moyenne", Text(fr="Valeur moyenne", en="Average value"), CellKind.AMOUNT, 18),
    ),
}
"""The columns of each report's lines, in the order of their struct."""


class Asked(msgspec.Struct, frozen=True):
    """What is asked of a report: parsed filters by name, the text searched for, and the order of its lines."""

    filters: tuple[tuple[str, Any], ...] = ()
    search: str = ""
    ordering: tuple[Any, ...] = ()


class LigneClient(msgspec.Struct):
    """A client. `projets` and `opportunites` count all of them; `valeur_client` = sum of weighted open opportunities +
    accepted quotes."""

    id: int
    nom: str
    societe: str
    email: str | None
    telephone: str
    categorie: str
    projets: int
    opportunites: int
    valeur_client: Decimal
    date_creation: datetime


class LigneProjet(msgspec.Struct):
    """A project. `en_retard`: its `date_fin` is past, and it is not "Terminé"."""

    id: int
    titre: str
    client: int
    client_nom: str
    statut: str
    date_debut: date | None
    date_fin: date | None
    en_retard: bool
    budget: Decimal
    date_creation: datetime


class LigneOpportunite(msgspec.Struct):
    """An opportunity. `valeur_ponderee` = montant x probabilite / 100, rounded half up to two decimals."""

    id: int
    nom: str
    client: int
    client_nom: str
    etape: str
    probabilite: int
    montant: Decimal
    valeur_ponderee: Decimal
    date_conclusion_estimee: date | None
    resultat: str | None
    motif_perte: str
    date_cloture: datetime | None
    date_creation: datetime


class LignePipeline(msgspec.Struct):
    """A stage. `part` = its amount / the amount of all stages, in per cent with one decimal, 0.0 of nothing."""

    etape: str
    nombre: int
    montant: Decimal
    montant_pondere: Decimal
    part: float


class LignePerformance(msgspec.Struct):
    """A person: who created the opportunities. `utilisateur` and `nom` are null and "" for those that nobody known
    created. `taux_conversion` = gagnees / (gagnees + perdues) in per cent with one decimal; `montant_gagne` = sum of
    the amounts won; `valeur_moyenne` = montant_gagne / gagnees, rounded half up, 0.00 without any."""

    utilisateur: int | None
    nom: str
    gagnees: int
    perdues: int
    taux_conversion: float
    montant_gagne: Decimal
    valeur_moyenne: Decimal


LINES: Final[Mapping[Rapport, type[Any]]] = {
    Rapport.CLIENTS: LigneClient,
    Rapport.PROJETS: LigneProjet,
    Rapport.OPPORTUNITES: LigneOpportunite,
    Rapport.PIPELINE: LignePipeline,
    Rapport.PERFORMANCES: LignePerformance,
}
