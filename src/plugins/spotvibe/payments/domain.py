"""What holds of payments, whoever asks (contracts/spotvibe.md section 6; DECISIONS.md section 2): the document's words
for the kernel's states, and the extension point of what is paid for."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import Caller
from core.payments.entities import PaymentState, RefundCause, RefundState
from core.primitives.errors import message
from core.work import Work

PAYMENT_NOT_FOUND = message("spotvibe_payment_not_found", fr="Paiement non trouvé.", en="Payment not found.")
REFUND_NOT_FOUND = message("spotvibe_refund_not_found", fr="Remboursement non trouvé.", en="Refund not found.")
REFUND_OPEN = message(
    "spotvibe_refund_open",
    fr="Une demande de remboursement est déjà en cours pour ce paiement.",
    en="A refund of this payment has already been asked for.",
)
WRONG_AMOUNT = message(
    "spotvibe_wrong_amount", fr="Le montant doit être {montant}.", en="The amount must be {montant}."
)
"""For `Payable.initiate`: `montant` is what the thing costs."""


class Type(StrEnum):
    """What is paid for."""

    BILLET = "BILLET"
    ABONNEMENT = "ABONNEMENT"


ORDER_TYPES: Final[Mapping[Type, str]] = {
    Type.BILLET: "spotvibe_tickets.billets",
    Type.ABONNEMENT: "spotvibe_subscriptions.abonnement",
}
"""The kernel's order type of each: only payments of these are spotvibe's, whether or not their plugin is here."""

TYPES: Final[Mapping[str, Type]] = {order_type: kind for kind, order_type in ORDER_TYPES.items()}


class Statut(StrEnum):
    """How a payment stands (DECISIONS.md section 2, "Payment statut")."""

    EN_ATTENTE = "EN_ATTENTE"
    REUSSI = "REUSSI"
    ECHEC = "ECHEC"
    ANNULE = "ANNULE"
    EXPIRE = "EXPIRE"
    REMBOURSE = "REMBOURSE"
    PARTIELLEMENT_REMBOURSE = "PARTIELLEMENT_REMBOURSE"


STATUTS: Final[Mapping[PaymentState, Statut]] = {
    PaymentState.PENDING: Statut.EN_ATTENTE,
    PaymentState.SUCCEEDED: Statut.REUSSI,
    PaymentState.FAILED: Statut.ECHEC,
    PaymentState.CANCELLED: Statut.ANNULE,
    PaymentState.EXPIRED: Statut.EXPIRE,
    PaymentState.REFUNDED: Statut.REMBOURSE,
    PaymentState.PARTIALLY_REFUNDED: Statut.PARTIELLEMENT_REMBOURSE,
}
_STATES: Final[Mapping[Statut, PaymentState]] = {statut: state for state, statut in STATUTS.items()}


def statut_of(state: PaymentState) -> Statut:
    """The document's word for a payment's state."""
    return STATUTS[state]


def state_of(statut: Statut) -> PaymentState:
    """The payment's state behind the document's word."""
    return _STATES[statut]


class StatutRemboursement(StrEnum):
    """How a refund stands (DECISIONS.md section 2, "Refunds")."""

    DEMANDE = "DEMANDE"
    APPROUVE = "APPROUVE"
    REJETE = "REJETE"
    TRAITE = "TRAITE"
    ECHEC = "ECHEC"


STATUTS_REMBOURSEMENT: Final[Mapping[RefundState, StatutRemboursement]] = {
    RefundState.REQUESTED: StatutRemboursement.DEMANDE,
    RefundState.APPROVED: StatutRemboursement.APPROUVE,
    RefundState.SENDING: StatutRemboursement.APPROUVE,
    RefundState.PENDING: StatutRemboursement.APPROUVE,
    RefundState.UNKNOWN: StatutRemboursement.APPROUVE,
    RefundState.MANUAL: StatutRemboursement.APPROUVE,
    RefundState.REJECTED: StatutRemboursement.REJETE,
    RefundState.DONE: StatutRemboursement.TRAITE,
    RefundState.FAILED: StatutRemboursement.ECHEC,
}


def refund_statut_of(state: RefundState) -> StatutRemboursement:
    """The document's word for a refund's state."""
    return STATUTS_REMBOURSEMENT[state]


def refund_states_of(statut: StatutRemboursement) -> tuple[RefundState, ...]:
    """The refund's states behind the document's word."""
    return tuple(state for state, word in STATUTS_REMBOURSEMENT.items() if word is statut)


class Raison(StrEnum):
    """Why money goes back (DECISIONS.md section 2, "Refunds")."""

    ANNULATION_EVENT = "ANNULATION_EVENT"
    DEMANDE_CLIENT = "DEMANDE_CLIENT"
    DOUBLON = "DOUBLON"
    ERREUR = "ERREUR"
    AUTRE = "AUTRE"


CAUSES: Final[Mapping[Raison, RefundCause]] = {
    Raison.ANNULATION_EVENT: RefundCause.CANCELLED,
    Raison.DEMANDE_CLIENT: RefundCause.REQUESTED,
    Raison.DOUBLON: RefundCause.DUPLICATE,
    Raison.ERREUR: RefundCause.ERROR,
    Raison.AUTRE: RefundCause.OTHER,
}
RAISONS: Final[Mapping[RefundCause, Raison]] = {
    **{cause: raison for raison, cause in CAUSES.items()},
    RefundCause.LATE: Raison.AUTRE,
}
"""`late` is the kernel's own: money that came after its payment had ended, or twice."""


