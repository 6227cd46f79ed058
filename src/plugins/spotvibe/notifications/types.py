"""The types of notifications that the product itself sends, and the places that each of them fills."""

from typing import Final

ALWAYS: Final = frozenset({"username", "prenom"})
"""Places that every notification fills: the name of whom it goes to."""

WELCOME: Final = "WELCOME"
EVENT_REMINDER: Final = "EVENT_REMINDER"
EVENT_APPROVED: Final = "EVENT_APPROVED"
EVENT_REJECTED: Final = "EVENT_REJECTED"
EVENT_CANCELLED: Final = "EVENT_CANCELLED"
NEW_EVENT: Final = "NEW_EVENT"
INVITATION: Final = "INVITATION"
TICKET_PURCHASED: Final = "TICKET_PURCHASED"
PAYMENT_FAILED: Final = "PAYMENT_FAILED"
REFUND_APPROVED: Final = "REFUND_APPROVED"
REFUND_REJECTED: Final = "REFUND_REJECTED"
REFUND_DONE: Final = "REFUND_DONE"
NEW_FOLLOWER: Final = "NEW_FOLLOWER"
VERIFICATION_APPROVED: Final = "VERIFICATION_APPROVED"
VERIFICATION_REJECTED: Final = "VERIFICATION_REJECTED"
SUBSCRIPTION_ACTIVATED: Final = "SUBSCRIPTION_ACTIVATED"
SUBSCRIPTION_EXPIRING: Final = "SUBSCRIPTION_EXPIRING"
SUBSCRIPTION_EXPIRED: Final = "SUBSCRIPTION_EXPIRED"
RENEWAL_LINK: Final = "RENEWAL_LINK"
TEST: Final = "TEST"

DIGEST: Final = "DIGEST"
"""What the summary of a day or a week is called. It has no template."""

PLACES: Final[dict[str, frozenset[str]]] = {
    WELCOME: frozenset(),
    EVENT_REMINDER: frozenset({"evenement", "date_debut"}),
    EVENT_APPROVED: frozenset({"evenement"}),
    EVENT_REJECTED: frozenset({"evenement", "motif"}),
    EVENT_CANCELLED: frozenset({"evenement"}),
    NEW_EVENT: frozenset({"evenement", "organisateur"}),
    INVITATION: frozenset({"evenement", "organisateur"}),
    TICKET_PURCHASED: frozenset({"evenement", "quantite"}),
    PAYMENT_FAILED: frozenset({"objet", "motif"}),
    REFUND_APPROVED: frozenset({"montant"}),
    REFUND_REJECTED: frozenset({"montant"}),
    REFUND_DONE: frozenset({"montant"}),
    NEW_FOLLOWER: frozenset({"abonne"}),
    VERIFICATION_APPROVED: frozenset({"commentaire"}),
    VERIFICATION_REJECTED: frozenset({"commentaire"}),
    SUBSCRIPTION_ACTIVATED: frozenset({"plan", "date_fin"}),
    SUBSCRIPTION_EXPIRING: frozenset({"plan", "date_fin"}),
    SUBSCRIPTION_EXPIRED: frozenset({"plan"}),
    RENEWAL_LINK: frozenset({"plan", "url"}),
    TEST: frozenset(),
}
"""What each type fills beside `ALWAYS`. A template of any other type is the staff's own, for bulk sendings, whose data
fill its places."""
