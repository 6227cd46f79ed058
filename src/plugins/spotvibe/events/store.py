"""The rows and stores of events."""

from plugins.spotvibe.events.category_store import CategorieRow, CategoryStore
from plugins.spotvibe.events.event_store import EvenementRow, EvenementTallyRow, EventStore
from plugins.spotvibe.events.list_store import EventLists
from plugins.spotvibe.events.share_store import PartageRow, ShareStore

__all__ = (
    "CategorieRow",
    "CategoryStore",
    "EvenementRow",
    "EvenementTallyRow",
    "EventLists",
    "EventStore",
    "PartageRow",
    "ShareStore",
)
