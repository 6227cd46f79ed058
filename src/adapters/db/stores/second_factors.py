"""The stores of second factors, recovery codes and challenges."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.accounts.entities import Challenge, FactorMethod, Purpose, SecondFactor
from core.primitives.ids import new_id
from core.work import Work

_GET = sql("select account_id, method, secret, last_step, confirmed_at from second_factor where account_id = :account")
_PUT = sql(
    """
    insert into second_factor (account_id, method, secret) values (:account, :method, :secret)
    on conflict (account_id) do update
    set method = excluded.method, secret = excluded.secret, last_step = 0, created_at = now()
    where second_factor.confirmed_at is null
    returning account_id
    """
)
_CONFIRM = sql("update second_factor set confirmed_at = :at where account_id = :account")
_ADVANCE = sql(
    """
    update second_factor set last_step = :step where account_id = :account and last_step < :step returning account_id
    """
)
_REMOVE = sql("delete from second_factor where account_id = :account")
_REMOVE_CODES = sql("delete from recovery_code where account_id = :account")
_ADD_CODE = sql("insert into recovery_code (id, account_id, code_hash) values (:id, :account, :code_hash)")
_USE_CODE = sql(
    """
    update recovery_code set used_at = :at
    where account_id = :account and code_hash = :code_hash and used_at is null returning id
    """
)

_CHALLENGE = "select id, account_id, purpose, code_hash, failures, details, expires_at, used_at from challenge"
_INSERT_CHALLENGE = sql(
    """
    insert into challenge (id, account_id, purpose, code_hash, details, expires_at, created_at)
    values (:id, :account, :purpose, :code_hash, :details, :expires_at, :now)
    """
)
_LOCK_CHALLENGE = sql(f"{_CHALLENGE} where id = :challenge for update")
_LOCK_LATEST = sql(
    f"{_CHALLENGE} where account_id = :account and purpose = :purpose order by created_at desc, id desc limit 1"
    " for update"
)
_RESEND = sql(
    """
    update challenge
    set code_hash = :code_hash,
        details = jsonb_set(details, '{sent}', to_jsonb(coalesce(cast(details ->> 'sent' as integer), 0) + 1))
    where id = :challenge
    """
)
_FAIL = sql("update challenge set failures = least(failures + 1, 5) where id = :challenge")
_CLOSE = sql("update challenge set used_at = :at where id = :challenge and used_at is null")
_CLOSE_ALL = sql("update challenge set used_at = :at where account_id = :account and used_at is null")


class PgFactors:
    """Second factors in PostgreSQL."""

    async def get(self, work: Work, account: UUID) -> SecondFactor | None:
        """Return an account's factor, confirmed or not."""
        record = await pg(work).one(_GET, account=account)
        if record is None:
            return None
        return SecondFactor(
            account=record["account_id"],
            method=FactorMethod(record["method"]),
            secret=record["secret"],
            last_step=record["last_step"],
            confirmed_at=record["confirmed_at"],
        )

    async def put(self, work: Work, factor: SecondFactor) -> bool:
        """Write an unconfirmed factor over another unconfirmed one; False where a confirmed one stands."""
        written = await pg(work).value(_PUT, account=factor.account, method=factor.method.value, secret=factor.secret)
        return written is not None

    async def confirm(self, work: Work, account: UUID, at: datetime) -> None:
        """Mark a factor as confirmed."""
        await pg(work).one(_CONFIRM, account=account, at=at)

    async def advance(self, work: Work, account: UUID, step: int) -> bool:
        """Use a TOTP time step up; False where it, or a later one, was used before."""
        return await pg(work).value(_ADVANCE, account=account, step=step) is not None

    async def remove(self, work: Work, account: UUID) -> None:
        """Delete an account's factor and recovery codes."""
        await pg(work).one(_REMOVE_CODES, account=account)
        await pg(work).one(_REMOVE, account=account)

    async def put_recovery_codes(self, work: Work, account: UUID, hashes: Sequence[bytes]) -> None:
        """Replace an account's recovery codes."""
        db = pg(work)
        await db.one(_REMOVE_CODES, account=account)
        for code_hash in hashes:
            await db.one(_ADD_CODE, id=new_id(), account=account, code_hash=code_hash)

    async def use_recovery_code(self, work: Work, account: UUID, code_hash: bytes, at: datetime) -> bool:
        """Use a recovery code up; False where it is unknown or was used before."""
        return await pg(work).value(_USE_CODE, account=account, code_hash=code_hash, at=at) is not None


class PgChallenges:
    """Challenges in PostgreSQL."""

    async def insert(self, work: Work, challenge: Challenge, now: datetime) -> None:
        """Insert a challenge."""
        await pg(work).one(
            _INSERT_CHALLENGE,
            id=challenge.id,
            account=challenge.account,
            purpose=challenge.purpose.value,
            code_hash=challenge.code_hash,
            details={"sent": challenge.sent, "attempt": challenge.attempt},
            expires_at=challenge.expires_at,
            now=now,
        )

    async def lock(self, work: Work, challenge: UUID) -> Challenge | None:
        """Return a challenge and hold it until the transaction ends."""
        return _challenge(await pg(work).one(_LOCK_CHALLENGE, challenge=challenge))

    async def lock_latest(self, work: Work, account: UUID, purpose: Purpose) -> Challenge | None:
        """Return an account's newest challenge of a purpose and hold it until the transaction ends."""
        return _challenge(await pg(work).one(_LOCK_LATEST, account=account, purpose=purpose.value))

    async def resend(self, work: Work, challenge: UUID, code_hash: bytes) -> None:
        """Replace a challenge's code and count the sending."""
        await pg(work).one(_RESEND, challenge=challenge, code_hash=code_hash)

    async def fail(self, work: Work, challenge: UUID) -> None:
        """Count a wrong code."""
        await pg(work).one(_FAIL, challenge=challenge)

    async def close(self, work: Work, challenge: UUID, at: datetime) -> None:
        """Mark a challenge as used."""
        await pg(work).one(_CLOSE, challenge=challenge, at=at)

    async def close_all(self, work: Work, account: UUID, at: datetime) -> None:
        """Mark all open challenges of an account as used."""
        await pg(work).one(_CLOSE_ALL, account=account, at=at)


def _challenge(record: Any) -> Challenge | None:
    if record is None:
        return None
    details = record["details"]
    return Challenge(
        id=record["id"],
        account=record["account_id"],
        purpose=Purpose(record["purpose"]),
        code_hash=record["code_hash"],
        failures=record["failures"],
        sent=details.get("sent", 0),
        attempt=details.get("attempt"),
        expires_at=record["expires_at"],
        used_at=record["used_at"],
    )
