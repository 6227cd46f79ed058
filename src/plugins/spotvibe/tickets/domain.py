"""What holds of tickets, whoever asks (contracts/spotvibe.md section 4.5; DECISIONS.md section 2, "Tickets")."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from core.payments.entities import PaymentState
from core.primitives.errors import message
from core.work import Work

ORDER_TYPE: Final = "spotvibe_tickets.billets"
MAX_QUANTITY: Final = 10
PER_CENT: Final = Decimal(100)

NOT_PAID_EVENT = message(
    "spotvibe_event_not_paid",
    fr="Cet événement n'est pas payant : aucun billet n'y est vendu.",
    en="This event is not a paid one: no ticket is sold for it.",
)
NOT_ON_SALE = message(
    "spotvibe_event_not_on_sale",
    fr="Les billets de cet événement ne sont pas en vente.",
    en="The tickets of this event are not on sale.",
)
EVENT_OVER = message("spotvibe_event_over", fr="Cet événement est terminé.", en="This event is over.")
EVENT_FULL = message(
    "spotvibe_event_full",
    fr="Il n'y a plus assez de places pour cet événement.",
    en="There are not enough seats left for this event.",
)
PRICE_CHANGED = message(
    "spotvibe_ticket_price_changed",
    fr="Le prix de cet événement vient de changer : vérifiez-le et recommencez.",
    en="The price of this event has just changed: look at it and try again.",
)
NOT_TO_PAY = message(
    "spotvibe_ticket_not_to_pay",
    fr="Ce billet n'attend pas de paiement : seul celui d'un paiement échoué ou expiré peut être payé à nouveau.",
    en="This ticket awaits no payment: only one whose payment failed or expired can be paid again.",
)
TICKET_NOT_FOUND = message("spotvibe_ticket_not_found", fr="Billet non trouvé.", en="Ticket not found.")
TICKET_NOT_PAID = message(
    "spotvibe_ticket_not_paid", fr="Ce billet n'est pas payé.", en="This ticket has not been paid."
)
TICKET_REFUNDED = message(
    "spotvibe_ticket_refunded", fr="Ce billet a été remboursé.", en="This ticket has been refunded."
)
TICKET_CANCELLED = message("spotvibe_ticket_cancelled", fr="Ce billet est annulé.", en="This ticket is cancelled.")
TICKET_EXPIRED = message(
    "spotvibe_ticket_expired",
    fr="Ce billet n'a pas été payé à temps.",
    en="This ticket was not paid in time.",
)
TICKET_FORGED = message(
    "spotvibe_ticket_forged",
    fr="Ce code n'est pas celui d'un billet SpotVibe valable.",
    en="This code is not that of a good SpotVibe ticket.",
)
TICKET_OF_ANOTHER = message(
    "spotvibe_ticket_of_another_event",
    fr="Ce billet est celui d'un autre événement : {titre}.",
    en="This ticket is for another event: {titre}.",
)
TICKET_USED = message(
    "spotvibe_ticket_used",
    fr="Ce billet a déjà été scanné le {le}.",
    en="This ticket was scanned already on {le}.",
)
NOT_YOURS_TO_SCAN = message(
    "spotvibe_event_not_yours_to_scan",
    fr="Seuls l'organisateur de cet événement et l'équipe SpotVibe en scannent les billets.",
    en="Only the organiser of this event and SpotVibe's staff scan its tickets.",
)
EVENT_CANCELLED = message("spotvibe_event_cancelled", fr="Cet événement est annulé.", en="This event is cancelled.")
NOT_YOURS_TO_CANCEL = message(
    "spotvibe_event_not_yours_to_cancel",
    fr="Vous n'êtes pas autorisé à annuler cet événement.",
    en="You may not cancel this event.",
)


class Statut(StrEnum):
    """How a ticket, or an order of tickets, stands. An order is never UTILISE."""

    EN_ATTENTE = "EN_ATTENTE"
    PAYE = "PAYE"
    UTILISE = "UTILISE"
    ANNULE = "ANNULE"
    REMBOURSE = "REMBOURSE"
    EXPIRE = "EXPIRE"


REFUSALS: Final = {
    Statut.EN_ATTENTE: TICKET_NOT_PAID,
    Statut.ANNULE: TICKET_CANCELLED,
    Statut.REMBOURSE: TICKET_REFUNDED,
    Statut.EXPIRE: TICKET_EXPIRED,
}
"""Why a ticket that is neither PAYE nor UTILISE lets nobody in."""


def statut_after(state: PaymentState) -> Statut:
    """How an order stands whose payment ended without money: EXPIRE is for time alone (DECISIONS.md section 2)."""
    return Statut.EXPIRE if state is PaymentState.EXPIRED else Statut.ANNULE


def commission_of(montant: Decimal, per_cent: Decimal) -> Decimal:
    """The installation's part of a sale. The payment rounds it half up to the currency's smallest unit."""
    return montant * per_cent / PER_CENT


def payee_of(organiser: int) -> str:
    """The ledger's name of an organiser, whom the rest of a sale is due to."""
    return f"spotvibe:{organiser}"


def number_of(billet: int) -> str:
    """A ticket's number as it is printed."""
    return f"{billet:08}"


class Order(msgspec.Struct, frozen=True):
    """Tickets that are bought together."""

    id: UUID
    evenement: int
    user: int
    paiement: UUID
    quantite: int
    prix_unitaire: Decimal
    statut: Statut

    @property
    def montant(self) -> Decimal:
        """What it costs."""
        return self.quantite * self.prix_unitaire


class Billet(msgspec.Struct, frozen=True):
    """A ticket with its event, as it is printed and scanned. `porteur` is its holder's name, `createur` the event's
    organiser."""

    id: int
    uuid: UUID
    statut: Statut
    prix: Decimal
    utilise_le: datetime | None
    user: int
    porteur: str
    evenement: int
    createur: int
    titre: str
    lieu: str
    adresse: str
    date_debut: datetime
    date_fin: datetime
    evenement_statut: str

    @property
    def code_shown(self) -> bool:
        """Whether it has a code: it is paid, used or not."""
        return self.statut in (Statut.PAYE, Statut.UTILISE)


Concerned = Callable[[Work, int], Awaitable[Sequence[int]]]
"""The numbers of those who expect an event, by its id."""


class Audience:
    """The extension point of those who are told that an event is cancelled beside the holders of its tickets."""

    def __init__(self) -> None:
        self._concerned: list[Concerned] = []

    def add(self, concerned: Concerned) -> None:
        """Tell these, too."""
        self._concerned.append(concerned)

    async def of(self, work: Work, evenement: int) -> set[int]:
        """Everybody who expects an event and holds no ticket of it, as far as others know of them."""
        return {number for each in self._concerned for number in await each(work, evenement)}
