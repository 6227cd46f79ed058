"""How a quote is laid out for paper: the data of the template `devis.typ`, and amounts and days as people read them."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.primitives.calendar import MONTHS
from core.primitives.errors import message
from core.primitives.locale import Locale
from core.primitives.money import decimals_of
from plugins.crm.devis.domain import Dossier, Statut

TEMPLATE: Final = Path(__file__).with_name("devis.typ")
NO_BREAK: Final = "\u00a0"

_SIGNS: Final = {"XOF": "FCFA", "XAF": "FCFA"}
"""How people call currencies; others are shown by their ISO 4217 code."""

STATES: Final = {
    Statut.BROUILLON: message("crm_devis_print_draft", fr="Brouillon", en="Draft"),
    Statut.ENVOYE: message("crm_devis_print_sent", fr="Envoyé", en="Sent"),
    Statut.CONSULTE: message("crm_devis_print_seen", fr="Consulté", en="Read"),
    Statut.ACCEPTE: message("crm_devis_print_accepted", fr="Accepté", en="Accepted"),
    Statut.REFUSE: message("crm_devis_print_refused", fr="Refusé", en="Declined"),
}
LABELS: Final = {
    "devis": message("crm_devis_print_title", fr="Devis", en="Quote"),
    "numero": message("crm_devis_print_number", fr="Devis n°", en="Quote no."),
    "version": message("crm_devis_print_version", fr="Version", en="Version"),
    "date": message("crm_devis_print_date", fr="Date", en="Date"),
    "validite": message("crm_devis_print_valid", fr="Valable jusqu'au", en="Valid until"),
    "client": message("crm_devis_print_client", fr="Client", en="Client"),
    "emetteur": message("crm_devis_print_author", fr="Votre interlocuteur", en="Your contact"),
    "objet": message("crm_devis_print_subject", fr="Objet", en="Subject"),
    "designation": message("crm_devis_print_lines", fr="Désignation", en="Description"),
    "vide": message("crm_devis_print_empty", fr="Selon nos échanges.", en="As discussed."),
    "total": message("crm_devis_print_total", fr="Total", en="Total"),
    "accord": message(
        "crm_devis_print_agreed",
        fr="Bon pour accord : date et signature du client",
        en="Agreed: date and signature of the client",
    ),
    "page": message("crm_devis_print_page", fr="Page", en="Page"),
}


class Printed:
    """Lays quotes out in the installation's currency and time zone."""

    def __init__(self, *, time_zone: ZoneInfo, currency: str) -> None:
        self._zone = time_zone
        self._currency = currency

    def amount(self, montant: Decimal, locale: Locale) -> str:
        """An amount as people read it: "1 500 FCFA", "1,500.00 EUR". A currency without decimals shows them where they
        are not nothing."""
        places = decimals_of(self._currency) if montant == montant.to_integral_value() else 2
        figure = f"{montant:,.{places}f}"
        if locale is Locale.FR:
            figure = figure.replace(",", NO_BREAK).replace(".", ",")
        return f"{figure}{NO_BREAK}{_SIGNS.get(self._currency, self._currency)}"

    def day(self, moment: datetime, locale: Locale) -> str:
        """A day as people read it: "12 décembre 2026", "1er mars 2027", "12 December 2026"."""
        local = moment.astimezone(self._zone)
        number = "1er" if local.day == 1 and locale is Locale.FR else str(local.day)
        return f"{number}{NO_BREAK}{MONTHS[locale][local.month - 1]} {local.year}"

    def data(self, devis: Dossier, locale: Locale, *, issued: datetime, expires: datetime | None) -> dict[str, Any]:
        """Return what the template prints: `issued` is the day of the document, `expires` until when it is good."""
        return {
            "langue": locale.value,
            "libelles": {name: label.say(locale) for name, label in LABELS.items()},
            "brouillon": STATES[Statut.BROUILLON].say(locale) if devis.statut is Statut.BROUILLON else "",
            "numero": str(devis.id),
            "version": str(devis.numero_version),
            "date": self.day(issued, locale),
            "validite": self.day(expires, locale) if expires else "",
            "organisation": devis.organisation_nom,
            "organisation_lignes": _lines(devis.organisation_adresse, devis.organisation_email),
            "client": devis.client_societe or devis.client_nom,
            "client_lignes": _lines(
                devis.client_nom if devis.client_societe else "", devis.client_telephone, devis.client_email
            ),
            "auteur_lignes": _lines(devis.auteur, devis.auteur_email),
            "objet": devis.titre,
            "contenu": content_lines(devis.contenu),
            "montant": self.amount(devis.montant, locale),
        }

    def sent(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is printed of a draft the moment it is sent: no draft."""
        return {**data, "brouillon": ""}

    def filename(self, devis: Dossier) -> str:
        """The name under which a quote is kept."""
        return f"devis-{devis.id}-v{devis.numero_version}.pdf"


def content_lines(contenu: str) -> list[str]:
    """The lines of a quote's text; runs of empty lines are one."""
    lines: list[str] = []
    for line in contenu.splitlines():
        text = line.strip()
        if text or (lines and lines[-1]):
            lines.append(text)
    return lines


def _lines(*texts: str | None) -> list[str]:
    """The lines of some texts, without empty ones."""
    return [line.strip() for text in texts if text for line in text.splitlines() if line.strip()]
