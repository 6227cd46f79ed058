"""The requests."""

from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, F, Func, Prefetch, Q, Sum, TextField, Value
from django.db.models.functions import Coalesce, Lower
from django.http import HttpResponse
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers import rules
from benchmarks.peers.drf.models import Depense, Produit, Vente, VenteItem
from benchmarks.peers.drf.selling import sell
from benchmarks.peers.drf.serializers import ProduitSerializer, VenteSerializer


class Produits:
    """The products of the caller's organisation."""

    resource = "products"
    serializer_class = ProduitSerializer
    request: Any

    def get_queryset(self) -> Any:
        """The rows in scope."""
        rows = Produit.objects.filter(entreprise=self.request.user.organisation_id, archived_at__isnull=True)
        return rows.only(*ProduitSerializer.Meta.fields)


class ProduitList(Produits, ListAPIView):
    """A page of products."""

    def filter_queryset(self, queryset: Any) -> Any:
        """Apply category, search and order."""
        query = self.request.query_params
        if query.get("categorie"):
            # iexact would compare upper(categorie), which the index on lower(categorie) does not serve
            folded = Lower(Value(query["categorie"]))
            queryset = queryset.alias(folded=Lower("categorie")).filter(folded=folded)
        if query.get("search"):
            text = Func(Value(query["search"]), function="socle_fold", output_field=TextField())
            queryset = queryset.filter(search_text__contains=text)
        return queryset.order_by(*rules.ordering_terms(query.get("ordering", ""), rules.PRODUCT_ORDERING))


class ProduitDetail(Produits, RetrieveAPIView):
    """A product."""

    def get_queryset(self) -> Any:
        """The rows in scope, with their version."""
        return super().get_queryset().only(*ProduitSerializer.Meta.fields, "version")

    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        """Answer with the product and its tag."""
        found = self.get_object()
        return Response(self.get_serializer(found).data, headers={"ETag": f'"{found.version}"'})


class Ventes(ListAPIView):
    """Sales: a page of them, and a new one."""

    resource = "sales"
    serializer_class = VenteSerializer

    def get_queryset(self) -> Any:
        """The sales in scope, with their lines."""
        items = VenteItem.objects.only("vente_id", "position", "produit_id", "quantite", "prix_unitaire")
        rows = Vente.objects.filter(entreprise=self.request.user.organisation_id)
        rows = rows.only("id", "client_id", "statut", "total", "created_at", "updated_at")
        rows = rows.prefetch_related(Prefetch("items", items.order_by("position")))
        query = self.request.query_params
        if query.get("statut"):
            rows = rows.filter(statut=query["statut"])
        return rows.order_by(*rules.ordering_terms(query.get("ordering", ""), rules.SALE_ORDERING))

    def post(self, request: Any) -> HttpResponse:
        """Make a sale."""
        body = request._request.body  # noqa: SLF001
        asked = VenteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        status, answer = sell(request, body, asked.validated_data)
        return HttpResponse(answer, status=status, content_type="application/json")


class Cashflow(APIView):
    """The cash flow of the caller's organisation: one aggregate over lines, one over expenses."""

    resource = "analytics"

    def get(self, request: Any) -> Response:
        """Answer with the figures."""
        organisation = request.user.organisation_id
        if rules.SUM_TOTALS:
            revenue = _sums(Vente.objects.filter(entreprise=organisation, statut="payee"), F("total"), "created_at")
        else:
            lines = VenteItem.objects.filter(vente__entreprise=organisation, vente__statut="payee")
            revenue = _sums(lines, F("quantite") * F("prix_unitaire"), "vente__created_at")
        expenses = _sums(Depense.objects.filter(entreprise=organisation), F("montant"), "created_at")
        return Response(rules.cashflow(revenue, expenses))


def _sums(rows: Any, amount: Any, moment: str) -> tuple[Decimal, ...]:
    this, before = rules.months()
    exact = DecimalField(max_digits=38, decimal_places=2)

    def total(condition: Q | None = None) -> Any:
        return Coalesce(Sum(amount, filter=condition, output_field=exact), Decimal(0), output_field=exact)

    found = rows.aggregate(
        whole=total(),
        current=total(Q(**{f"{moment}__gte": this})),
        before=total(Q(**{f"{moment}__gte": before, f"{moment}__lt": this})),
    )
    return found["whole"], found["current"], found["before"]
