"""spotvibe's gate: a token opens it only through a profile (DECISIONS.md section 0, "Shared authentication")."""

from time import monotonic

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.access.principal import SYSTEM, Caller
from core.kernel import Kernel
from core.primitives.errors import forbidden, message, unauthenticated
from core.work import Works

REMEMBERED_SECONDS = 0.5
MAX_REMEMBERED = 10_000
LEAVING = frozenset({"sign_out_user"})
"""What everybody may call who is signed in."""

NO_PROFILE = message(
    "spotvibe_no_profile", fr="Ce compte n'a pas de profil SpotVibe.", en="This account has no SpotVibe profile."
)

_HAS_PROFILE = sql("select exists (select from spotvibe_profile where user_id = cast(:number as bigint))")


class ProfileGate:
    """Admits superusers, and accounts that have a profile. Who has one is remembered for half a second."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._known: dict[int, tuple[float, bool]] = {}

    async def admit(self, caller: Caller, operation: str) -> None:
        """Return for who may come in. Raises `DomainError` of kind unauthenticated for nobody, forbidden for a
        stranger."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        if principal.superuser or operation in LEAVING:
            return
        if not await self._has_profile(principal.number):
            raise forbidden(NO_PROFILE)

    async def _has_profile(self, number: int) -> bool:
        now = monotonic()
        known = self._known.get(number)
        if known is not None and known[0] > now:
            return known[1]
        async with self._works.reading(SYSTEM) as work:
            found: bool = await pg(work).value(_HAS_PROFILE, number=number)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[number] = (now + REMEMBERED_SECONDS, found)
        return found


def profile_gate(kernel: Kernel) -> ProfileGate:
    """The gate of an installation."""
    return ProfileGate(kernel.works)
