"""The manifest of tickets."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.spotvibe.tickets.settings import TicketsSettings

REFUND_HOLDERS = "refund_holders"
EXPIRE_HOLDS = "expire_holds"
REMIND_HOLDERS = "remind_holders"


def _wire(kernel: Kernel) -> Wired:
    from adapters.documents.qr import qr_png, qr_svg
    from adapters.identity.signing import Ed25519Signer
    from plugins.spotvibe.tickets.api import TicketsApi
    from plugins.spotvibe.tickets.cancellation_service import Cancellations
    from plugins.spotvibe.tickets.code import KEY_USE, TicketCodes
    from plugins.spotvibe.tickets.domain import Audience
    from plugins.spotvibe.tickets.orders import TicketOrders
    from plugins.spotvibe.tickets.printing import Printed
    from plugins.spotvibe.tickets.purchase_http import purchase_controller
    from plugins.spotvibe.tickets.purchase_service import Purchases
    from plugins.spotvibe.tickets.store import OrderStore, TicketStore
    from plugins.spotvibe.tickets.ticket_http import ticket_controllers
    from plugins.spotvibe.tickets.ticket_service import IMAGE_KEY_USE, ImagePaths, Tickets
    from plugins.spotvibe.tickets.upkeep_service import Upkeep
    from plugins.spotvibe.tickets.wire import BilletListe

    settings = kernel.settings_as(TicketsSettings)
    works, clock, installation = kernel.works, kernel.clock, kernel.installation
    users, events, payments = (kernel.apis[f"spotvibe_{name}"] for name in ("users", "events", "payments"))
    order_store, ticket_store, audience = OrderStore(), TicketStore(BilletListe), Audience()
    orders = TicketOrders(order_store, events, clock, hold=settings.hold)
    purchases = Purchases(
        works,
        order_store,
        users,
        events,
        payments,
        kernel.apis.get("spotvibe_subscriptions"),
        clock,
        commission=settings.commission,
        hold=settings.hold,
    )
    tickets = Tickets(
        works,
        ticket_store,
        TicketCodes(Ed25519Signer(kernel.derive_key(KEY_USE))),
        ImagePaths(kernel.derive_key(IMAGE_KEY_USE), clock, settings.image_lifetime),
        kernel.documents,
        clock,
        png=qr_png,
        printed=Printed(qr_svg, time_zone=installation.time_zone, currency=installation.currency),
    )
    cancellations = Cancellations(
        works,
        order_store,
        ticket_store,
        events,
        payments,
        kernel.payments,
        audience,
        clock,
        job=f"spotvibe_tickets.{REFUND_HOLDERS}",
    )
    upkeep = Upkeep(works, order_store, orders, ticket_store, kernel.payments, clock)
    payments.payables.add(purchases)
    events.sales.add(ticket_store.has_paid)
    users.counters.add("total_tickets_purchased", ticket_store.bought)
    return Wired(
        controllers=[purchase_controller(purchases, cancellations), *ticket_controllers(tickets)],
        jobs={
            REFUND_HOLDERS: cancellations.refund_holders,
            EXPIRE_HOLDS: upkeep.expire_holds,
            REMIND_HOLDERS: upkeep.remind_holders,
        },
        order_types=[orders],
        api=TicketsApi(events, ticket_store, audience, cancellations),
    )


PLUGIN = Plugin(
    name="spotvibe_tickets",
    title=Text(fr="Billets", en="Tickets"),
    suites=("spotvibe",),
    requires=("spotvibe_users", "spotvibe_events", "spotvibe_payments"),
    after=("spotvibe_subscriptions",),
    claims=("/api/events/tickets", "/api/events/my-tickets", "/media/tickets"),
    settings=TicketsSettings,
    publishes=("spotvibe.tickets_paid", "spotvibe.event_cancelled", "spotvibe.event_reminder"),
    jobs=(REFUND_HOLDERS, EXPIRE_HOLDS, REMIND_HOLDERS),
    schedules=(Schedule(EXPIRE_HOLDS, "* * * * *"), Schedule(REMIND_HOLDERS, "*/5 * * * *")),
    wire=_wire,
)
