"""Who may call which function of the portal, and why (DECISIONS.md section 3, "Authorisation"). The gate refuses by it,
and `droits` explains by it: there is no other place that decides."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

OPEN_FUNCTIONS = frozenset({"logout"})
"""What everybody may call whom the portal lets in: leaving."""
READING = frozenset({"GET", "HEAD"})

Named = Mapping[int, str]
"""Permissions: names by id."""


class Raison(StrEnum):
    """Why somebody may call a function, or may not."""

    SUPERUTILISATEUR = "superutilisateur"
    ADMINISTRATEUR = "administrateur"
    OUVERTE = "ouverte"
    PERMISSION = "permission"
    LECTURE = "lecture"
    PERMISSION_MANQUANTE = "permission_manquante"
    RESERVEE = "reservee"
    HORS_PORTAIL = "hors_portail"
    NON_ACCEPTE = "non_accepte"
    INACTIF = "inactif"
    EXPIRE = "expire"

    @property
    def admits(self) -> bool:
        """Whether the function may be called."""
        return self in _ADMITTING

    @property
    def closes(self) -> bool:
        """Whether the door is closed altogether: the utilisateur has not accepted, is inactive or expired."""
        return self in _CLOSING


_ADMITTING = frozenset(
    {Raison.SUPERUTILISATEUR, Raison.ADMINISTRATEUR, Raison.OUVERTE, Raison.PERMISSION, Raison.LECTURE}
)
_CLOSING = frozenset({Raison.NON_ACCEPTE, Raison.INACTIF, Raison.EXPIRE})


class Rights(msgspec.Struct, frozen=True):
    """What an utilisateur holds in the application "Portail": its role there (one at most) and that role's permissions.
    `admin` is who has the seeded role "Admin"."""

    statut: str
    expires: datetime | None
    accepted: bool
    admin: bool = False
    role_id: int | None = None
    role: str | None = None
    permissions: Named = {}

    def closed(self, now: datetime) -> Raison | None:
        """Why the door is closed to it altogether; None where it is open."""
        if not self.accepted:
            return Raison.NON_ACCEPTE
        if self.statut != "Actif":
            return Raison.INACTIF
        if self.expires is not None and self.expires <= now:
            return Raison.EXPIRE
        return None

    def may(self, operation: str, *, reads: bool, needed: Mapping[str, Named]) -> Raison:
        """Whether it may call a function, once the door is open: administrators may all; where permissions are tied to
        the function, who holds one of them; where none are, others may read."""
        if self.admin:
            return Raison.ADMINISTRATEUR
        if operation in OPEN_FUNCTIONS:
            return Raison.OUVERTE
        tied = needed.get(operation)
        if not tied:
            return Raison.LECTURE if reads else Raison.RESERVEE
        return Raison.PERMISSION if tied.keys() & self.permissions.keys() else Raison.PERMISSION_MANQUANTE


def decide(
    operation: str,
    *,
    reads: bool,
    superuser: bool,
    rights: Rights | None,
    needed: Mapping[str, Named],
    now: datetime,
) -> Raison:
    """Whether somebody who is signed in may call a function that is not open to all, and why. `rights` are None for who
    is no utilisateur, `needed` the permissions tied to functions of the portal."""
    if superuser:
        return Raison.SUPERUTILISATEUR
    if rights is None:
        return Raison.HORS_PORTAIL
    return rights.closed(now) or rights.may(operation, reads=reads, needed=needed)
