"""Shapes on the wire."""

from rest_framework import serializers

from benchmarks.peers.drf.models import Produit, Vente, VenteItem


class ProduitSerializer(serializers.ModelSerializer):
    """A product."""

    class Meta:
        model = Produit
        fields = ("id", "nom", "categorie", "prix", "quantite", "entreprise", "created_at", "updated_at")
        read_only_fields = fields


class ItemSerializer(serializers.ModelSerializer):
    """A line of a sale."""

    produit = serializers.UUIDField(source="produit_id")
    quantite = serializers.IntegerField(min_value=1)
    prix_unitaire = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False)

    class Meta:
        model = VenteItem
        fields = ("produit", "quantite", "prix_unitaire")


class VenteSerializer(serializers.ModelSerializer):
    """A sale."""

    client = serializers.UUIDField(source="client_id")
    statut = serializers.ChoiceField(
        choices=["en_attente", "payee", "annulee", "paiement_partiel", "rembourse"], default="en_attente"
    )
    items = ItemSerializer(many=True, allow_empty=False)

    class Meta:
        model = Vente
        fields = ("id", "client", "statut", "items", "total", "created_at", "updated_at")
        read_only_fields = ("id", "total", "created_at", "updated_at")
