"""The use cases of following (contracts/spotvibe.md section 2.4), and a user's figures."""

from typing import Any, Protocol

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field, invalid_request, message, missing
from core.primitives.page import ListQuery, Page
from core.resources import ResourceId
from core.work import Work, Works
from plugins.spotvibe.users.domain import USER_NOT_FOUND, Counters
from plugins.spotvibe.users.events import UserFollowed
from plugins.spotvibe.users.profile_service import ProfileStore, principal_of

OWN_FOLLOW = message(
    "spotvibe_own_follow", fr="Vous ne pouvez pas vous suivre vous-même.", en="You cannot follow yourself."
)
FOLLOWED = message(
    "spotvibe_already_followed", fr="Vous suivez déjà cet utilisateur.", en="You already follow this user."
)
NOT_FOLLOWED = message(
    "spotvibe_not_followed", fr="Vous ne suivez pas cet utilisateur.", en="You do not follow this user."
)


class FollowStore(Protocol):
    """What following needs of its store."""

    async def known(self, work: Work, number: int) -> bool:
        """Whether there is an active user of this number."""
        ...

    async def status(self, work: Work, follower: int, number: int) -> bool | None:
        """Whether one follows another; None where there is no such active user."""
        ...

    async def insert(self, work: Work, follower: int, number: int) -> bool:
        """Make one follow another; False where he does already."""
        ...

    async def delete(self, work: Work, follower: int, number: int) -> bool:
        """End it; False where he does not follow."""
        ...

    async def page(self, work: Work, number: int, query: ListQuery, *, followers: bool) -> Page[Any]:
        """Return the active followers of a user, or those whom he follows."""
        ...

    async def counts(self, work: Work, number: int) -> tuple[int, int]:
        """Return how many active users follow a user, and how many he follows."""
        ...


class Follows:
    """Who follows whom."""

    def __init__(self, works: Works, store: FollowStore, profiles: ProfileStore, counters: Counters) -> None:
        self._works = works
        self._store = store
        self._profiles = profiles
        self._counters = counters

    async def follow(self, caller: Caller, number: int) -> None:
        """Follow a user. Raises `DomainError` of kind invalid on `user_id` for oneself, an unknown user, and one who is
        followed already."""
        own = principal_of(caller).number
        if number == own:
            raise invalid_field("user_id", OWN_FOLLOW)
        async with self._works.within(caller) as work:
            if not await self._store.known(work, number):
                raise invalid_field("user_id", messages.NOT_REFERENCE)
            if caller.superuser:
                await self._profiles.ensure(work, own)
            if not await self._store.insert(work, own, number):
                raise invalid_field("user_id", FOLLOWED)
            work.audit("CREATE", "Follow", number)
            work.publish(UserFollowed(follower=own, followed=number))
            await work.commit()

    async def unfollow(self, caller: Caller, number: ResourceId) -> None:
        """Follow a user no more. Raises `DomainError` of kind invalid where he is not followed."""
        async with self._works.within(caller) as work:
            if not await self._store.delete(work, principal_of(caller).number, int(number)):
                raise invalid_request(NOT_FOLLOWED)
            work.audit("DELETE", "Follow", int(number))
            await work.commit()

    async def status(self, caller: Caller, number: ResourceId) -> bool:
        """Whether the caller follows a user. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.status(work, principal_of(caller).number, int(number))
        if found is None:
            raise missing(USER_NOT_FOUND)
        return found

    async def page(self, caller: Caller, number: ResourceId, query: ListQuery, *, followers: bool) -> Page[Any]:
        """Return a user's followers, or those whom he follows. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            page = await self._store.page(work, int(number), query, followers=followers)
            if not page.count and not await self._store.known(work, int(number)):
                raise missing(USER_NOT_FOUND)
        return page

    async def stats(self, caller: Caller) -> dict[str, int]:
        """Return the caller's figures by name."""
        number = principal_of(caller).number
        async with self._works.reading(caller) as work:
            followers, following = await self._store.counts(work, number)
            counted = await self._counters.count(work, number)
        return {"followers_count": followers, "following_count": following, **counted}
