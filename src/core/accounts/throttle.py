"""Failed sign-ins: 10 in 15 minutes per account, then 429 for that account (DECISIONS.md section 0, "Rate limits").

An attempt is reserved before anything is verified, so that parallel attempts cannot slip past the count. While those
under way might fill it, the next one waits for their verdicts instead of being refused.
"""

import asyncio
from uuid import UUID

from core.access.principal import Caller
from core.accounts.entities import Outcome
from core.accounts.errors import BUSY, SIGN_IN_LIMITED
from core.accounts.ports import AttemptStore, Blocked
from core.accounts.settings import AccountSettings
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, Kind
from core.work import Work, Works

PAUSES = (0.05, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.4, 0.5, 0.5, 0.7, 0.7, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
"""How long, in seconds, to wait between two looks at attempts under way: ten seconds in all."""

MAX_IDENTIFIER = 254


def kept_identifier(text: str) -> str:
    """The form in which an identifier is counted and kept: trimmed, in lower case, printable, of bounded length."""
    return "".join(character for character in text.strip()[:MAX_IDENTIFIER].lower() if character.isprintable())


class Throttle:
    """Admits sign-in attempts and records what came of them."""

    def __init__(self, works: Works, attempts: AttemptStore, clock: Clock, settings: AccountSettings) -> None:
        self._works = works
        self._attempts = attempts
        self._clock = clock
        self._settings = settings

    async def enter(
        self, caller: Caller, account: UUID | None, identifier: str, organisation: UUID | None = None
    ) -> int:
        """Reserve an attempt, in a unit of work of its own, and return its id.

        Raises `DomainError` of kind limited where too many have failed; that refusal is audited.
        """
        kept = kept_identifier(identifier)
        for pause in PAUSES:
            now = self._clock.now()
            async with self._works.everywhere(caller) as work:
                verdict = await self._attempts.reserve(
                    work,
                    account=account,
                    identifier=kept,
                    now=now,
                    since=now - self._settings.failed_window,
                    limit=self._settings.failed_sign_ins,
                )
                if isinstance(verdict, Blocked):
                    record_failure(work, account, kept, organisation, 429)
                await work.commit()
            if isinstance(verdict, int):
                return verdict
            if isinstance(verdict, Blocked):
                raise DomainError(
                    SIGN_IN_LIMITED,
                    Kind.LIMITED,
                    {"seconds": verdict.retry_after},
                    retry_after=verdict.retry_after,
                )
            await asyncio.sleep(pause)
        raise DomainError(BUSY, Kind.UNAVAILABLE, retry_after=2)

    async def note(self, work: Work, account: UUID, identifier: str) -> int:
        """Record an attempt whose proof was good elsewhere, and return its id: nobody guesses there, so that failed
        passwords do not close that door."""
        kept = kept_identifier(identifier)
        return await self._attempts.record(work, account=account, identifier=kept, now=self._clock.now())

    async def settle(self, work: Work, attempt: int, outcome: Outcome) -> None:
        """Record what came of an attempt."""
        await self._attempts.settle(work, attempt, outcome)

    async def abandon(self, caller: Caller, attempt: int) -> None:
        """Take an attempt back that was never verified."""
        async with self._works.everywhere(caller) as work:
            await self._attempts.settle(work, attempt, Outcome.ABANDONED)
            await work.commit()


def record_failure(work: Work, account: UUID | None, identifier: str, organisation: UUID | None, status: int) -> None:
    """Record the audit entry of a failed sign-in."""
    work.audit(
        "LOGIN_FAILED",
        "Utilisateur",
        account or "",
        account=account,
        organisation=organisation,
        status=status,
        details={"identifier": identifier},
    )
