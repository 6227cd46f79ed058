"""The stores of payments. Their rows are the kernel's (`adapters.db.payments`)."""

from plugins.spotvibe.payments.figure_store import FigureStore
from plugins.spotvibe.payments.payment_store import PaymentReadingStore
from plugins.spotvibe.payments.refund_store import RefundReadingStore

__all__ = ("FigureStore", "PaymentReadingStore", "RefundReadingStore")
