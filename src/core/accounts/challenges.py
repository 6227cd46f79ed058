"""Codes of a second factor: asked for, sent, checked (DECISIONS.md section 0, "Second factor"): codes are single-use
and 5 wrong ones end the challenge."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from core.accounts.entities import Account, Challenge, FactorMethod, Purpose, SecondFactor
from core.accounts.errors import CODES_SENT, NO_CODE_TO_SEND
from core.accounts.letters import SecurityLetters
from core.accounts.ports import Authenticator, ChallengeStore, FactorStore, Vault
from core.accounts.settings import AccountSettings
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind, invalid_request
from core.primitives.ids import new_id
from core.work import Work

CODE_DIGITS = 6
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 10


def new_code() -> str:
    """Return a random code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def new_recovery_code() -> str:
    """Return a random recovery code such as "k7m2p-x9dqr": 49 bits."""
    letters = "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def bare(code: str) -> str:
    """A code as it is compared: without the spaces and dashes that people type, in lower case."""
    return "".join(code.split()).replace("-", "").lower()[:64]


class Challenges:
    """Asks for codes and checks the answers, inside the units of work of its callers."""

    def __init__(
        self,
        challenges: ChallengeStore,
        factors: FactorStore,
        authenticator: Authenticator,
        vault: Vault,
        letters: SecurityLetters,
        clock: Clock,
        settings: AccountSettings,
        *,
        codes: Callable[[], str] = new_code,
    ) -> None:
        self._challenges = challenges
        self._factors = factors
        self._authenticator = authenticator
        self._vault = vault
        self._letters = letters
        self._clock = clock
        self._settings = settings
        self._new_code = codes

    async def ask(
        self, work: Work, account: Account, method: FactorMethod, purpose: Purpose, attempt: int | None = None
    ) -> Challenge:
        """Open a challenge, and send its code where the method sends one."""
        now = self._clock.now()
        identifier = new_id()
        code = None if method is FactorMethod.TOTP else self._new_code()
        challenge = Challenge(
            id=identifier,
            account=account.id,
            purpose=purpose,
            code_hash=None if code is None else self._code_hash(identifier, code),
            failures=0,
            sent=0 if code is None else 1,
            attempt=attempt,
            expires_at=now + timedelta(seconds=self._settings.challenge_seconds),
        )
        await self._challenges.insert(work, challenge, now)
        if code is not None:
            self._letters.code(work, account, method, code, self._settings.challenge_seconds // 60)
        return challenge

    async def lock(self, work: Work, challenge: UUID) -> Challenge | None:
        """Return a challenge that is still open and hold it until the transaction ends."""
        return self._if_open(await self._challenges.lock(work, challenge))

    async def lock_latest(self, work: Work, account: UUID, purpose: Purpose) -> Challenge | None:
        """Return the newest challenge of a purpose, if it is still open, and hold it until the transaction ends."""
        return self._if_open(await self._challenges.lock_latest(work, account, purpose))

    def _if_open(self, challenge: Challenge | None) -> Challenge | None:
        if challenge is None or challenge.used_at is not None or challenge.expires_at <= self._clock.now():
            return None
        return challenge if challenge.failures < self._settings.wrong_codes else None

    async def resend(self, work: Work, challenge: Challenge, account: Account, method: FactorMethod) -> None:
        """Send a fresh code; the one before is void. Raises `DomainError` of kind invalid where the method sends none,
        of kind limited where enough were sent."""
        if method is FactorMethod.TOTP:
            raise invalid_request(NO_CODE_TO_SEND)
        if challenge.sent >= self._settings.codes_sent:
            left = max(1, int((challenge.expires_at - self._clock.now()).total_seconds()))
            raise DomainError(CODES_SENT, Kind.LIMITED, {"seconds": left}, retry_after=left)
        code = self._new_code()
        await self._challenges.resend(work, challenge.id, self._code_hash(challenge.id, code))
        self._letters.code(work, account, method, code, self._settings.challenge_seconds // 60)

    async def accepts(self, work: Work, factor: SecondFactor, challenge: Challenge | None, code: str) -> bool:
        """Whether a code answers: the authenticator's, the one that was sent, or a recovery code of a confirmed
        factor. What is accepted is used up. The caller counts what is not (`fail`)."""
        given = bare(code)
        if factor.method is FactorMethod.TOTP:
            if await self._accepts_totp(work, factor, given):
                return True
        elif challenge is not None and challenge.code_hash is not None:
            expected = self._code_hash(challenge.id, given)
            if hmac.compare_digest(challenge.code_hash, expected):
                return True
        if factor.confirmed_at is None:
            return False
        return await self._factors.use_recovery_code(
            work, factor.account, self.recovery_hash(factor.account, given), self._clock.now()
        )

    async def _accepts_totp(self, work: Work, factor: SecondFactor, code: str) -> bool:
        if factor.secret is None:
            return False
        secret = self._vault.open(factor.secret, factor.account.bytes).decode()
        step = self._authenticator.matching_step(secret, code, self._clock.now())
        return step is not None and await self._factors.advance(work, factor.account, step)

    async def fail(self, work: Work, challenge: Challenge) -> None:
        """Count a wrong code."""
        await self._challenges.fail(work, challenge.id)

    async def close(self, work: Work, challenge: Challenge) -> None:
        """End a challenge that was answered."""
        await self._challenges.close(work, challenge.id, self._clock.now())

    async def close_all(self, work: Work, account: UUID) -> None:
        """End all challenges of an account."""
        await self._challenges.close_all(work, account, self._clock.now())

    def recovery_hash(self, account: UUID, code: str) -> bytes:
        """The keyed hash that a recovery code is kept as."""
        return self._keyed(b"recovery", account, bare(code))

    def _code_hash(self, challenge: UUID, code: str) -> bytes:
        return self._keyed(b"code", challenge, code)

    def _keyed(self, use: bytes, owner: UUID, code: str) -> bytes:
        # six digits are soon tried out: only the key, which is not in the database, makes their hash safe
        message = b"\0".join((use, owner.bytes, code.encode("utf-8", "surrogatepass")))
        return hmac.new(self._settings.code_key, message, hashlib.sha256).digest()
