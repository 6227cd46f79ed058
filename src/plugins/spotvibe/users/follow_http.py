"""Following on the wire (contracts/spotvibe.md section 2.4)."""

from typing import Any

import msgspec
from litestar import Controller, Response
from litestar.params import FromPath, JSONBody

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import key_of
from core.access.principal import Caller
from core.access.rules import SignedIn
from core.primitives.errors import message
from core.primitives.locale import Text
from core.primitives.page import ListQuery, Page
from plugins.spotvibe.arrays import AS_IT_COMES, respond_array
from plugins.spotvibe.users.follow_service import Follows
from plugins.spotvibe.users.wire import FollowStatus, Personne
from plugins.spotvibe.wire import ARRAY, DIALECT, Done, Reference

LISTED = Facts(listing=AS_IT_COMES, pagination=ARRAY, errors=(404,), key="user_id")

FOLLOWED = message("spotvibe_followed", fr="Utilisateur suivi avec succès.", en="You follow this user.")
UNFOLLOWED = message(
    "spotvibe_unfollowed", fr="Utilisateur désabonné avec succès.", en="You no longer follow this user."
)


class FollowBody(msgspec.Struct):
    """Whom to follow."""

    user_id: Reference


def follow_controller(follows: Follows) -> type[Controller]:
    """The controller of follows."""

    async def listed(request: StrictRequest, key: str, *, followers: bool) -> Response[list[Personne]]:
        number = key_of(DIALECT, key)

        async def find(caller: Caller, query: ListQuery) -> Page[Any]:
            return await follows.page(caller, number, query, followers=followers)

        return await respond_array(request, find)

    class FollowController(Controller):
        path = "/api/users"
        tags = ["users"]

        @operation(
            "POST",
            "/follow",
            name="follow_user",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Suivre un utilisateur", en="Follow a user"),
            facts=Facts(errors=(400, 415), request_example={"user_id": 2}),
        )
        async def follow(self, request: StrictRequest, data: JSONBody[FollowBody]) -> Done:
            """Follow a user."""
            await follows.follow(request.caller, data.user_id)
            return Done(FOLLOWED.say(request.caller.locale))

        @operation(
            "POST",
            "/{key:str}/unfollow",
            name="unfollow_user",
            rule=SignedIn(),
            status=200,
            summary=Text(fr="Ne plus suivre un utilisateur", en="Follow a user no more"),
            facts=Facts(errors=(400, 404), key="user_id"),
        )
        async def unfollow(self, request: StrictRequest, key: FromPath[str]) -> Done:
            """Follow a user no more."""
            await follows.unfollow(request.caller, key_of(DIALECT, key))
            return Done(UNFOLLOWED.say(request.caller.locale))

        @operation(
            "GET",
            "/{key:str}/follow-status",
            name="get_follow_status",
            rule=SignedIn(),
            summary=Text(fr="Savoir si l'on suit un utilisateur", en="Know whether one follows a user"),
            facts=Facts(errors=(404,), key="user_id"),
        )
        async def status(self, request: StrictRequest, key: FromPath[str]) -> FollowStatus:
            """Tell whether the caller follows a user."""
            return FollowStatus(await follows.status(request.caller, key_of(DIALECT, key)))

        @operation(
            "GET",
            "/{key:str}/followers",
            name="list_followers",
            rule=SignedIn(),
            summary=Text(fr="Lister les abonnés d'un utilisateur", en="List a user's followers"),
            facts=LISTED,
        )
        async def followers(self, request: StrictRequest, key: FromPath[str]) -> Response[list[Personne]]:
            """List who follows a user, newest first."""
            return await listed(request, key, followers=True)

        @operation(
            "GET",
            "/{key:str}/following",
            name="list_following",
            rule=SignedIn(),
            summary=Text(fr="Lister les utilisateurs suivis", en="List whom a user follows"),
            facts=LISTED,
        )
        async def following(self, request: StrictRequest, key: FromPath[str]) -> Response[list[Personne]]:
            """List whom a user follows, newest first."""
            return await listed(request, key, followers=False)

    return FollowController
