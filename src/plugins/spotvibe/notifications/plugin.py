"""The manifest of notifications."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.spotvibe.notifications.settings import NotificationsSettings

TOLD = (
    "spotvibe.user_registered",
    "spotvibe.user_followed",
    "spotvibe.verification_decided",
    "spotvibe.event_decided",
    "spotvibe.event_cancelled",
    "spotvibe.event_reminder",
    "spotvibe.invited",
    "spotvibe.tickets_paid",
    "spotvibe.payment_failed",
    "spotvibe.refund_decided",
    "spotvibe.refund_done",
    "spotvibe.subscription_activated",
    "spotvibe.subscription_expiring",
    "spotvibe.subscription_expired",
    "spotvibe.renewal_link",
)
"""The events that people are told of."""


def _wire(kernel: Kernel) -> Wired:
    from plugins.spotvibe.notifications.api import NotificationsApi
    from plugins.spotvibe.notifications.bulk_service import Envois
    from plugins.spotvibe.notifications.choice_http import choice_controllers
    from plugins.spotvibe.notifications.choice_service import Choices
    from plugins.spotvibe.notifications.digest_service import Digests
    from plugins.spotvibe.notifications.inbox_http import inbox_controller
    from plugins.spotvibe.notifications.inbox_service import Inbox
    from plugins.spotvibe.notifications.notify_service import Notifier
    from plugins.spotvibe.notifications.staff_http import bulk_controller, template_controller
    from plugins.spotvibe.notifications.store import (
        PgBulkStore,
        PgChoiceStore,
        PgInboxStore,
        PgNotifyStore,
        PgTemplateStore,
    )
    from plugins.spotvibe.notifications.subscribers import Subscribers
    from plugins.spotvibe.notifications.template_service import Templates
    from plugins.spotvibe.notifications.wire import (
        BulkProgress,
        Notification,
        NotificationDetail,
        Preference,
        PushToken,
        Template,
        TemplateDetail,
    )

    settings = kernel.settings_as(NotificationsSettings)
    works, installation, users = kernel.works, kernel.installation, kernel.apis["spotvibe_users"]
    store = PgNotifyStore()
    notifier = Notifier(store, kernel.notifications, installation.time_zone, installation.link_base)
    inbox = Inbox(works, PgInboxStore(one=Notification, detail=NotificationDetail), notifier, users)
    choices = Choices(works, PgChoiceStore(preference=Preference, token=PushToken), users, devices=settings.devices)
    templates = Templates(works, PgTemplateStore(one=Template, detail=TemplateDetail))
    envois = Envois(works, PgBulkStore(BulkProgress), notifier, batch=settings.batch)
    digests = Digests(works, store, notifier, kernel.clock, installation.time_zone, settings.digest_hour)
    subscribers = Subscribers(works, notifier, envois, installation.currency)
    return Wired(
        controllers=[
            inbox_controller(inbox),
            *choice_controllers(choices),
            template_controller(templates),
            bulk_controller(envois),
        ],
        handlers={"tell": subscribers.tell, "recipient_gone": choices.recipient_gone},
        jobs={"send_bulk": envois.send, "send_digests": digests.send},
        api=NotificationsApi(notifier),
    )


PLUGIN = Plugin(
    name="spotvibe_notifications",
    title=Text(fr="Notifications de SpotVibe", en="Notifications of SpotVibe"),
    suites=("spotvibe",),
    requires=("spotvibe_users",),
    claims=("/api/notifications",),
    settings=NotificationsSettings,
    subscribes={**dict.fromkeys(TOLD, "tell"), "notifications.recipient_gone": "recipient_gone"},
    jobs=("send_bulk", "send_digests"),
    schedules=(Schedule("send_digests", "*/15 * * * *"),),
    wire=_wire,
)
