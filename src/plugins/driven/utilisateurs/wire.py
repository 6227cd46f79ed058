"""Utilisateurs and their roles as the portal shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec

from adapters.http.scalars import Email, Name, OptionalText, check_text
from core.accounts.people import MAX_NAME
from plugins.driven.entites.http import Entite
from plugins.driven.scalars import Moment, Reference
from plugins.driven.utilisateurs.domain import Statut

PersonName = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME, extra={"check": check_text})]
"""A name that an account can have as well."""


class RoleBref(msgspec.Struct):
    """A role in brief."""

    role_id: int
    nom: str
    description: str


class ApplicationBreve(msgspec.Struct):
    """An application in brief."""

    app_id: int
    nom: str


class UtilisateurRole(msgspec.Struct):
    """A role that an utilisateur has in an application."""

    ur_id: int
    id_utilisateur: int
    role_id: int
    app_id: int
    role: RoleBref
    application: ApplicationBreve


def assigned_role(
    ur_id: int, id_utilisateur: int, role_id: int, app_id: int, role: Iterable[Any], application: Iterable[Any]
) -> UtilisateurRole:
    """Build an assigned role of its columns, the last two of which are rows."""
    return UtilisateurRole(ur_id, id_utilisateur, role_id, app_id, RoleBref(*role), ApplicationBreve(*application))


class Utilisateur(msgspec.Struct):
    """An utilisateur. `accepte_a` is null as long as the holder of its account has not accepted the link."""

    id_utilisateur: int
    nom: str
    prenom: str
    login: str
    email: str
    statut: str
    date_expiration: datetime | None
    profil: str | None
    id_entite: int | None
    creer_par: int | None
    modifier_par: int | None
    creer_a: datetime
    modifier_a: datetime
    entite: Entite | None
    utilisateur_roles: list[UtilisateurRole]
    accepte_a: datetime | None


class UtilisateurBody(msgspec.Struct):
    """An utilisateur as a client writes it."""

    nom: PersonName
    prenom: PersonName
    login: Name
    email: Email
    statut: Statut = Statut.ACTIF
    date_expiration: Moment | None = None
    profil: OptionalText | None = None
    id_entite: Reference | None = None


EXAMPLE: dict[str, Any] = {
    "nom": "Dupont",
    "prenom": "Jean",
    "login": "jdupont",
    "email": "jean.dupont@example.com",
    "statut": "Actif",
    "date_expiration": "2027-12-31T00:00:00",
    "profil": "Administrateur",
    "id_entite": 1,
}
