"""Where passwords are held: by our own accounts, or in a directory."""

from uuid import UUID

from core.access.principal import Caller
from core.accounts.entities import Account, ChallengeAsked, Outcome, SignedIn
from core.accounts.errors import CREDENTIALS_WRONG
from core.accounts.ports import Directory, Door
from core.accounts.sign_in import SignIn
from core.accounts.throttle import Throttle, kept_identifier, record_failure
from core.primitives.errors import DomainError, Message, unauthenticated
from core.work import Works


class LocalPasswords:
    """Passwords held by our own accounts."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    async def sign_in(
        self, caller: Caller, login: str, password: str, account: Account | None, door: Door
    ) -> SignedIn | ChallengeAsked:
        """Sign in by the password of the account; where the product knows none under this login, by that of the account
        whose email or username it is, so that its door may say that it is a stranger."""
        identifier = account.email if account is not None else login
        return await self._sign_in.by_password(caller, identifier, password, membership_needed=False, door=door)


class DirectoryPasswords:
    """Passwords held in a directory. `stranger` is said to whom the directory accepts and the product does not know."""

    def __init__(
        self, works: Works, directory: Directory, sign_in: SignIn, throttle: Throttle, *, stranger: Message
    ) -> None:
        self._works = works
        self._directory = directory
        self._sign_in = sign_in
        self._throttle = throttle
        self._stranger = stranger

    async def sign_in(
        self, caller: Caller, login: str, password: str, account: Account | None, door: Door
    ) -> SignedIn | ChallengeAsked:
        """Ask the directory, outside of units of work, then sign the account in. Failures are counted as those of our
        own passwords are."""
        holder = account.id if account is not None else None
        attempt = await self._throttle.enter(caller, holder, login)
        try:
            accepted = await self._directory.accepts(login, password)
        except DomainError:
            await self._throttle.abandon(caller, attempt)
            raise
        if not accepted:
            await self._fail(caller, attempt, Outcome.FAILED, holder, login)
            raise unauthenticated(CREDENTIALS_WRONG)
        if holder is None:
            # the password was right: nobody has guessed
            await self._fail(caller, attempt, Outcome.ABANDONED, None, login)
            raise unauthenticated(self._stranger)
        return await self._sign_in.by_proof(caller, holder, door=door, attempt=attempt)

    async def _fail(self, caller: Caller, attempt: int, outcome: Outcome, account: UUID | None, login: str) -> None:
        async with self._works.everywhere(caller) as work:
            await self._throttle.settle(work, attempt, outcome)
            record_failure(work, account, kept_identifier(login), None, 401)
            await work.commit()
