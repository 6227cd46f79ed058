"""What other plugins may call."""

from collections.abc import Iterable

from core.work import Work
from plugins.spotvibe.notifications.domain import Annonce
from plugins.spotvibe.notifications.notify_service import Notifier


class NotificationsApi:
    """Telling people, for slices that publish no event of their own."""

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier

    async def tell(self, work: Work, annonce: Annonce, numbers: Iterable[int]) -> set[int]:
        """Tell users of something by the template of its type, inside the caller's unit of work, which sees everything;
        returns whom it reaches. Raises `LookupError` for a type without a template."""
        return await self._notifier.tell(work, annonce, numbers)
