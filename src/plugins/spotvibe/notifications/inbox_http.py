"""Somebody's notifications on the wire (contracts/spotvibe.md section 7.1)."""

from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, Rate, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.rules import SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from plugins.spotvibe.arrays import LISTED, respond_array
from plugins.spotvibe.notifications.inbox_service import Inbox
from plugins.spotvibe.notifications.wire import (
    Marked,
    Notification,
    NotificationDetail,
    NotificationStats,
    UnreadCount,
)
from plugins.spotvibe.wire import DIALECT, Done

TESTS = Rate("notification-test")

MARKED = message(
    "spotvibe_notifications_read",
    fr="Notifications marquées comme lues.",
    en="The notifications are marked as read.",
)
ALL_MARKED = message(
    "spotvibe_notifications_all_read",
    fr="Toutes les notifications ont été marquées comme lues.",
    en="All notifications are marked as read.",
)
TESTED = message(
    "spotvibe_notification_tested", fr="Notification de test envoyée.", en="The test notification is sent."
)


def inbox_controller(inbox: Inbox) -> type[Controller]:
    """The controller of one's own notifications."""

    class NotificationController(Controller):
        path = "/api/notifications"
        tags = ["notifications"]

        @operation(
            "GET",
            "/",
            name="list_notifications",
            rule=SignedIn(),
            summary=Text(fr="Lister ses notifications", en="List one's notifications"),
            facts=LISTED,
        )
        async def list_notifications(self, request: StrictRequest) -> Response[list[Notification]]:
            """List the caller's notifications, newest first."""
            return await respond_array(request, inbox.page)

        @operation(
            "GET",
            "/stats",
            name="get_notification_stats",
            rule=SignedIn(),
            summary=Text(fr="Compter ses notifications", en="Count one's notifications"),
        )
        async def stats(self, request: StrictRequest) -> NotificationStats:
            """Count the caller's notifications."""
            total, unread = await inbox.stats(request.caller)
            return NotificationStats(total, max(0, total - unread), unread)

        @operation(
            "GET",
            "/unread-count",
            name="get_unread_notification_count",
            rule=SignedIn(),
            summary=Text(fr="Compter ses notifications non lues", en="Count one's unread notifications"),
        )
        async def unread_count(self, request: StrictRequest) -> UnreadCount:
            """Count what the caller has not read."""
            return UnreadCount(await inbox.unread(request.caller))

        @operation(
            "POST",
            "/mark-read",
            name="mark_notifications_read",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Marquer des notifications comme lues", en="Mark notifications as read"),
            facts=Facts(errors=(400, 415), request_example={"notification_ids": [1, 2, 3]}),
        )
        async def mark_read(self, request: StrictRequest, data: JSONBody[Marked]) -> Done:
            """Mark some of the caller's notifications as read."""
            await inbox.mark(request.caller, data.notification_ids)
            return Done(MARKED.say(request.caller.locale))

        @operation(
            "POST",
            "/mark-all-read",
            name="mark_all_notifications_read",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Marquer toutes ses notifications comme lues", en="Mark all notifications as read"),
        )
        async def mark_all_read(self, request: StrictRequest) -> Done:
            """Mark all of the caller's notifications as read."""
            await inbox.mark_all(request.caller)
            return Done(ALL_MARKED.say(request.caller.locale))

        @operation(
            "POST",
            "/test",
            name="send_test_notification",
            rule=SignedIn(),
            status=200,
            rate=TESTS,
            summary=Text(fr="S'envoyer une notification de test", en="Send oneself a test notification"),
            facts=Facts(errors=(429,)),
        )
        async def test(self, request: StrictRequest) -> Done:
            """Send the caller a test."""
            await inbox.test(request.caller)
            return Done(TESTED.say(request.caller.locale))

        @operation(
            "GET",
            "/{key:str}",
            name="get_notification",
            rule=SignedIn(),
            summary=Text(fr="Lire une notification", en="Read a notification"),
            facts=Facts(errors=(404,)),
        )
        async def get_notification(self, request: StrictRequest, key: FromPath[str]) -> NotificationDetail:
            """Show one of the caller's notifications."""
            found: NotificationDetail = await inbox.detail(request.caller, key_of(DIALECT, key))
            return found

        @operation(
            "DELETE",
            "/{key:str}/delete",
            name="delete_notification",
            rule=SignedIn(),
            summary=Text(fr="Supprimer une notification", en="Delete a notification"),
            facts=Facts(errors=(404,), key="notification_id"),
        )
        async def delete(self, request: StrictRequest, key: FromPath[str]) -> None:
            """Delete one of the caller's notifications."""
            await inbox.delete(request.caller, key_of(DIALECT, key))

    return NotificationController
