"""What other slices of crm may ask of tasks: whom they are shown to."""

from plugins.crm.taches.domain import sees_all
from plugins.crm.taches.tache_service import SEEN_BY

__all__ = ["SEEN_BY", "sees_all"]