class Methode(StrEnum):
    """The payment methods of the document. Another gateway of the installation is `MOMO_` and its slug."""

    MOMO_MTN = "MOMO_MTN"
    MOMO_ORANGE = "MOMO_ORANGE"
    MOMO_MOOV = "MOMO_MOOV"
    CARTE_BANCAIRE = "CARTE_BANCAIRE"


_MOBILE = "MOMO_"
MOBILE_SLUGS: Final = ("mtn", "orange", "moov")
"""The gateways that the document names."""


def methode_of(gateway: str) -> str:
    """The method that a gateway's slug is ("mtn" is "MOMO_MTN")."""
    return _MOBILE + gateway.upper()


def gateway_of(methode: str) -> str:
    """The slug of the gateway behind a method; empty for one that is not mobile money."""
    return methode.removeprefix(_MOBILE).lower() if methode.startswith(_MOBILE) and methode.isupper() else ""


class Means(msgspec.Struct, frozen=True):
    """How somebody pays: a method of the document, the number that pays as it was typed, and a code of the operator
    where its one-step contract is configured."""

    methode: str
    telephone: str | None = None
    otp: str = ""


INITIATE_FIELDS: Final = {"method_field": "methode_paiement", "phone_field": "telephone_paiement"}
"""What `POST /api/payments/initiate/` calls the fields of its `Means`: refusals name them."""


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid, and how.

    - `type_paiement` is "BILLET" or "ABONNEMENT"; `order` names it for the order type behind it.
    - `montant` and `commission` (the installation's part of it) are in the installation's currency; `payee` is whom
      the rest is due to in the ledger, None for the installation itself.
    - `account` is who pays, where that is not the caller (automatic renewal).
    """

    type_paiement: str
    order: str
    montant: Decimal
    means: Means
    description: str
    commission: Decimal = Decimal(0)
    payee: str | None = None
    account: UUID | None = None


class Payable(Protocol):
    """Something that can be paid for (an extension point): one for each `Type`, put into `PaymentsApi.payables` when
    its slice is wired. Every method works inside the unit of work of its caller."""

    @property
    def type_paiement(self) -> str:
        """The `Type`."""
        ...

    @property
    def order_type(self) -> str:
        """The name of the kernel's order type: that of `ORDER_TYPES`."""
        ...

    async def initiate(self, work: Work, caller: Caller, key: int, montant: Decimal, means: Means) -> UUID:
        """Begin a payment, or try one again, for `POST /api/payments/initiate/`; returns the payment.

        `key` is what the request names: `subscription_id` (a plan) or `event_ticket_id` (a ticket of an order whose
        payment failed or expired). Raises `DomainError` of kind invalid: on that field for what cannot be paid, on
        `montant` (`WRONG_AMOUNT`) where it is not what that costs; the `Fields()` of means are those of this request.
        """
        ...

    async def titles(self, work: Work, orders: Sequence[str]) -> Mapping[str, str]:
        """What was bought by each of these orders, for people to read (an event's title, a plan's name)."""
        ...

    async def refundable(self, work: Work, order: str) -> bool:
        """Whether a buyer may ask for the money of a paid order: what is used already is not given back."""
        ...


class Payables:
    """What can be paid for in an installation, by `Type`."""

    def __init__(self) -> None:
        self._payables: dict[Type, Payable] = {}

    def add(self, payable: Payable) -> None:
        """Add what a slice sells. Raises `ValueError` for a second one of a type, or one whose order type is
        another's."""
        kind = Type(payable.type_paiement)
        if kind in self._payables:
            raise ValueError(f"two plugins sell what is paid as {kind}")
        if payable.order_type != ORDER_TYPES[kind]:
            raise ValueError(f"the order type of {kind} is {ORDER_TYPES[kind]}, not {payable.order_type}")
        self._payables[kind] = payable

    def get(self, kind: str) -> Payable | None:
        """What is paid as this type; None where its plugin is not here."""
        return self._payables.get(Type(kind))

    def __iter__(self) -> Iterator[Payable]:
        return iter(self._payables.values())
