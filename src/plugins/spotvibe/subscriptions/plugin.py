"""The manifest of subscriptions."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.spotvibe.subscriptions.settings import SubscriptionSettings

WEBHOOK = "webhook"


def _wire(kernel: Kernel) -> Wired:
    from plugins.spotvibe.subscriptions.activation_http import activation_controller
    from plugins.spotvibe.subscriptions.activation_service import Activations
    from plugins.spotvibe.subscriptions.api import SubscriptionsApi
    from plugins.spotvibe.subscriptions.delivery_service import AbonnementOrders, Deliveries
    from plugins.spotvibe.subscriptions.domain import FEATURE
    from plugins.spotvibe.subscriptions.lifecycle_jobs import Lifecycle
    from plugins.spotvibe.subscriptions.membership_service import Memberships
    from plugins.spotvibe.subscriptions.plan_http import plan_controllers
    from plugins.spotvibe.subscriptions.plan_service import LISTING, Plans
    from plugins.spotvibe.subscriptions.purchase_http import purchase_controller
    from plugins.spotvibe.subscriptions.purchase_service import Purchases
    from plugins.spotvibe.subscriptions.store import PlanStore, PurchaseStore, SubscriptionStore
    from plugins.spotvibe.subscriptions.subscription_http import subscription_controller
    from plugins.spotvibe.subscriptions.wire import Abonnement, History, Plan, abonnement_detail

    settings = kernel.settings_as(SubscriptionSettings)
    works, clock, usage = kernel.works, kernel.clock, kernel.usage
    zone, currency = kernel.installation.time_zone, kernel.installation.currency
    payments = kernel.apis["spotvibe_payments"]
    plan_store = PlanStore(Plan, listing=LISTING, time_zone=zone)
    store = SubscriptionStore(listed=Abonnement, detail=abonnement_detail, told=History)
    achats = PurchaseStore()
    deliveries = Deliveries(store, achats, plan_store, usage, clock, zone=zone, currency=currency)
    purchases = Purchases(
        works,
        plan_store,
        store,
        achats,
        deliveries,
        kernel.apis["spotvibe_users"],
        payments,
        clock,
        zone=zone,
        currency=currency,
    )
    memberships = Memberships(works, store, usage, payments, clock, zone)
    lifecycle = Lifecycle(
        works,
        store,
        achats,
        purchases,
        kernel.payments,
        clock,
        reminder_days=settings.reminder_days,
        lead=settings.renewal_lead,
    )
    activations = Activations(works, kernel.payments, clock, kernel.secrets.get(WEBHOOK))
    payments.payables.add(purchases)
    if usage.counts(FEATURE):
        usage.add_source(FEATURE, memberships.terms)
    return Wired(
        controllers=[
            *plan_controllers(Plans(works, plan_store, currency=currency)),
            subscription_controller(memberships),
            purchase_controller(purchases, memberships),
            activation_controller(activations),
        ],
        jobs={
            "expire": lifecycle.expire,
            "remind": lifecycle.remind,
            "renew": lifecycle.renew,
            "renew_one": lifecycle.renew_one,
            "send_link": lifecycle.send_link,
            "read_status": activations.read_status,
        },
        order_types=[AbonnementOrders(achats, deliveries)],
        api=SubscriptionsApi(memberships, store, clock),
    )


PLUGIN = Plugin(
    name="spotvibe_subscriptions",
    title=Text(fr="Abonnements de SpotVibe", en="Subscriptions of SpotVibe"),
    suites=("spotvibe",),
    requires=("spotvibe_users", "spotvibe_payments"),
    after=("spotvibe_events",),
    claims=("/api/subscriptions",),
    settings=SubscriptionSettings,
    secrets=(WEBHOOK,),
    publishes=(
        "spotvibe.subscription_activated",
        "spotvibe.subscription_expiring",
        "spotvibe.subscription_expired",
        "spotvibe.renewal_link",
    ),
    jobs=("expire", "remind", "renew", "renew_one", "send_link", "read_status"),
    schedules=(Schedule("expire", "*/5 * * * *"), Schedule("remind", "20 * * * *"), Schedule("renew", "40 * * * *")),
    wire=_wire,
)
