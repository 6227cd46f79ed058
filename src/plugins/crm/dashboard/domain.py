"""The figures of the dashboard (DECISIONS.md section 5, "Dashboard")."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from plugins.crm.figures import taux_conversion

NOTHING: Final = Decimal("0.00")
MONTHS_SHOWN: Final = 12
"""The present month and those before it."""


class Stats(msgspec.Struct, frozen=True):
    """What an organisation has. Active opportunities are not at "conclusion"; the pipeline is their amount, plain and
    weighted (each rounded half up); tasks are those that the reader sees."""

    total_clients: int
    total_projets: int
    projets_en_cours: int
    total_opportunites: int
    opportunites_actives: int
    total_taches: int
    taches_en_retard: int
    total_devis: int
    montant_pipeline: Decimal
    montant_pondere: Decimal


class PerformanceDuMois(msgspec.Struct, frozen=True):
    """What was decided in a month ("2026-03"), by the moment of the outcome in the installation's time zone."""

    mois: str
    gagnees: int
    perdues: int
    montant_gagne: Decimal


class Performance(msgspec.Struct, frozen=True):
    """How selling goes, of all that was ever decided. `taux_conversion` is won of decided in per cent, `valeur_moyenne`
    what a won opportunity brought; `par_mois` are the last twelve months, the present one last."""

    taux_conversion: float
    opportunites_gagnees: int
    opportunites_perdues: int
    montant_gagne: Decimal
    valeur_moyenne: Decimal
    par_mois: tuple[PerformanceDuMois, ...]


class Decided(msgspec.Struct, frozen=True):
    """The opportunities that were decided in a month; `mois` is its first day."""

    mois: date
    gagnees: int
    perdues: int
    montant_gagne: Decimal


class Stage(msgspec.Struct, frozen=True):
    """The opportunities at a stage that are still open: how many, their amount, and that weighted."""

    etape: str
    nombre: int
    montant: Decimal
    montant_pondere: Decimal


def performance_of(decided: Iterable[Decided], today: date) -> Performance:
    """Add up what was decided, and name the last twelve months."""
    by_month: Mapping[date, Decided] = {each.mois: each for each in decided}
    won = sum(each.gagnees for each in by_month.values())
    lost = sum(each.perdues for each in by_month.values())
    amount = sum((each.montant_gagne for each in by_month.values()), NOTHING)
    months = []
    for first in last_months(today):
        found = by_month.get(first) or Decided(first, 0, 0, NOTHING)
        months.append(PerformanceDuMois(f"{first:%Y-%m}", found.gagnees, found.perdues, found.montant_gagne))
    mean = (amount / won).quantize(NOTHING, rounding=ROUND_HALF_UP) if won else NOTHING
    return Performance(taux_conversion(won, lost), won, lost, amount, mean, tuple(months))


def last_months(today: date) -> list[date]:
    """The first days of the last twelve months, the present one last."""
    count = today.year * 12 + today.month - 1
    return [date(each // 12, each % 12 + 1, 1) for each in range(count - MONTHS_SHOWN + 1, count + 1)]
