"""The dashboard's figures as charts, in the reader's language."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from core.documents.charts import Charts, Series
from core.primitives.locale import Locale, Text
from plugins.crm.dashboard.domain import Performance, Stage, Stats
from plugins.crm.opportunites.domain import ETAPES, Etape

OPEN_STAGES: Final = {
    Etape.PROSPECT: Text(fr="Prospect", en="Prospect"),
    Etape.QUALIFICATION: Text(fr="Qualification", en="Qualification"),
    Etape.PROPOSITION: Text(fr="Proposition", en="Proposal"),
    Etape.NEGOCIATION: Text(fr="Négociation", en="Negotiation"),
}
_AMOUNT: Final = Text(fr="Montant", en="Amount")
_WEIGHTED: Final = Text(fr="Montant pondéré", en="Weighted amount")
_WON: Final = Text(fr="Gagnées", en="Won")
_LOST: Final = Text(fr="Perdues", en="Lost")
_NUMBER: Final = Text(fr="Nombre", en="Number")
_PIPELINE: Final = Text(fr="Pipeline par étape ({currency})", en="Pipeline by stage ({currency})")
_PERFORMANCE: Final = Text(
    fr="Opportunités décidées par mois — conversion : {rate} %",
    en="Opportunities decided by month — conversion: {rate}%",
)
_STATS: Final = Text(fr="L'activité en chiffres", en="Business in figures")
_COUNTS: Final = {
    "total_clients": Text(fr="Clients", en="Clients"),
    "total_projets": Text(fr="Projets", en="Projects"),
    "projets_en_cours": Text(fr="Projets en cours", en="Projects under way"),
    "total_opportunites": Text(fr="Opportunités", en="Opportunities"),
    "opportunites_actives": Text(fr="Opportunités actives", en="Active opportunities"),
    "total_taches": Text(fr="Tâches", en="Tasks"),
    "taches_en_retard": Text(fr="Tâches en retard", en="Overdue tasks"),
    "total_devis": Text(fr="Devis", en="Quotes"),
}
_MONTHS: Final = {
    Locale.FR: ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    Locale.EN: ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


class Drawing:
    """Draws figures."""

    def __init__(self, charts: Charts, currency: str) -> None:
        self._charts = charts
        self._currency = currency

    async def pipeline(self, stages: Sequence[Stage], locale: Locale) -> str:
        """Draw what is open by stage, plain and weighted."""
        found = {each.etape: each for each in stages}
        shown = [etape for etape in ETAPES if etape in OPEN_STAGES]
        nothing = Decimal(0)
        amounts = tuple(found[each].montant if each in found else nothing for each in shown)
        weighted = tuple(found[each].montant_pondere if each in found else nothing for each in shown)
        return await self._charts.bars(
            _PIPELINE.in_(locale).format(currency=self._currency),
            [OPEN_STAGES[each].in_(locale) for each in shown],
            [Series(_AMOUNT.in_(locale), amounts), Series(_WEIGHTED.in_(locale), weighted)],
            locale=locale,
        )

    async def performance(self, performance: Performance, locale: Locale) -> str:
        """Draw what was won and lost by month."""
        rate = f"{performance.taux_conversion:.1f}"
        months = [date.fromisoformat(f"{each.mois}-01") for each in performance.par_mois]
        return await self._charts.bars(
            _PERFORMANCE.in_(locale).format(rate=rate.replace(".", ",") if locale is Locale.FR else rate),
            [f"{_MONTHS[locale][month.month - 1]} {month.year}" for month in months],
            [
                Series(_WON.in_(locale), tuple(each.gagnees for each in performance.par_mois)),
                Series(_LOST.in_(locale), tuple(each.perdues for each in performance.par_mois)),
            ],
            locale=locale,
        )

    async def stats(self, stats: Stats, locale: Locale) -> str:
        """Draw how many there are of each."""
        labels = [text.in_(locale) for text in _COUNTS.values()]
        counts = Series(_NUMBER.in_(locale), tuple(getattr(stats, name) for name in _COUNTS))
        return await self._charts.rows(_STATS.in_(locale), labels, [counts], locale=locale)
