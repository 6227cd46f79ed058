"""What lists of roles can be asked for."""

from core.primitives.page import Listing

LISTING = Listing(
    search=("nom",),
    ordering=("id", "nom", "description", "created_at", "updated_at"),
    default_ordering=("created_at",),
)
