"""Profiles on the wire: one's own, figures, the list and others' (contracts/spotvibe.md sections 2.2 and 2.5)."""

from typing import Any

from litestar import Controller
from litestar.params import FromPath, JSONBody

from adapters.http.dialect import Paginated
from adapters.http.operations import Facts, operation
from adapters.http.public_files import public_files_controller
from adapters.http.request import StrictRequest
from adapters.http.resource import given, key_of, respond_page
from core.access.rules import SignedIn
from core.files.public import PublicFiles
from core.primitives.errors import message
from core.primitives.locale import Text
from core.primitives.page import Listing, ListQuery, Page
from plugins.spotvibe.users.domain import PHOTO_FOLDER
from plugins.spotvibe.users.follow_service import Follows
from plugins.spotvibe.users.profile_service import Profiles
from plugins.spotvibe.users.wire import Profil, ProfilChange, ProfilChanged, Stats, Utilisateur, UtilisateurDetail
from plugins.spotvibe.wire import DIALECT

LISTING = Listing(ordering=("id", "username"), default_ordering=("id",))

PROFILE_CHANGED = message("spotvibe_profile_changed", fr="Profil mis à jour avec succès.", en="The profile is updated.")


def profile_controllers(profiles: Profiles, follows: Follows, files: PublicFiles) -> list[type[Controller]]:
    """The controllers of profiles and of their photos."""

    class ProfileController(Controller):
        path = "/api/users"
        tags = ["users"]

        @operation(
            "GET",
            "/profile",
            name="get_user_profile",
            rule=SignedIn(),
            summary=Text(fr="Lire son profil SpotVibe", en="Read one's SpotVibe profile"),
        )
        async def get_profile(self, request: StrictRequest) -> Profil:
            """Show the caller's profile."""
            found: Profil = await profiles.own(request.caller)
            return found

        @operation(
            "PUT",
            "/profile",
            name="update_user_profile",
            rule=SignedIn(),
            form=True,
            summary=Text(fr="Modifier son profil SpotVibe", en="Change one's SpotVibe profile"),
            facts=Facts(
                errors=(400, 415),
                request_example={"first_name": "Nouveau Nom", "bio": "Nouvelle biographie."},
            ),
        )
        async def update_profile(self, request: StrictRequest, data: JSONBody[ProfilChange]) -> ProfilChanged:
            """Change the given fields, by JSON or by a form with the photo."""
            changed = await profiles.change(request.caller, given(data))
            return ProfilChanged(PROFILE_CHANGED.say(request.caller.locale), changed)

        @operation(
            "GET",
            "/stats",
            name="get_user_stats",
            rule=SignedIn(),
            summary=Text(fr="Lire ses statistiques", en="Read one's figures"),
        )
        async def get_stats(self, request: StrictRequest) -> Stats:
            """Count what the caller has made, bought, and who follows."""
            return Stats(**await follows.stats(request.caller))

        @operation(
            "GET",
            "/",
            name="list_users",
            rule=SignedIn(),
            summary=Text(fr="Lister les utilisateurs", en="List users"),
            facts=Facts(listing=LISTING, errors=(400, 404)),
        )
        async def list_users(self, request: StrictRequest) -> Paginated[Utilisateur]:
            """List active users."""

            async def find(query: ListQuery) -> Page[Any]:
                return await profiles.page(request.caller, query)

            answer: Any = await respond_page(DIALECT, request, LISTING, find)
            return answer  # type: ignore[no-any-return]

        @operation(
            "GET",
            "/{key:str}",
            name="get_user_detail",
            rule=SignedIn(),
            summary=Text(fr="Lire un utilisateur", en="Read a user"),
            facts=Facts(errors=(404,)),
        )
        async def get_user(self, request: StrictRequest, key: FromPath[str]) -> UtilisateurDetail:
            """Show a user."""
            found: UtilisateurDetail = await profiles.detail(request.caller, key_of(DIALECT, key))
            return found

    photos = public_files_controller(
        files,
        PHOTO_FOLDER,
        name="get_profile_photo",
        tag="users",
        summary=Text(fr="Afficher une photo de profil", en="Show a profile's photo"),
    )
    return [ProfileController, photos]
