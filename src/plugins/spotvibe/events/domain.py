"""What holds of events, whoever asks (contracts/spotvibe.md section 4; DECISIONS.md section 2, "Events")."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core.access.principal import Caller
from core.files.content import GIF, JPEG, PNG, WEBP
from core.primitives.errors import message, unauthenticated
from core.work import Work

COVER_FOLDER: Final = "media/events/covers"
COVER_KINDS: Final = (PNG, JPEG, WEBP, GIF)
FEATURE: Final = "spotvibe_evenements"
"""The counted feature: events that an organiser makes in a month."""
SHORT_LENGTH: Final = 200
"""How much of the description stands for a `description_courte` that is not given, in characters."""

EVENT_NOT_FOUND = message("spotvibe_event_not_found", fr="Événement non trouvé.", en="Event not found.")
DECIDED_ALREADY = message(
    "spotvibe_event_decided", fr="Cet événement n'est pas en attente.", en="This event does not await a decision."
)
CLOSED = message(
    "spotvibe_event_closed",
    fr="Un événement terminé ou annulé ne peut être modifié.",
    en="An event that has ended or was cancelled cannot be changed.",
)
NOT_YOURS_TO_CHANGE = message(
    "spotvibe_event_not_yours_to_change",
    fr="Vous n'êtes pas autorisé à modifier cet événement.",
    en="You may not change this event.",
)
NOT_YOURS_TO_DELETE = message(
    "spotvibe_event_not_yours_to_delete",
    fr="Vous n'êtes pas autorisé à supprimer cet événement.",
    en="You may not delete this event.",
)
QUOTA_USED = message(
    "spotvibe_event_quota",
    fr="Vous avez créé tous les événements auxquels vous avez droit ce mois-ci ({limit}).",
    en="You have made all the events that you may make this month ({limit}).",
)
TICKETS_PAID = message(
    "spotvibe_event_tickets_paid",
    fr="Des billets de cet événement sont payés : annulez-le plutôt, les acheteurs seront remboursés.",
    en="Tickets of this event are paid: cancel it instead, and its buyers are refunded.",
)
PRICE_FROZEN = message(
    "spotvibe_event_price_frozen",
    fr="Le prix ne peut plus changer : un billet est déjà vendu.",
    en="The price cannot change any more: a ticket is sold.",
)
SEATS_TAKEN = message(
    "spotvibe_event_seats_taken",
    fr="{taken} place(s) sont déjà prises.",
    en="{taken} seat(s) are taken already.",
)
PRICE_EXPECTED = message(
    "spotvibe_event_price_expected",
    fr="Le prix d'un événement payant est supérieur à 0.",
    en="The price of a paid event is greater than 0.",
)
NOT_AHEAD = message("spotvibe_event_not_ahead", fr="Cette date est déjà passée.", en="This moment has already passed.")
ENDS_BEFORE = message(
    "spotvibe_event_ends_before",
    fr="La fin d'un événement suit son début.",
    en="An event ends after it begins.",
)


class Statut(StrEnum):
    """How an event stands."""

    BROUILLON = "BROUILLON"
    EN_ATTENTE = "EN_ATTENTE"
    VALIDE = "VALIDE"
    REJETE = "REJETE"
    ANNULE = "ANNULE"
    TERMINE = "TERMINE"


PUBLIC: Final = (Statut.VALIDE, Statut.TERMINE)
"""What everybody sees; the creator and staff see all."""
FINAL: Final = (Statut.ANNULE, Statut.TERMINE)


class TypeAcces(StrEnum):
    """How one comes in."""

    GRATUIT = "GRATUIT"
    PAYANT = "PAYANT"
    INVITATION = "INVITATION"


class Plateforme(StrEnum):
    """Where an event was shared."""

    FACEBOOK = "FACEBOOK"
    TWITTER = "TWITTER"
    WHATSAPP = "WHATSAPP"
    INSTAGRAM = "INSTAGRAM"
    TELEGRAM = "TELEGRAM"
    EMAIL = "EMAIL"
    LIEN = "LIEN"
    AUTRE = "AUTRE"


class Evenement(msgspec.Struct, frozen=True):
    """An event as other slices see it. `createur` is an account's number; `capacite` None is without limit."""

    id: int
    createur: int
    titre: str
    lieu: str
    adresse: str
    date_debut: datetime
    date_fin: datetime
    type_acces: TypeAcces
    prix: Decimal
    capacite: int | None
    places_prises: int
    statut: Statut

    @property
    def places_libres(self) -> int | None:
        """How many seats are free; None without limit."""
        return None if self.capacite is None else self.capacite - self.places_prises


class Totals(msgspec.Struct, frozen=True):
    """How many events there are, whatever their statut; those that are VALIDE and not ended; and of these, those that
    have not begun."""

    total_events: int
    active_events: int
    upcoming_events: int


class Viewer(msgspec.Struct, frozen=True):
    """Who looks: the public has no number, staff sees everything."""

    number: int | None = None
    staff: bool = False


def viewer_of(caller: Caller) -> Viewer:
    """Who looks on behalf of a caller."""
    principal = caller.principal
    if principal is None:
        return Viewer()
    return Viewer(principal.number, principal.staff or principal.superuser)


def member_of(caller: Caller) -> tuple[int, bool]:
    """A signed-in caller's number, and whether it is staff. Raises `DomainError` of kind unauthenticated."""
    viewer = viewer_of(caller)
    if viewer.number is None:
        raise unauthenticated()
    return viewer.number, viewer.staff


def short_of(description: str) -> str:
    """What stands for a `description_courte` that is not given."""
    return description[:SHORT_LENGTH].rstrip()


SaleCheck = Callable[[Work, int], Awaitable[bool]]
"""Whether an event has paid tickets."""


class Sales:
    """The extension point of those that sell tickets of events."""

    def __init__(self) -> None:
        self._checks: list[SaleCheck] = []

    def add(self, check: SaleCheck) -> None:
        """Ask this one, too."""
        self._checks.append(check)

    async def any(self, work: Work, evenement: int) -> bool:
        """Whether an event has paid tickets."""
        for check in self._checks:
            if await check(work, evenement):
                return True
        return False


Counter = Callable[[Work], Awaitable[int]]
"""Counts something of all events."""

COUNTED: Final = ("total_participants",)
"""The figures that other slices count (contracts/spotvibe.md section 4.7)."""


class Counters:
    """The extension point of the figures of all events: each is counted by the slice that owns what it counts, and is
    0 where none does."""

    def __init__(self) -> None:
        self._counters: dict[str, Counter] = {}

    def add(self, name: str, counter: Counter) -> None:
        """Count a figure. Raises `ValueError` for one that nobody shows, or that is counted already."""
        if name not in COUNTED or name in self._counters:
            raise ValueError(f"{name} cannot be counted: figures are {', '.join(COUNTED)}, each counted once")
        self._counters[name] = counter

    async def count(self, work: Work) -> dict[str, int]:
        """Return every figure by name."""
        return {name: await self._counters[name](work) if name in self._counters else 0 for name in COUNTED}
