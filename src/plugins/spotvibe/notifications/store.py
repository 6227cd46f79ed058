"""The rows and stores of notifications."""

from plugins.spotvibe.notifications.bulk_store import DestinataireRow, EnvoiRow, PgBulkStore
from plugins.spotvibe.notifications.choice_store import PgChoiceStore, PreferenceRow, PushTokenRow
from plugins.spotvibe.notifications.inbox_store import PgInboxStore
from plugins.spotvibe.notifications.notify_store import DigestRow, NotificationRow, OnceRow, PgNotifyStore
from plugins.spotvibe.notifications.template_store import PgTemplateStore, TemplateRow

__all__ = (
    "DestinataireRow",
    "DigestRow",
    "EnvoiRow",
    "NotificationRow",
    "OnceRow",
    "PgBulkStore",
    "PgChoiceStore",
    "PgInboxStore",
    "PgNotifyStore",
    "PgTemplateStore",
    "PreferenceRow",
    "PushTokenRow",
    "TemplateRow",
)
