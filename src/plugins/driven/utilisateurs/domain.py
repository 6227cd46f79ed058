"""Utilisateurs and what holds of them."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from core.primitives.errors import Message, message

PROLONGATION = timedelta(days=30)
"""How long an expiry is put off where no date is given (contracts/driven.md, "Prolonger la date d'expiration")."""


class Statut(StrEnum):
    """Whether an utilisateur may enter: "Actif" alone does."""

    ACTIF = "Actif"
    INACTIF = "Inactif"
    SUSPENDU = "Suspendu"
    EN_ATTENTE = "En attente"


NOT_ACTIVE = message(
    "driven_not_active", fr="Le compte de l'utilisateur n'est pas actif", en="The user's account is not active"
)
EXPIRED = message("driven_expired", fr="Le compte de l'utilisateur a expiré", en="The user's account has expired")
NO_ROLE = message(
    "driven_no_role",
    fr="L'utilisateur n'a pas de rôle dans cette application",
    en="The user has no role in this application",
)


class Held(msgspec.Struct, frozen=True):
    """What decides about an utilisateur's changes and entry. `account` is the account that it is linked to; `accepted`
    tells whether that account's holder has accepted the link."""

    id_utilisateur: int
    login: str
    email: str
    statut: str
    date_expiration: datetime | None
    accepted: bool
    account_email: str

    def closed(self, now: datetime) -> Message | None:
        """Why it may not enter, of statut and expiry; None where it may."""
        if self.statut != Statut.ACTIF:
            return NOT_ACTIVE
        if self.date_expiration is not None and self.date_expiration <= now:
            return EXPIRED
        return None


class Eligibilite(msgspec.Struct, frozen=True):
    """Whether an utilisateur may use an application; `raison` is the first that speaks against it."""

    raison: Message | None = None

    @property
    def eligible(self) -> bool:
        """Whether nothing speaks against it."""
        return self.raison is None


def eligibilite(held: Held, *, has_role: bool, now: datetime) -> Eligibilite:
    """Judge by statut, expiry and role, in this order (DECISIONS.md section 3, "eligibilite")."""
    return Eligibilite(held.closed(now) or (None if has_role else NO_ROLE))


def prolonged(present: datetime | None, now: datetime) -> datetime:
    """The expiry where no date is given: 30 days from now, never earlier than the one it has."""
    later = (now + PROLONGATION).replace(microsecond=0)
    return later if present is None else max(later, present)
