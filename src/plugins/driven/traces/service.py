"""What the lists of traces answer to."""

from core.primitives.errors import message
from core.primitives.page import Filter, FilterKind, Listing

LISTING = Listing(
    ordering=("id", "date", "action", "detail", "code", "param", "code_sql", "end_point", "id_utilisateur"),
    default_ordering=("-date",),
)
"""The newest first."""
FILTERS = (
    Filter("id_utilisateur", FilterKind.ID),
    Filter("action"),
    Filter("date_range", FilterKind.DAYS, column="date"),
)
"""What the paths of the other lists narrow by."""

TRACE_NOT_FOUND = message("driven_trace_not_found", fr="Entrée de trace non trouvée", en="Trace entry not found")
