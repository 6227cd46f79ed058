"""Setting a second factor up, confirming it, taking it away (spotvibe document section 1.3; DECISIONS.md section 0,
"Second factor", and section 2, "Login")."""

from typing import Final

import msgspec

from core.access.principal import Caller, Principal
from core.accounts.challenges import Challenges, new_recovery_code
from core.accounts.entities import Account, Challenge, FactorMethod, Outcome, Purpose, SecondFactor
from core.accounts.errors import (
    CHALLENGE_OVER,
    CODE_WRONG,
    FACTOR_ABSENT,
    FACTOR_ENABLED,
    METHOD_UNAVAILABLE,
    NO_CODE_TO_SEND,
    PHONE_MISSING,
)
from core.accounts.letters import SecurityLetters
from core.accounts.ports import AccountStore, Authenticator, FactorStore, Vault
from core.accounts.settings import AccountSettings
from core.accounts.throttle import Throttle, record_failure
from core.primitives.clock import Clock
from core.primitives.errors import invalid_field, invalid_request, unauthenticated
from core.work import Work, Works

OBJECT_TYPE: Final = "Utilisateur"


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor that awaits its first code. For TOTP the secret, as text and as a QR code (a data URI)."""

    method: FactorMethod
    secret_key: str | None = None
    qr_code_url: str | None = None


class SecondFactors:
    """The use cases of an account's own second factor."""

    def __init__(
        self,
        works: Works,
        accounts: AccountStore,
        factors: FactorStore,
        authenticator: Authenticator,
        vault: Vault,
        letters: SecurityLetters,
        clock: Clock,
        settings: AccountSettings,
        throttle: Throttle,
        challenges: Challenges,
    ) -> None:
        self._works = works
        self._accounts = accounts
        self._factors = factors
        self._authenticator = authenticator
        self._vault = vault
        self._letters = letters
        self._clock = clock
        self._settings = settings
        self._throttle = throttle
        self._challenges = challenges

    async def enabled(self, caller: Caller) -> FactorMethod | None:
        """Return the method of the caller's second factor, None where it has none."""
        principal = _signed_in(caller)
        async with self._works.everywhere(caller) as work:
            factor = await self._factors.get(work, principal.account)
        return factor.method if factor is not None and factor.confirmed_at is not None else None

    async def set_up(self, caller: Caller, method: str) -> SetUp:
        """Begin a set-up; one begun before is void. Raises `DomainError` of kind invalid for a method that the
        installation does not have, and where a second factor is enabled already."""
        principal = _signed_in(caller)
        chosen = FactorMethod(method) if method in FactorMethod.__members__ else None
        if chosen is None or not (chosen is FactorMethod.TOTP or self._letters.sends(chosen)):
            raise invalid_field("method", METHOD_UNAVAILABLE, method=method[:20])
        secret = self._authenticator.new_secret() if chosen is FactorMethod.TOTP else None
        async with self._works.everywhere(caller) as work:
            account = await self._account(work, principal)
            if chosen is FactorMethod.SMS and account.phone is None:
                raise invalid_field("method", PHONE_MISSING)
            factor = SecondFactor(
                account=account.id,
                method=chosen,
                secret=self._vault.seal(secret.encode(), account.id.bytes) if secret else None,
                last_step=0,
                confirmed_at=None,
            )
            if not await self._factors.put(work, factor):
                raise invalid_request(FACTOR_ENABLED)
            await self._challenges.close_all(work, account.id)
            await self._challenges.ask(work, account, chosen, Purpose.SET_UP)
            await work.commit()
        if secret is None:
            return SetUp(method=chosen)
        return SetUp(method=chosen, secret_key=secret, qr_code_url=self._authenticator.qr_code(secret, account.email))

    async def confirm(self, caller: Caller, code: str) -> list[str]:
        """Enable the second factor that was set up, by its first code. Returns the ten recovery codes of a TOTP
        factor, this once; none for the other methods.

        Raises `DomainError` of kind invalid on `code` for a wrong one; the fifth ends the set-up.
        """
        principal = _signed_in(caller)
        async with self._works.everywhere(caller) as work:
            account = await self._account(work, principal)
            factor = await self._factors.get(work, account.id)
            if factor is not None and factor.confirmed_at is not None:
                raise invalid_request(FACTOR_ENABLED)
            asked = await self._challenges.lock_latest(work, account.id, Purpose.SET_UP)
            if factor is None or asked is None:
                raise invalid_request(CHALLENGE_OVER)
            if not await self._challenges.accepts(work, factor, asked, code):
                await self._challenges.fail(work, asked)
                await work.commit()
                raise invalid_field("code", CODE_WRONG)
            await self._challenges.close(work, asked)
            await self._factors.confirm(work, account.id, self._clock.now())
            codes: list[str] = []
            if factor.method is FactorMethod.TOTP:
                codes = [new_recovery_code() for _ in range(self._settings.recovery_codes)]
                hashes = [self._challenges.recovery_hash(account.id, each) for each in codes]
                await self._factors.put_recovery_codes(work, account.id, hashes)
            work.audit("UPDATE", OBJECT_TYPE, account.id, details={"second_factor": factor.method.value})
            await work.commit()
        return codes

    async def send_code(self, caller: Caller) -> None:
        """Send the caller a fresh code: for the set-up under way, else for switching the second factor off.

        Raises `DomainError` of kind invalid where there is no second factor, or it needs no code sent.
        """
        principal = _signed_in(caller)
        async with self._works.everywhere(caller) as work:
            account = await self._account(work, principal)
            factor = await self._factors.get(work, account.id)
            if factor is None:
                raise invalid_request(FACTOR_ABSENT)
            purpose = Purpose.SET_UP if factor.confirmed_at is None else Purpose.DISABLE
            asked = await self._challenges.lock_latest(work, account.id, purpose)
            await self._send(work, account, factor, asked, purpose)
            await work.commit()

    async def _send(
        self, work: Work, account: Account, factor: SecondFactor, asked: Challenge | None, purpose: Purpose
    ) -> None:
        if asked is not None:
            await self._challenges.resend(work, asked, account, factor.method)
        elif purpose is Purpose.SET_UP:
            raise invalid_request(CHALLENGE_OVER)
        elif factor.method is FactorMethod.TOTP:
            raise invalid_request(NO_CODE_TO_SEND)
        else:
            await self._challenges.ask(work, account, factor.method, purpose)

    async def disable(self, caller: Caller, code: str) -> None:
        """Take the second factor away, by a code of it or a recovery code.

        Raises `DomainError` of kind invalid on `code` for a wrong one, which counts as a failed sign-in.
        """
        principal = _signed_in(caller)
        attempt = await self._throttle.enter(caller, principal.account, principal.email)
        async with self._works.everywhere(caller) as work:
            account = await self._account(work, principal)
            factor = await self._factors.get(work, account.id)
            if factor is None or factor.confirmed_at is None:
                await self._throttle.settle(work, attempt, Outcome.ABANDONED)
                await work.commit()
                raise invalid_request(FACTOR_ABSENT)
            asked = await self._challenges.lock_latest(work, account.id, Purpose.DISABLE)
            if not await self._challenges.accepts(work, factor, asked, code):
                if asked is not None:
                    await self._challenges.fail(work, asked)
                await self._throttle.settle(work, attempt, Outcome.FAILED)
                record_failure(work, account.id, account.email, caller.organisation, 400)
                await work.commit()
                raise invalid_field("code", CODE_WRONG)
            await self._throttle.settle(work, attempt, Outcome.ABANDONED)
            await self._factors.remove(work, account.id)
            await self._challenges.close_all(work, account.id)
            work.audit("UPDATE", OBJECT_TYPE, account.id, details={"second_factor": None})
            await work.commit()

    async def _account(self, work: Work, principal: Principal) -> Account:
        found = await self._accounts.lock(work, principal.account)
        if found is None or not found.account.active:
            raise unauthenticated()
        return found.account


def _signed_in(caller: Caller) -> Principal:
    if caller.principal is None:
        raise unauthenticated()
    return caller.principal
