"""How a ticket is laid out for paper: the data of the template `billet.typ`."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.primitives.calendar import DAYS, MONTHS
from core.primitives.errors import message
from core.primitives.locale import Locale
from core.primitives.money import decimals_of
from plugins.spotvibe.tickets.domain import Billet, number_of

TEMPLATE: Final = Path(__file__).with_name("billet.typ")

_SIGNS: Final = {"XOF": "FCFA", "XAF": "FCFA"}
"""How people call currencies; others are shown by their ISO 4217 code."""
NO_BREAK: Final = "\u00a0"

FREE = message("spotvibe_ticket_free", fr="Gratuit", en="Free")
LABELS: Final = {
    "billet": message("spotvibe_print_ticket", fr="Billet d'entrée", en="Ticket of admission"),
    "debut": message("spotvibe_print_begins", fr="Début", en="Begins"),
    "fin": message("spotvibe_print_ends", fr="Fin", en="Ends"),
    "lieu": message("spotvibe_print_place", fr="Lieu", en="Place"),
    "porteur": message("spotvibe_print_holder", fr="Porteur", en="Holder"),
    "prix": message("spotvibe_print_price", fr="Prix", en="Price"),
    "numero": message("spotvibe_print_number", fr="Billet n°", en="Ticket no."),
    "consigne": message(
        "spotvibe_print_advice",
        fr="Présentez ce code à l'entrée. Il n'est accepté qu'une seule fois : ne le publiez pas.",
        en="Show this code at the entrance. It is accepted once only: do not publish it.",
    ),
}


def local_moment(moment: datetime, zone: ZoneInfo, locale: Locale) -> str:
    """A moment as people read it: "samedi 12 décembre 2026 à 20 h 30", "Saturday 12 December 2026 at 20:30"."""
    local = moment.astimezone(zone)
    day = f"{DAYS[locale][local.weekday()]} {local.day} {MONTHS[locale][local.month - 1]} {local.year}"
    if locale is Locale.EN:
        return f"{day} at {local:%H:%M}"
    return f"{day} à {local.hour}{NO_BREAK}h{NO_BREAK}{local:%M}"


def price_of(prix: Decimal, currency: str, locale: Locale) -> str:
    """A price as people read it: "10 000 FCFA", with spaces that do not break."""
    if not prix:
        return FREE.say(locale)
    figure = f"{prix:,.{decimals_of(currency)}f}"
    if locale is Locale.FR:
        figure = figure.replace(",", NO_BREAK).replace(".", ",")
    return f"{figure}{NO_BREAK}{_SIGNS.get(currency, currency)}"


class Printed:
    """Lays tickets out. `svg` draws a code as a QR."""

    def __init__(self, svg: Callable[[str], str], *, time_zone: ZoneInfo, currency: str) -> None:
        self._svg = svg
        self._currency = currency
        self.time_zone = time_zone

    def data(self, billet: Billet, code: str, locale: Locale) -> dict[str, Any]:
        """Return what the template prints of a ticket."""
        return {
            "langue": locale.value,
            "libelles": {name: label.say(locale) for name, label in LABELS.items()},
            "titre": billet.titre,
            "debut": local_moment(billet.date_debut, self.time_zone, locale),
            "fin": local_moment(billet.date_fin, self.time_zone, locale),
            "lieu": billet.lieu,
            "adresse": billet.adresse,
            "porteur": billet.porteur,
            "prix": price_of(billet.prix, self._currency, locale),
            "numero": number_of(billet.id),
            "uuid": str(billet.uuid),
            "qr": self._svg(code),
        }

    def filename(self, billet: Billet) -> str:
        """The name under which a ticket is kept."""
        return f"billet-{number_of(billet.id)}.pdf"
