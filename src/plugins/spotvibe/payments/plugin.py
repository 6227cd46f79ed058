"""The manifest of payments."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text
from plugins.spotvibe.payments.settings import PaymentsSettings

ENDED = "tell_payment_failed"
GONE_BACK = "tell_refund_done"


def _wire(kernel: Kernel) -> Wired:
    from plugins.spotvibe.payments.api import PaymentsApi
    from plugins.spotvibe.payments.checkout_service import Checkout
    from plugins.spotvibe.payments.domain import Payables
    from plugins.spotvibe.payments.figure_http import figure_controller
    from plugins.spotvibe.payments.figure_service import Figures
    from plugins.spotvibe.payments.payment_http import payment_controller
    from plugins.spotvibe.payments.payment_service import OwnPayments, PaymentNews
    from plugins.spotvibe.payments.refund_http import refund_controller
    from plugins.spotvibe.payments.refund_service import Refunds
    from plugins.spotvibe.payments.store import FigureStore, PaymentReadingStore, RefundReadingStore
    from plugins.spotvibe.payments.webhook_http import webhook_controller
    from plugins.spotvibe.payments.wire import (
        Commission,
        Paiement,
        PaiementDetail,
        PaiementOriginal,
        Payeur,
        Remboursement,
        RemboursementDetail,
        Summary,
        Transaction,
    )

    settings = kernel.settings_as(PaymentsSettings)
    installation, payments, works = kernel.installation, kernel.payments, kernel.works
    payables = Payables()
    own = f"{installation.link_base}/"
    checkout = Checkout(
        payments,
        currency=installation.currency,
        region=installation.region,
        countries=settings.countries,
        return_url=settings.return_url or own,
        cancel_url=settings.cancel_url or own,
    )
    store = PaymentReadingStore(paiement=Paiement, detail=PaiementDetail, payeur=Payeur, transaction=Transaction)
    refund_store = RefundReadingStore(
        remboursement=Remboursement, detail=RemboursementDetail, original=PaiementOriginal, payeur=Payeur
    )
    figure_store = FigureStore(commission=Commission, summary=Summary, time_zone=installation.time_zone)
    refunds = Refunds(works, refund_store, payments, payables)
    own_payments = OwnPayments(works, store, payments, checkout, payables)
    news = PaymentNews(works, store, refund_store)
    return Wired(
        controllers=[
            payment_controller(own_payments),
            refund_controller(refunds),
            figure_controller(Figures(works, figure_store, payments.gateways, payables), own_payments),
            webhook_controller(kernel.callbacks, works),
        ],
        handlers={ENDED: news.ended, GONE_BACK: news.gone_back},
        api=PaymentsApi(checkout, refunds, figure_store, payables),
    )


PLUGIN = Plugin(
    name="spotvibe_payments",
    title=Text(fr="Paiements de SpotVibe", en="Payments of SpotVibe"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=("/api/payments",),
    settings=PaymentsSettings,
    publishes=("spotvibe.payment_failed", "spotvibe.refund_decided", "spotvibe.refund_done"),
    subscribes={"payments.ended": ENDED, "payments.refunded": GONE_BACK},
    wire=_wire,
)
