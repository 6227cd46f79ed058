"""An account as the authentication API shows it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.accounts.entities import Account
from core.organisations.entities import MemberStatus, Place


class Utilisateur(msgspec.Struct):
    """An account with the name of its role, as register and me show it."""

    id: UUID
    nom: str | None
    prenom: str | None
    email: str
    telephone: str | None
    profile: str | None
    role: str | None
    status: str
    created_at: datetime
    updated_at: datetime


class RoleDetail(msgspec.Struct):
    """A role inside of the answer to a sign-in."""

    id: UUID
    nom: str
    description: str
    permissions: dict[str, Any]


class UtilisateurConnecte(msgspec.Struct):
    """An account with its whole role, as login shows it."""

    id: UUID
    nom: str | None
    prenom: str | None
    email: str
    telephone: str | None
    profile: str | None
    role: RoleDetail | None
    status: str
    created_at: datetime
    updated_at: datetime


def status_of(account: Account, place: Place | None) -> str:
    """The status of an account in its organisation; without one, its own."""
    if not account.active:
        return MemberStatus.INACTIVE.value
    return place.status.value if place else MemberStatus.ACTIVE.value


def utilisateur(account: Account, place: Place | None) -> Utilisateur:
    """Show an account with its role's name."""
    return Utilisateur(
        id=account.id,
        nom=account.last_name,
        prenom=account.first_name,
        email=account.email,
        telephone=account.phone,
        profile=account.picture,
        role=place.role.name if place else None,
        status=status_of(account, place),
        created_at=account.created_at,
        updated_at=account.updated_at,
    )


def utilisateur_connecte(account: Account, place: Place | None) -> UtilisateurConnecte:
    """Show an account with its whole role."""
    role = place.role if place else None
    return UtilisateurConnecte(
        id=account.id,
        nom=account.last_name,
        prenom=account.first_name,
        email=account.email,
        telephone=account.phone,
        profile=account.picture,
        role=RoleDetail(role.id, role.name, role.description, role.permissions) if role else None,
        status=status_of(account, place),
        created_at=account.created_at,
        updated_at=account.updated_at,
    )
