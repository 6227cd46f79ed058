"""Utilisateurs on the wire."""

from litestar import Controller

from adapters.http.resource import ResourceSpec, resource_controller
from adapters.http.resource_paths import ById, listing_operation, lookup_operation, text_of
from core.primitives.locale import Text
from plugins.driven.said import said_of
from plugins.driven.utilisateurs.service import LISTING, Utilisateurs
from plugins.driven.utilisateurs.wire import EXAMPLE, Utilisateur, UtilisateurBody
from plugins.driven.wire import ACTIONS, DIALECT, SIGNED_IN

SAID = said_of(fr=("Utilisateur", "Utilisateurs"), en=("User", "Users"))


def email_of(text: str) -> str:
    """Read a path's email, in the form in which emails are stored. Raises `DomainError` of kind missing."""
    return text_of(text).strip().lower()


def utilisateurs_controller(service: Utilisateurs[Utilisateur]) -> type[Controller]:
    """The controller of `/api/utilisateurs`."""
    spec = ResourceSpec(
        dialect=DIALECT,
        path="/api/utilisateurs",
        singular="utilisateur",
        plural="utilisateurs",
        one=Text(fr="un utilisateur", en="a user"),
        many=Text(fr="les utilisateurs", en="users"),
        service=service,
        out=Utilisateur,
        body=UtilisateurBody,
        listing=LISTING,
        rules=SIGNED_IN,
        actions=ACTIONS,
        said=SAID,
        example=EXAMPLE,
    )
    lists = (
        listing_operation(
            spec,
            "/entite/{key:str}",
            name="get_utilisateurs_by_entite",
            summary=Text(fr="Lister les utilisateurs d'une entité", en="List an entity's users"),
            said=SAID["list"],
            narrow=ById(spec, "id_entite"),
        ),
        listing_operation(
            spec,
            "/role/{key:str}",
            name="get_utilisateurs_by_role",
            summary=Text(fr="Lister les utilisateurs qui ont un rôle", en="List the users who have a role"),
            said=SAID["list"],
            narrow=ById(spec, "role_id"),
        ),
        listing_operation(
            spec,
            "/search",
            name="search_utilisateurs",
            summary=Text(fr="Rechercher des utilisateurs", en="Search users"),
            said=Text(fr="Résultats de recherche récupérés avec succès", en="Search results retrieved successfully"),
            search="q",
        ),
    )
    lookups = (
        lookup_operation(
            spec,
            "/login/{key:str}",
            name="get_utilisateur_by_login",
            summary=Text(fr="Lire un utilisateur par son login", en="Read a user by its login"),
            field="login",
        ),
        lookup_operation(
            spec,
            "/email/{key:str}",
            name="get_utilisateur_by_email",
            summary=Text(fr="Lire un utilisateur par son email", en="Read a user by its email"),
            field="email",
            read=email_of,
        ),
    )
    return resource_controller(spec, *lists, *lookups)
