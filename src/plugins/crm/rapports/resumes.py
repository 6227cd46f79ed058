"""The figures at the head of each report, and how they come of what the store counts. All of them are over every row
that matches the filters, however many lines are shown. Amounts have two decimals; what is rounded is rounded half up;
sums of weighted values are sums of rounded values."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from core.primitives.amounts import round_amount
from plugins.crm.figures import taux_conversion
from plugins.crm.opportunites.domain import ETAPES, Etape
from plugins.crm.projets.domain import Statut
from plugins.crm.rapports.domain import LignePerformance, LignePipeline

ZERO = Decimal("0.00")


def _said(description: str) -> Meta:
    return Meta(description=description)


Total = Annotated[int, _said("Nombre exact de lignes, même au-delà de 1 000 · Exact number, beyond 1,000 lines too")]


class ResumeClients(msgspec.Struct):
    """The figures of the clients that match."""

    total: Total
    nouveaux: Annotated[
        int,
        _said(
            "Clients créés dans la période ; sans date_debut, depuis le 1er du mois de date_fin (ou du jour) · "
            "Clients created in the period; without date_debut, since the 1st of the month of date_fin (or today)"
        ),
    ]
    par_categorie: Annotated[
        dict[str, int], _said('Nombre par catégorie, "" pour aucune · Number by category, "" for none')
    ]


class ResumeProjets(msgspec.Struct):
    """The figures of the projects that match."""

    total: Total
    par_statut: Annotated[dict[str, int], _said("Nombre par statut · Number by status")]
    en_retard: Annotated[
        int, _said("Projets non terminés dont date_fin est passée · Unfinished projects whose date_fin is past")
    ]
    budget_total: Annotated[Decimal, _said("Somme des budgets · Sum of budgets")]


class ResumeOpportunites(msgspec.Struct):
    """The figures of the opportunities that match, whatever their stage and outcome."""

    total: Total
    par_etape: Annotated[dict[str, int], _said("Nombre par étape · Number by stage")]
    montant_total: Annotated[Decimal, _said("Somme des montants · Sum of amounts")]
    montant_pondere: Annotated[
        Decimal, _said("Somme de montant x probabilite / 100 · Sum of montant x probabilite / 100")
    ]


class EtapePipeline(msgspec.Struct):
    """What stands at a stage."""

    etape: str
    nombre: int
    montant: Annotated[Decimal, _said("Somme des montants · Sum of amounts")]
    montant_pondere: Annotated[
        Decimal, _said("Somme de montant x probabilite / 100 · Sum of montant x probabilite / 100")
    ]


class Ouvertes(msgspec.Struct):
    """The open opportunities: those that are not at "conclusion"."""

    nombre: int
    montant: Decimal
    montant_pondere: Decimal


class ResumePipeline(msgspec.Struct):
    """The stages in their order, each with all opportunities that stand there, whatever their outcome; and the open
    ones of them together."""

    etapes: list[EtapePipeline]
    ouvertes: Annotated[
        Ouvertes, _said('Étapes avant « conclusion » ensemble · The stages before "conclusion" together')
    ]


class MoisPerformance(msgspec.Struct):
    """What was closed in a month (`YYYY-MM`, installation's time zone)."""

    mois: str
    gagnees: int
    perdues: int
    montant_gagne: Decimal


class ResumePerformances(msgspec.Struct):
    """The figures of the opportunities that were won or lost in the period."""

    taux_conversion: Annotated[
        float,
        _said("100 x gagnées / (gagnées + perdues), une décimale · 100 x won / (won + lost), one decimal"),
    ]
    montant_gagne: Annotated[Decimal, _said("Somme des montants gagnés · Sum of amounts won")]
    gagnees: int
    perdues: int
    valeur_moyenne: Annotated[
        Decimal, _said("montant_gagne / gagnees, 0.00 sans aucune · montant_gagne / gagnees, 0.00 without any")
    ]
    personnes: Annotated[int, _said("Nombre exact de lignes · Exact number of lines")]
    par_mois: list[MoisPerformance]


class ClientGroup(msgspec.Struct, frozen=True):
    """Clients of one category."""

    categorie: str
    nombre: int
    nouveaux: int


class ProjetGroup(msgspec.Struct, frozen=True):
    """Projects of one status."""

    statut: str
    nombre: int
    en_retard: int
    budget: Decimal


class EtapeGroup(msgspec.Struct, frozen=True):
    """Opportunities at one stage."""

    etape: str
    nombre: int
    montant: Decimal
    pondere: Decimal


class ClosedGroup(msgspec.Struct, frozen=True):
    """What one person closed in one month."""

    utilisateur: int | None
    nom: str
    mois: str
    gagnees: int
    perdues: int
    montant_gagne: Decimal


def of_clients(groups: Sequence[ClientGroup]) -> ResumeClients:
    """Add up categories, the largest first."""
    ordered = sorted(groups, key=lambda group: (-group.nombre, group.categorie))
    return ResumeClients(
        total=sum(group.nombre for group in groups),
        nouveaux=sum(group.nouveaux for group in groups),
        par_categorie={group.categorie: group.nombre for group in ordered},
    )


def of_projets(groups: Sequence[ProjetGroup]) -> ResumeProjets:
    """Add up statuses; those of no project are 0."""
    return ResumeProjets(
        total=sum(group.nombre for group in groups),
        par_statut={**{str(statut): 0 for statut in Statut}, **{group.statut: group.nombre for group in groups}},
        en_retard=sum(group.en_retard for group in groups),
        budget_total=_sum(group.budget for group in groups),
    )


def of_opportunites(groups: Sequence[EtapeGroup]) -> ResumeOpportunites:
    """Add up stages; those of no opportunity are 0."""
    return ResumeOpportunites(
        total=sum(group.nombre for group in groups),
        par_etape={**{str(etape): 0 for etape in ETAPES}, **{group.etape: group.nombre for group in groups}},
        montant_total=_sum(group.montant for group in groups),
        montant_pondere=_sum(group.pondere for group in groups),
    )


def of_pipeline(groups: Sequence[EtapeGroup]) -> tuple[ResumePipeline, list[LignePipeline]]:
    """Put stages in their order, with those of no opportunity; each is a line with its share of the amount."""
    known = {group.etape: group for group in groups}
    stages = [known.get(etape, EtapeGroup(str(etape), 0, ZERO, ZERO)) for etape in ETAPES]
    whole = _sum(stage.montant for stage in stages)
    running = [stage for stage in stages if stage.etape != Etape.CONCLUSION]
    resume = ResumePipeline(
        etapes=[EtapePipeline(stage.etape, stage.nombre, stage.montant, stage.pondere) for stage in stages],
        ouvertes=Ouvertes(
            sum(stage.nombre for stage in running),
            _sum(stage.montant for stage in running),
            _sum(stage.pondere for stage in running),
        ),
    )
    lines = [
        LignePipeline(stage.etape, stage.nombre, stage.montant, stage.pondere, _share(stage.montant, whole))
        for stage in stages
    ]
    return resume, lines


def of_performances(groups: Sequence[ClosedGroup]) -> tuple[ResumePerformances, list[LignePerformance]]:
    """Add up persons, who won most first, and months in their order."""
    won, lost, amount = _closed(groups)
    people = [_person(part) for part in _parted(groups, "utilisateur")]
    people.sort(key=lambda line: (-line.montant_gagne, -line.gagnees, line.nom, line.utilisateur or 0))
    months = [MoisPerformance(part[0].mois, *_closed(part)) for part in _parted(groups, "mois")]
    resume = ResumePerformances(
        taux_conversion=taux_conversion(won, lost),
        montant_gagne=amount,
        gagnees=won,
        perdues=lost,
        valeur_moyenne=_mean(amount, won),
        personnes=len(people),
        par_mois=sorted(months, key=lambda month: month.mois),
    )
    return resume, people


def _person(groups: Sequence[ClosedGroup]) -> LignePerformance:
    won, lost, amount = _closed(groups)
    first = groups[0]
    rate = taux_conversion(won, lost)
    return LignePerformance(first.utilisateur, first.nom, won, lost, rate, amount, _mean(amount, won))


def _parted(groups: Iterable[ClosedGroup], field: str) -> list[list[ClosedGroup]]:
    parts: dict[Any, list[ClosedGroup]] = {}
    for group in groups:
        parts.setdefault(getattr(group, field), []).append(group)
    return list(parts.values())


def _closed(groups: Sequence[ClosedGroup]) -> tuple[int, int, Decimal]:
    won, lost = sum(group.gagnees for group in groups), sum(group.perdues for group in groups)
    return won, lost, _sum(group.montant_gagne for group in groups)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def _mean(amount: Decimal, count: int) -> Decimal:
    return round_amount(amount / count) if count else ZERO


def _share(part: Decimal, whole: Decimal) -> float:
    return float((100 * part / whole).quantize(Decimal("0.1"), rounding="ROUND_HALF_UP")) if whole else 0.0
