"""The books of two shops that do not exist, made up the same way every time, up to the moment that is given."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import msgspec

from socle.demo_people import Member
from socle.demo_rows import Row

Rows = dict[str, list[Row]]
"""Rows by table, in the order in which they are inserted."""

DAYS: Final = 365
SALES: Final = 450
OCCASIONAL_EXPENSES: Final = 77
AGENT: Final = "Socle (démonstration)"
_STATES: Final = (("payee", 80), ("en_attente", 6), ("paiement_partiel", 5), ("annulee", 6), ("rembourse", 3))
_BASKETS: Final = ((1, 45), (2, 30), (3, 17), (4, 8))
_BUSY_MONTHS: Final = {12: 1.0, 1: 0.6, 2: 0.6, 8: 0.75}
_USUAL_MONTH: Final = 0.7
_MONTHLY: Final = (("Loyer", "Loyer du mois", 60_000), ("Salaires", "Salaires du mois", 150_000))
_OCCASIONAL: Final = (
    ("Électricité", "Recharge du compteur", 8_000),
    ("Internet", "Forfait Internet", 10_000),
    ("Transport", "Zémidjan et taxi-moto", 3_500),
    ("Transport", "Livraison depuis le port", 22_000),
    ("Marketing", "Affiches et prospectus", 15_000),
    ("Marketing", "Publicité sur les réseaux", 12_000),
    ("Fournitures", "Sacs, carnets et stylos", 6_000),
    ("Entretien", "Petites réparations", 9_000),
    ("Impôts", "Taxe municipale", 18_000),
)
SHARED_VIDEOS: Final = (
    ("Bien démarrer avec votre espace", 420),
    ("Suivre sa trésorerie mois par mois", 780),
    ("Encaisser par Mobile Money", 640),
)


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """A shop: who works there, what it sells to whom. Prices are in XOF; `scale` is the size of its expenses."""

    nom: str
    secteur: str
    adresse: str
    ville: str
    taille: int
    phone: str
    scale: float
    members: tuple[Member, ...]
    produits: tuple[tuple[str, str, int], ...]
    clients: tuple[str, ...]
    fournisseurs: tuple[str, ...]


def books_of(shop: Shop, organisation: UUID, accounts: Sequence[UUID], now: datetime) -> Rows:
    """The rows of a shop's last year. `accounts` are its members', in their order."""
    return _Year(shop, organisation, accounts, now).rows


class _Year:
    def __init__(self, shop: Shop, organisation: UUID, accounts: Sequence[UUID], now: datetime) -> None:
        self._shop = shop
        self._organisation = organisation
        self._accounts = accounts
        self._now = now
        self._random = Random(shop.nom)  # noqa: S311 - made up, and the same every time
        self._begin = now - timedelta(days=DAYS)
        self.rows: Rows = {}
        self._write_produits()
        self._write_partners()
        self._write_ventes()
        self._write_depenses()
        self._write_abonnements()
        self._write_videos()

    def _add(self, table: str, object_type: str, path: str, author: int, at: datetime, **fields: Any) -> UUID:
        key = _key(self._random, at)
        stamps = {"created_at": at, "updated_at": at}
        row = {"id": key, "entreprise": self._organisation, **fields, **stamps}
        self.rows.setdefault(table, []).append(row)
        entry = {
            "id": _key(self._random, at),
            "action": "CREATE",
            "method": "POST",
            "path": f"/api/{path}/",
            "object_type": object_type,
            "object_id": str(key),
            "ip_address": "127.0.0.1",
            "user_agent": AGENT,
            "status_code": 201,
            "account_id": self._accounts[author],
            "organisation_id": self._organisation,
            "created_at": at,
        }
        self.rows.setdefault("audit_entry", []).append(entry)
        return key

    def _write_produits(self) -> None:
        self._produits: list[tuple[UUID, int]] = []
        for nom, categorie, prix in self._shop.produits:
            quantite = self._random.choice((0, 4, 9, 15, 24, 36, 60, 120))
            at = self._begin - timedelta(days=1, minutes=self._random.randrange(600))
            fields = {"nom": nom, "categorie": categorie, "prix": f"{prix}.00", "quantite": quantite}
            self._produits.append((self._add("produit", "Produit", "produits", 1, at, **fields), prix))

    def _write_partners(self) -> None:
        self._clients: list[tuple[datetime, UUID]] = []
        for kind, names in (("client", self._shop.clients), ("fournisseur", self._shop.fournisseurs)):
            for index, name in enumerate(names):
                early = index < len(names) * 0.6
                at = self._begin - timedelta(hours=index + 1) if early else self._moment()
                prenom, _, nom = name.rpartition(" ") if kind == "client" else ("", "", name)
                fields = {
                    "type": kind,
                    "nom": nom,
                    "prenom": prenom,
                    "email": "",
                    "telephone": f"{self._shop.phone}{self._random.randrange(10**6):06}",
                    "adresse": self._shop.ville,
                }
                key = self._add("partner", "Partner", "partners", 1, at, **fields)
                if kind == "client":
                    self._clients.append((at, key))

    def _write_ventes(self) -> None:
        for at in sorted(self._moment() for _ in range(SALES)):
            client = self._random.choice([key for known, key in self._clients if known <= at])
            statut = self._chosen(_STATES)
            if statut == "en_attente" and at < self._now - timedelta(days=45):
                statut = "payee"
            basket = [
                (key, self._random.choice((1, 1, 1, 2, 2, 3, 5)), prix)
                for key, prix in self._random.sample(self._produits, self._chosen(_BASKETS))
            ]
            total = f"{sum(quantite * prix for _, quantite, prix in basket)}.00"
            vente = self._add("vente", "Vente", "ventes", 1, at, client=client, statut=statut, total=total)
            for position, (produit, quantite, prix) in enumerate(basket, 1):
                line = {"vente": vente, "position": position, "entreprise": self._organisation}
                self.rows.setdefault("vente_item", []).append(
                    {**line, "produit": produit, "quantite": quantite, "prix_unitaire": f"{prix}.00"}
                )

    def _write_depenses(self) -> None:
        for month in range(24):
            categorie, description, amount = _MONTHLY[month % 2]
            at = self._begin + timedelta(days=2 + 30 * (month // 2), hours=month % 2)
            self._depense(at, categorie, description, amount, "fixe")
        for _ in range(OCCASIONAL_EXPENSES):
            categorie, description, amount = self._random.choice(_OCCASIONAL)
            self._depense(self._moment(), categorie, description, amount, "variable")
        for fournisseur in self._random.choices(self._shop.fournisseurs, k=24):
            self._depense(self._moment(), "Achats", f"Réassort chez {fournisseur}", 45_000, "variable")

    def _depense(self, at: datetime, categorie: str, description: str, amount: int, kind: str) -> None:
        steady = 1.0 if kind == "fixe" else self._random.uniform(0.6, 1.5)
        montant = f"{round(amount * self._shop.scale * steady / 500) * 500}.00"
        fields = {"categorie": categorie, "description": description, "montant": montant, "type": kind}
        self._add("depense", "Depense", "depenses", 2, at, **fields)

    def _write_abonnements(self) -> None:
        today = self._now.date()
        for kind, prix, first, last, status, features in (
            ("Découverte", 0, -360, -331, "expire", ["Produits", "Ventes"]),
            ("Standard", 15_000, -330, 30, "actif", ["Produits", "Ventes", "Tableaux de bord"]),
            ("Sauvegarde", 5_000, -150, 7, "actif", ["Sauvegarde quotidienne"]),
            ("SMS", 8_000, -90, 60, "suspendu", ["Rappels par SMS"]),
            ("Formation", 25_000, -200, 165, "annule", ["Vidéos", "Accompagnement"]),
        ):
            fields = {
                "type": kind,
                "date_debut": _day(today, first),
                "date_fin": _day(today, last),
                "prix": f"{prix}.00",
                "status": status,
                "fonctionnalites": features,
            }
            at = self._now + timedelta(days=first)
            self._add("abonnement", "Abonnement", "abonnements", 2, at, **fields)

    def _write_videos(self) -> None:
        for titre, duree in ((f"Ouvrir et fermer la caisse — {self._shop.nom}", 310), ("Faire l'inventaire", 905)):
            at = self._moment()
            url = f"https://videos.example/{self._random.randrange(10**8):08}"
            fields = {"titre": titre, "url": url, "duree": duree, "langue": "fr", "status": "actif", "date_genere": at}
            self._add("video", "Video", "videos", 0, at, **fields)

    def _moment(self) -> datetime:
        """A moment of the year at which a shop is open, more often in the busy months."""
        while True:
            day = self._begin + timedelta(days=self._random.randrange(DAYS))
            at = day.replace(hour=self._random.randrange(8, 19), minute=self._random.randrange(60))
            likely = _BUSY_MONTHS.get(day.month, _USUAL_MONTH)
            if self._begin < at < self._now and self._random.random() < likely:
                return at

    def _chosen(self, weighted: Sequence[tuple[Any, int]]) -> Any:
        values, weights = zip(*weighted, strict=True)
        return self._random.choices(values, weights)[0]


def shared_videos(now: datetime) -> Rows:
    """Training videos that are shown to all."""
    random = Random("videos")  # noqa: S311 - made up, and the same every time
    at = now - timedelta(days=DAYS)
    stamps = {"date_genere": at, "created_at": at, "updated_at": at}
    return {
        "video": [
            {
                "id": _key(random, at),
                "entreprise": None,
                "titre": titre,
                "url": f"https://videos.example/{random.randrange(10**8):08}",
                "duree": duree,
                "langue": "fr",
                "status": "actif",
                **stamps,
            }
            for titre, duree in SHARED_VIDEOS
        ]
    }


def _day(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def _key(random: Random, at: datetime) -> UUID:
    """A UUIDv7 of a moment (RFC 9562 section 5.7)."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62))
