"""`Idempotency-Key`: the answer is stored in the transaction of what it answers for, so that no crash can part them.

A transaction-level advisory lock tells a first request that still runs; it goes with its connection. Lock and stored
answer are asked for in one statement, whose snapshot may be older than the lock: an answer stored in between is found
when the second one is (`adapters.db.recording`), which then gives way.
"""

import hashlib
from typing import Any

from core.access.principal import Replay
from core.primitives.errors import DomainError, Kind, message

KEY_REUSED = message(
    "idempotency_key_reused",
    fr="Cette clé d'idempotence a déjà servi pour une autre requête.",
    en="This idempotency key was already used for another request.",
)
KEY_IN_USE = message(
    "idempotency_key_in_use",
    fr="Une première requête avec cette clé d'idempotence est encore en cours.",
    en="A first request with this idempotency key is still running.",
)

_RECALL = """
select pg_try_advisory_xact_lock($1) as locked, before.fingerprint, before.status, before.body, before.headers
from (select) as once left join idempotent_answer before
  on before.account_id = $2 and before.route = $3 and before.key = $4
  and before.created_at > now() - make_interval(secs => $5)
"""


class AnsweredBefore(Exception):
    """The request was answered before: the stored answer, to be given again."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body
        self.headers = headers


async def recall(connection: Any, replay: Replay) -> None:
    """Take the key's lock. Raises `AnsweredBefore` with the stored answer; `DomainError` of kind conflict where the
    key belongs to another body or its first request is running."""
    lock = int.from_bytes(
        hashlib.blake2b(f"{replay.account}\n{replay.route}\n{replay.key}".encode(), digest_size=8).digest(),
        "big",
        signed=True,
    )
    row = await connection.fetchrow(_RECALL, lock, replay.account, replay.route, replay.key, float(replay.lifetime))
    if not row["locked"]:
        raise DomainError(KEY_IN_USE, Kind.CONFLICT, retry_after=1)
    if row["fingerprint"] is None:
        return
    if row["fingerprint"] != replay.fingerprint:
        raise DomainError(KEY_REUSED, Kind.CONFLICT)
    raise AnsweredBefore(row["status"], row["body"], row["headers"])
