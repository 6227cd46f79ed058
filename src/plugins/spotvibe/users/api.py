"""What other plugins and the command line may call."""

from core.access.principal import Caller
from core.accounts.entities import Account
from core.work import Work
from plugins.spotvibe.users.domain import Counters, Statut
from plugins.spotvibe.users.profile_service import ProfileStore, principal_of
from plugins.spotvibe.users.registration_service import Registrations
from plugins.spotvibe.users.verification_service import Verifications


class UsersApi:
    """Users as other slices see them; every method works inside the unit of work of its caller. `counters` is the
    extension point of a user's figures."""

    def __init__(
        self, profiles: ProfileStore, registrations: Registrations, verifications: Verifications, counters: Counters
    ) -> None:
        self._profiles = profiles
        self._registrations = registrations
        self._verifications = verifications
        self.counters = counters

    async def enrol(self, work: Work, account: Account, *, admin: bool) -> None:  # noqa: ARG002 - staff is the account's
        """Make the profile of an account of the command line."""
        await self._profiles.ensure(work, account.number)

    async def acting(self, work: Work, caller: Caller) -> int:
        """Return the number of a signed-in caller who makes something of his own. A superuser comes in without a
        profile: his is made now."""
        number = principal_of(caller).number
        if caller.superuser:
            await self._profiles.ensure(work, number)
        return number

    async def enter(self, work: Work, account: Account) -> None:
        """Make the profile of an account whose holder comes in, where it has none; an address that was never verified
        is sent the link that proves it."""
        await self._registrations.enter(work, account)

    async def approve_verification(self, work: Work, key: int, reviewer: int, comment: str = "") -> int:
        """Approve a submission and return whose it is. Raises `DomainError` of kind missing for an unknown one, of
        kind conflict for one that is decided already."""
        return await self._verifications.decide(work, key, Statut.APPROUVE, reviewer, comment)

    async def reject_verification(self, work: Work, key: int, reviewer: int, comment: str = "") -> int:
        """Reject a submission and return whose it is. Raises as `approve_verification`."""
        return await self._verifications.decide(work, key, Statut.REJETE, reviewer, comment)

    async def verification_paths(self, work: Work, key: int) -> tuple[str, str | None]:
        """Return signed paths of a submission's document and of its selfie. Raises `DomainError` of kind missing."""
        return await self._verifications.paths(work, key)
