"""`Idempotency-Key`: the answer is stored in the transaction of what it answers for, so that no crash can part them.

A transaction-level advisory lock tells a first request that still runs; it goes with its connection.
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
    if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", lock):
        raise DomainError(KEY_IN_USE, Kind.CONFLICT, retry_after=1)
    row = await connection.fetchrow(
        "select fingerprint, status, body, headers from idempotent_answer"
        " where account_id = $1 and route = $2 and key = $3 and created_at > now() - make_interval(secs => $4)",
        replay.account,
        replay.route,
        replay.key,
        float(replay.lifetime),
    )
    if row is None:
        return
    if row["fingerprint"] != replay.fingerprint:
        raise DomainError(KEY_REUSED, Kind.CONFLICT)
    raise AnsweredBefore(row["status"], row["body"], row["headers"])


async def remember(connection: Any, replay: Replay, answer: Any) -> None:
    """Store the answer of a use case that is about to commit."""
    body, headers = replay.encode(answer)
    await connection.execute(
        "insert into idempotent_answer (account_id, route, key, fingerprint, status, body, headers)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        " on conflict (account_id, route, key) do update set fingerprint = excluded.fingerprint,"
        " status = excluded.status, body = excluded.body, headers = excluded.headers, created_at = now()",
        replay.account,
        replay.route,
        replay.key,
        replay.fingerprint,
        replay.status,
        body,
        headers,
    )
