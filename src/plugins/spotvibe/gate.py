"""spotvibe's gate: a token opens it only through a profile (DECISIONS.md section 0, "Shared authentication"), and
maintenance closes it (section 2, "Admin")."""

from time import monotonic

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.access.gate import GatedOperations
from core.access.principal import SYSTEM, Caller
from core.kernel import Kernel
from core.primitives.errors import DomainError, Kind, Message, forbidden, message, unauthenticated
from core.primitives.locale import Text
from core.work import Works
from plugins.spotvibe.closure import Closure, closure_of

REMEMBERED_SECONDS = 0.5
MAX_REMEMBERED = 10_000
LEAVING = frozenset({"sign_out_user"})
"""What everybody may call who is signed in."""

ALWAYS_OPEN = frozenset(
    {
        "get_spotvibe_health",
        "get_spotvibe_maintenance",
        "sign_in_user",
        "sign_in_with_google",
        "sign_in_with_facebook",
        "refresh_user_token",
        "verify_second_factor",
        "send_second_factor_code",
        "request_password_reset",
        "confirm_password_reset",
        "take_payment_callback",
        "put_payment_callback",
        "activate_subscription",
    }
)
"""What maintenance leaves open: signs of life, webhooks, and the doors by which staff come in. The doors that products
share are open in every edition, whichever product they stand under there."""
RETRY_SECONDS = 60

IN_MAINTENANCE = message(
    "spotvibe_in_maintenance",
    fr="SpotVibe est en maintenance. Réessayez plus tard.",
    en="SpotVibe is under maintenance. Try again later.",
)
NO_PROFILE = message(
    "spotvibe_no_profile", fr="Ce compte n'a pas de profil SpotVibe.", en="This account has no SpotVibe profile."
)

SUSPENDED = message(
    "spotvibe_suspended",
    fr="Votre accès à SpotVibe est suspendu. Contactez-nous pour en savoir plus.",
    en="Your access to SpotVibe is suspended. Contact us to learn more.",
)

_ENTRY = sql("""
select s.user_id is null from spotvibe_profile p left join spotvibe_suspension s on s.user_id = p.user_id
where p.user_id = cast(:number as bigint)
""")


class ProfileGate:
    """Admits superusers, and accounts that have a profile that staff have not suspended, as it was half a second ago at
    most. In maintenance nobody but staff comes in: the product can only be closed, and so only stays closed, where core
    is served."""

    def __init__(self, works: Works, closure: Closure, operations: GatedOperations) -> None:
        self._works = works
        self._closure = closure
        self._operations = operations
        self._known: dict[int, tuple[float, bool | None]] = {}
        self._closable: bool | None = None

    async def enter(self, caller: Caller, operation: str) -> None:
        """Return for who may come in now. Raises `DomainError` of kind unavailable in maintenance, with what staff have
        announced."""
        if operation in ALWAYS_OPEN:
            return
        principal = caller.principal
        if principal is not None and (principal.staff or principal.superuser):
            return
        if self._closable is None:
            served = {each.name for each in self._operations.of("spotvibe")}
            self._closable = "get_spotvibe_maintenance" in served
        if not self._closable:
            return
        state = await self._closure.state()
        if state.active:
            # what staff have written stands in one language
            said = Message(IN_MAINTENANCE.code, Text(fr=state.message, en=state.message))
            raise DomainError(said if state.message else IN_MAINTENANCE, Kind.UNAVAILABLE, retry_after=RETRY_SECONDS)

    async def admit(self, caller: Caller, operation: str) -> None:
        """Return for who may come in. Raises `DomainError` of kind unauthenticated for nobody, forbidden for a
        stranger, and for somebody whom staff have suspended."""
        principal = caller.principal
        if principal is None:
            raise unauthenticated()
        if principal.superuser or operation in LEAVING:
            return
        may_enter = await self._may_enter(principal.number)
        if may_enter is None:
            raise forbidden(NO_PROFILE)
        if not may_enter:
            raise forbidden(SUSPENDED)

    async def _may_enter(self, number: int) -> bool | None:
        """Whether somebody is not suspended; None for who has no profile."""
        now = monotonic()
        known = self._known.get(number)
        if known is not None and known[0] > now:
            return known[1]
        async with self._works.reading(SYSTEM) as work:
            found: bool | None = await pg(work).value(_ENTRY, number=number)
        if len(self._known) >= MAX_REMEMBERED:
            self._known.clear()
        self._known[number] = (now + REMEMBERED_SECONDS, found)
        return found


def profile_gate(kernel: Kernel) -> ProfileGate:
    """The gate of an installation."""
    return ProfileGate(kernel.works, closure_of(kernel.works), kernel.operations)
