"""Routes."""

from django.urls import path

from benchmarks.peers.drf.views import Cashflow, ProduitDetail, ProduitList, Ventes

urlpatterns = [
    path("api/produits/", ProduitList.as_view()),
    path("api/produits/<uuid:pk>/", ProduitDetail.as_view()),
    path("api/ventes/", Ventes.as_view()),
    path("api/analytics/cashflow/", Cashflow.as_view()),
]
