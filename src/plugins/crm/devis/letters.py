"""The letter that brings a quote to its client."""

from typing import Final

from core.notifications.service import Notifications
from core.notifications.templates import template
from core.primitives.locale import Locale
from core.work import Work
from plugins.crm.devis.domain import Dossier
from plugins.crm.devis.printing import Printed

QUOTE: Final = template(
    "crm.devis",
    subject_fr="{organisation} : votre devis n° {numero}",
    subject_en="{organisation}: your quote no. {numero}",
    body_fr="Bonjour {client},\n\n"
    "{organisation} vous adresse le devis n° {numero} (version {version}) : {titre}.\n"
    "Montant : {montant}\n\n"
    "Pour le consulter, le télécharger en PDF, l'accepter ou le refuser, ouvrez ce lien :\n\n{link}\n\n"
    "Il est valable jusqu'au {expire} et vous est personnel : ne le transmettez pas.\n\n"
    "Cordialement,\n{signature}\n",
    body_en="Hello {client},\n\n"
    "{organisation} sends you quote no. {numero} (version {version}): {titre}.\n"
    "Amount: {montant}\n\n"
    "To read it, download it as a PDF, accept or decline it, open this link:\n\n{link}\n\n"
    "It is good until {expire}, and for you alone: please do not pass it on.\n\n"
    "Kind regards,\n{signature}\n",
)


class QuoteLetters:
    """Asks for letters. `base` is what links begin with."""

    def __init__(self, notifications: Notifications, printed: Printed, base: str) -> None:
        self._notifications = notifications
        self._printed = printed
        self._base = base
        notifications.register(QUOTE)

    def ask(self, work: Work, devis: Dossier, locale: Locale, *, mount: str, token: str) -> None:
        """Ask for the letter of a quote, whose link expires when it says. `mount` is the path prefix of crm."""
        if devis.client_email is None or devis.lien_expire is None:
            raise ValueError(f"quote {devis.id} has no link, or nobody to send it to")
        params: dict[str, str | int] = {
            "organisation": devis.organisation_nom,
            "client": devis.client_nom,
            "numero": devis.id,
            "version": devis.numero_version,
            "titre": devis.titre,
            "montant": self._printed.amount(devis.montant, locale),
            "link": f"{self._base}{mount}/devis/{token}",
            "expire": self._printed.day(devis.lien_expire, locale),
            "signature": f"{devis.auteur}\n{devis.organisation_nom}" if devis.auteur else devis.organisation_nom,
        }
        self._notifications.ask_email(work, QUOTE, devis.client_email, locale, params)
