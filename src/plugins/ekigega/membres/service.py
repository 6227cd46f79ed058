"""What lists of members can be asked for."""

from core.primitives.page import Filter, Listing

LISTING = Listing(
    filters=(Filter("status", choices=("actif", "inactif", "en_attente")), Filter("role")),
    ordering=("id", "compte", "email", "nom", "prenom", "telephone", "role", "status", "proprietaire", "created_at"),
)
