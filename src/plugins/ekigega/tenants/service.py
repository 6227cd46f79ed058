"""What lists of companies can be asked for."""

from core.primitives.page import Listing

LISTING = Listing(
    search=("nom", "secteur", "type"),
    ordering=("id", "nom", "secteur", "type", "adresse", "taille", "created_at", "updated_at"),
)
