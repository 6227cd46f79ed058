"""What the kernel refuses about payments, in both languages."""

from core.primitives.errors import message

UNKNOWN_GATEWAY = message(
    "payments_unknown_gateway",
    fr="Ce moyen de paiement n'est pas disponible.",
    en="This payment method is not available.",
)
NOT_PAYABLE = message(
    "payments_not_payable",
    fr="Ce montant ne peut être payé par ce moyen.",
    en="This amount cannot be paid by this method.",
)
NO_PAYER = message("payments_no_payer", fr="Un numéro de téléphone est nécessaire.", en="A phone number is needed.")
BLOCKED_NUMBER = message(
    "payments_blocked_number",
    fr="Ce numéro ne peut être utilisé pour un paiement.",
    en="This number cannot be used for a payment.",
)
NOT_PENDING = message(
    "payments_not_pending", fr="Ce paiement n'est plus en attente.", en="This payment is no longer pending."
)
NOT_RETRIABLE = message(
    "payments_not_retriable",
    fr="Ce paiement ne peut être relancé maintenant.",
    en="This payment cannot be tried again now.",
)
ORDER_GONE = message(
    "payments_order_gone",
    fr="Ce qui devait être payé n'est plus disponible.",
    en="What was to be paid is no longer available.",
)
NOT_REFUNDABLE = message(
    "payments_not_refundable",
    fr="Ce paiement ne peut être remboursé.",
    en="This payment cannot be refunded.",
)
REFUND_TOO_LARGE = message(
    "payments_refund_too_large",
    fr="Le remboursement dépasse ce qui a été payé.",
    en="The refund exceeds what was paid.",
)
NO_PARTIAL_REFUND = message(
    "payments_no_partial_refund",
    fr="Ce moyen de paiement ne rembourse que la totalité.",
    en="This payment method refunds the whole only.",
)
REFUND_DECIDED = message(
    "payments_refund_decided",
    fr="Ce remboursement a déjà été traité.",
    en="This refund has already been decided.",
)
