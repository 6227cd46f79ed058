"""Rows as a trading company of West Africa has them, the same ones in every run."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

TENANTS = 10
PRODUCTS, SALES, EXPENSES, CLIENTS = 20_000, 100_000, 50_000, 2_000
MARKED, MARKED_IN_CATEGORY = 400, 240
"""Products of each tenant that the search finds, whatever the scale, and how many of them the category keeps."""
SEARCH, CATEGORY, BROAD_CATEGORY = "bogolan", "textile", "Alimentation"
IN_STOCK = 1_000
"""Products that the measured sales take from; nobody sells them out."""
PERIOD = timedelta(days=730)

_CATEGORIES = (
    "Alimentation",
    "Boissons",
    "Cosmétique",
    "Électroménager",
    "Informatique",
    "Quincaillerie",
    "Téléphonie",
)
_NOUNS = (
    "Sac de riz", "Bidon d'huile", "Carton de sucre", "Savon", "Câble", "Ventilateur", "Chargeur", "Écouteurs",
    "Casserole", "Bassine", "Peinture", "Ciment", "Ampoule", "Farine", "Lait en poudre", "Café", "Thé", "Pommade",
    "Batterie", "Clavier",
)  # fmt: skip
_BRANDS = ("Akwaba", "Baobab", "Cauris", "Dahomey", "Étoile", "Fifa", "Ganvié", "Harmattan", "Koba", "Sahel", "Teranga")
_SIZES = ("petit modèle", "moyen modèle", "grand modèle", "lot de 6", "lot de 12", "1 kg", "5 kg", "25 kg", "import")
_STATES = ("payee", "en_attente", "paiement_partiel", "annulee", "rembourse")
_WEIGHTS = (70, 12, 8, 7, 3)
_FIRST_NAMES = ("Adjoa", "Koffi", "Aïcha", "Moussa", "Fatou", "Yao", "Rachidatou", "Sènami", "Ibrahim", "Awa")
_LAST_NAMES = ("Ahouansou", "Diallo", "Traoré", "Koné", "Mensah", "Ouédraogo", "Houngbédji", "Sow", "Zinsou", "Bello")
_EXPENSES = ("Loyer", "Salaires", "Transport", "Marketing", "Électricité", "Fournitures", "Télécommunications")

PRODUCT_COLUMNS = ("id", "entreprise", "nom", "categorie", "prix", "quantite", "created_at", "updated_at")
PARTNER_COLUMNS = ("id", "entreprise", "type", "nom", "prenom", "email", "telephone", "adresse", "created_at")
SALE_COLUMNS = ("id", "entreprise", "client", "statut", "total", "created_at", "updated_at")
ITEM_COLUMNS = ("vente", "position", "entreprise", "produit", "quantite", "prix_unitaire")
EXPENSE_COLUMNS = ("id", "entreprise", "categorie", "description", "montant", "type", "created_at")

Row = tuple[Any, ...]


class Rows:
    """Makes the rows. `now` ends the two years that they cover."""

    def __init__(self, scale: int, now: datetime) -> None:
        self._random = random.Random(20261121)
        self._scale = scale
        self._began = now - PERIOD
        self.products: list[tuple[UUID, Decimal]] = []
        self.clients: list[UUID] = []

    def _moment(self, number: int, total: int) -> datetime:
        share = (number + self._random.random()) / total
        return self._began + PERIOD * share

    def _id(self, moment: datetime) -> UUID:
        milliseconds = int(moment.timestamp() * 1000)
        bits = self._random.getrandbits(74)
        return UUID(
            int=(milliseconds & (2**48 - 1)) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (2**62 - 1)
        )

    def product_rows(self, tenants: list[UUID]) -> Iterator[Row]:
        """Products of all tenants in turn, oldest first. The first tenant's are remembered for its sales."""
        chance = self._random
        total = PRODUCTS * self._scale
        step = total // MARKED
        for number in range(total):
            marked, index = number % step == 0, number // step
            for tenant in tenants:
                moment = self._moment(number, total)
                key = self._id(moment)
                name = f"{chance.choice(_NOUNS)} {chance.choice(_BRANDS)} {chance.choice(_SIZES)}"
                category = chance.choice(_CATEGORIES)
                if marked:
                    name = f"Pagne Bogolan {chance.choice(_BRANDS)} {index}"
                    category = "Textile" if index < MARKED_IN_CATEGORY else "Décoration"
                price = Decimal(chance.randrange(100, 500_000)) * 5 / 100
                if tenant == tenants[0]:
                    self.products.append((key, price))
                stock = 1_000_000_000 if number < IN_STOCK else chance.randrange(500)
                yield key, tenant, name, category, price, stock, moment, moment

    def partner_rows(self, tenant: UUID) -> Iterator[Row]:
        """Partners of one tenant, nine of ten clients."""
        chance = self._random
        total = CLIENTS * self._scale
        for number in range(total):
            moment = self._moment(number, total)
            key = self._id(moment)
            kind = "fournisseur" if number % 10 == 9 else "client"
            if kind == "client":
                self.clients.append(key)
            first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
            phone = f"+22901{97_000_000 + number:08d}"
            yield key, tenant, kind, last, first, f"partenaire{number}@example.com", phone, "Cotonou", moment

    def sale_rows(self, tenant: UUID) -> Iterator[tuple[Row, list[Row]]]:
        """Sales of one tenant, oldest first, each with its one to four lines."""
        chance = self._random
        total = SALES * self._scale
        states = chance.choices(_STATES, _WEIGHTS, k=total)
        for number in range(total):
            moment = self._moment(number, total)
            key = self._id(moment)
            lines: list[Row] = []
            amount = Decimal("0.00")
            for position in range(1, chance.randrange(1, 5) + 1):
                product, price = self.products[chance.randrange(len(self.products))]
                quantity = chance.randrange(1, 13)
                amount += quantity * price
                lines.append((key, position, tenant, product, quantity, price))
            client = self.clients[chance.randrange(len(self.clients))]
            yield (key, tenant, client, states[number], amount, moment, moment), lines

    def expense_rows(self, tenant: UUID) -> Iterator[Row]:
        """Expenses of one tenant, oldest first."""
        chance = self._random
        total = EXPENSES * self._scale
        for number in range(total):
            moment = self._moment(number, total)
            category = chance.choice(_EXPENSES)
            amount = Decimal(chance.randrange(1_000, 100_000_000)) / 100
            kind = chance.choice(("fixe", "variable"))
            yield self._id(moment), tenant, category, f"{category} du mois", amount, kind, moment
