"""Signing in: a proof, a second factor's code where one is set up, a session."""

from uuid import UUID

from core.access.principal import Caller
from core.accounts.challenges import Challenges
from core.accounts.entities import Account, ChallengeAsked, Credentials, Outcome, Purpose, SignedIn
from core.accounts.errors import CHALLENGE_OVER, CODE_WRONG, CREDENTIALS_WRONG
from core.accounts.passwords import MAX_LENGTH
from core.accounts.ports import (
    AccountStore,
    Claims,
    Door,
    FactorStore,
    PasswordHasher,
    PlaceStore,
    TokenKind,
    TokenSigner,
)
from core.accounts.sessions import Sessions
from core.accounts.throttle import Throttle, kept_identifier, record_failure
from core.organisations.entities import Place, preferred_place
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, invalid_field, unauthenticated
from core.work import Work, Works


class SignIn:
    """The doors of the installation. Every one of them asks for the second factor (DECISIONS.md section 0)."""

    def __init__(
        self,
        works: Works,
        accounts: AccountStore,
        places: PlaceStore,
        factors: FactorStore,
        hasher: PasswordHasher,
        signer: TokenSigner,
        clock: Clock,
        sessions: Sessions,
        throttle: Throttle,
        challenges: Challenges,
    ) -> None:
        self._works = works
        self._accounts = accounts
        self._places = places
        self._factors = factors
        self._hasher = hasher
        self._signer = signer
        self._clock = clock
        self._sessions = sessions
        self._throttle = throttle
        self._challenges = challenges

    async def by_password(
        self,
        caller: Caller,
        identifier: str,
        password: str,
        *,
        membership_needed: bool = True,
        door: Door | None = None,
    ) -> SignedIn | ChallengeAsked:
        """Sign in by email or username, and password; through a product's own door where one is given.

        An unknown account, an inactive one, and a wrong password give the same refusal at the same cost: `DomainError`
        of kind unauthenticated. So does, with `membership_needed`, an account none of whose memberships is active in
        an open organisation; one that never had any may come in. Too many failures: of kind limited, whatever the
        password. What the door raises is raised once the password was right.
        """
        kept = kept_identifier(identifier)
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.find(work, kept)
            places = await self._places.places(work, found.account.id if found else None)
        account = found.account.id if found else None
        place = preferred_place(places)
        shown_in = place or (places[0] if places else None)
        organisation = shown_in.organisation if shown_in else None
        attempt = await self._throttle.enter(caller, account, kept, organisation)
        welcome = found is not None and (
            found.account.active
            and (place is not None or not places or not membership_needed or found.account.superuser)
        )
        for _ in range(2):
            good, renewed = await self._verify(caller, attempt, found, password)
            if not good or not welcome or found is None:
                break
            async with self._works.everywhere(caller) as work:
                held = await self._accounts.lock(work, found.account.id)
                if held is not None and held.account.active and held.password_hash == found.password_hash:
                    if renewed is not None:
                        await self._accounts.update(work, found.account.id, {"password_hash": renewed})
                    answer = await self._admit(work, held, place, attempt, door)
                    await work.commit()
                    return answer
            if held is None or not held.account.active:
                break
            # the password was changed, or hashed anew by another sign-in: the verdict is about the old hash
            found = held
        async with self._works.everywhere(caller) as work:
            await self._throttle.settle(work, attempt, Outcome.FAILED)
            record_failure(work, account, kept, organisation, 401)
            await work.commit()
        raise unauthenticated(CREDENTIALS_WRONG)

    async def by_proof(
        self, caller: Caller, account: UUID, *, door: Door | None = None, attempt: int | None = None
    ) -> SignedIn | ChallengeAsked:
        """Sign in an account whose holder another source has proved (a directory, Google, Facebook). `attempt` is the
        throttle's, where that source verifies passwords.

        Raises `DomainError` of kind unauthenticated for an unknown or inactive account, and what the door raises.
        """
        async with self._works.everywhere(caller) as work:
            found = await self._accounts.lock(work, account)
            if found is None or not found.account.active:
                if attempt is not None:
                    await self._throttle.settle(work, attempt, Outcome.ABANDONED)
                    await work.commit()
                raise unauthenticated(CREDENTIALS_WRONG)
            place = preferred_place(await self._places.places(work, account))
            answer = await self._admit(work, found, place, attempt, door)
            await work.commit()
        return answer

    async def by_code(self, caller: Caller, challenge: str, code: str, *, door: Door | None = None) -> SignedIn:
        """Complete a sign-in with the second factor's code, or a recovery code.

        Raises `DomainError` of kind invalid on `code` for a wrong one, which counts as a failed sign-in, and on
        `challenge` for one that is over; and what the door raises.
        """
        claims = self._signer.read(challenge, TokenKind.CHALLENGE)
        if claims is None:
            raise invalid_field("challenge", CHALLENGE_OVER)
        async with self._works.everywhere(caller) as work:
            holder = await self._accounts.get(work, claims.subject)
        if holder is None or not holder.account.active:
            raise invalid_field("challenge", CHALLENGE_OVER)
        email = holder.account.email
        attempt = await self._throttle.enter(caller, claims.subject, email)
        async with self._works.everywhere(caller) as work:
            asked = await self._challenges.lock(work, claims.session)
            holder = await self._accounts.lock(work, claims.subject)
            factor = await self._factors.get(work, claims.subject)
            if (
                asked is None
                or asked.purpose is not Purpose.SIGN_IN
                or holder is None
                or not holder.account.active
                or factor is None
                or factor.confirmed_at is None
            ):
                await self._throttle.settle(work, attempt, Outcome.ABANDONED)
                await work.commit()
                raise invalid_field("challenge", CHALLENGE_OVER)
            places = await self._places.places(work, claims.subject)
            place = preferred_place(places)
            if not await self._challenges.accepts(work, factor, asked, code):
                await self._challenges.fail(work, asked)
                await self._throttle.settle(work, attempt, Outcome.FAILED)
                record_failure(work, claims.subject, email, place.organisation if place else None, 400)
                await work.commit()
                raise invalid_field("code", CODE_WRONG)
            await self._challenges.close(work, asked)
            # the sign-in is one: its first attempt succeeded, this one was part of it
            await self._throttle.settle(work, attempt, Outcome.ABANDONED)
            if asked.attempt is not None:
                await self._throttle.settle(work, asked.attempt, Outcome.SUCCEEDED)
            if door is not None:
                await self._ask_door(work, door, holder.account, place, entering=True)
            signed_in = await self._sessions.open(work, holder.account, place, door.lifetime if door else None)
            await work.commit()
        return signed_in

    async def send_code(self, caller: Caller, challenge: str) -> None:
        """Send a fresh code for a sign-in under way. Raises `DomainError` of kind invalid where the challenge is over
        or its method sends no codes, of kind limited where enough were sent."""
        claims = self._signer.read(challenge, TokenKind.CHALLENGE)
        async with self._works.everywhere(caller) as work:
            asked = await self._challenges.lock(work, claims.session) if claims else None
            holder = await self._accounts.get(work, claims.subject) if claims else None
            factor = await self._factors.get(work, claims.subject) if claims else None
            if asked is None or holder is None or factor is None or asked.purpose is not Purpose.SIGN_IN:
                raise invalid_field("challenge", CHALLENGE_OVER)
            await self._challenges.resend(work, asked, holder.account, factor.method)
            await work.commit()

    async def _verify(
        self, caller: Caller, attempt: int, found: Credentials | None, password: str
    ) -> tuple[bool, str | None]:
        """Whether a password is right, and its new hash where the present one was made with other parameters."""
        encoded = found.password_hash if found is not None and len(password) <= MAX_LENGTH else None
        try:
            verdict = await self._hasher.verify(encoded, password[:MAX_LENGTH])
        except DomainError:
            await self._throttle.abandon(caller, attempt)
            raise
        if not (verdict.good and verdict.outdated):
            return verdict.good, None
        try:
            return True, await self._hasher.hash(password)
        except DomainError:
            # the server is busy; the next sign-in will hash it anew
            return True, None

    async def _admit(
        self, work: Work, found: Credentials, place: Place | None, attempt: int | None, door: Door | None
    ) -> SignedIn | ChallengeAsked:
        account = found.account
        factor = await self._factors.get(work, account.id)
        asks = factor is not None and factor.confirmed_at is not None
        if attempt is not None:
            await self._throttle.settle(work, attempt, Outcome.CHALLENGED if asks else Outcome.SUCCEEDED)
        if door is not None:
            await self._ask_door(work, door, account, place, entering=not asks)
        if factor is None or not asks:
            return await self._sessions.open(work, account, place, door.lifetime if door else None)
        challenge = await self._challenges.ask(work, account, factor.method, Purpose.SIGN_IN, attempt)
        token = self._signer.issue(
            Claims(
                kind=TokenKind.CHALLENGE,
                subject=account.id,
                session=challenge.id,
                id=challenge.id,
                issued_at=self._clock.now(),
                expires_at=challenge.expires_at,
            )
        )
        return ChallengeAsked(challenge=token, method=factor.method, expires_at=challenge.expires_at)

    async def _ask_door(self, work: Work, door: Door, account: Account, place: Place | None, *, entering: bool) -> None:
        try:
            await door.admit(work, account, entering=entering)
        except DomainError as refused:
            # the proof was good: nobody has guessed, so that nothing counts against the account
            status = 403 if refused.kind is Kind.FORBIDDEN else 401
            record_failure(work, account.id, account.email, place.organisation if place else None, status)
            await work.commit()
            raise
