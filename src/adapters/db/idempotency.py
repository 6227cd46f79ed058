"""`Idempotency-Key`: the answer is stored in the transaction of what it answers for, so that no crash can part them.

A transaction-level advisory lock tells a first request that still runs; it goes with its connection. Lock and stored
answer are asked for in the message that begins the transaction, which returns a number of rows and nothing else: a
first request pays no round trip for its key. The lock's statement may have looked for the answer before it was stored:
one that was stored in between is found when the second one is (`adapters.db.recording`), which then gives way.
"""

import hashlib
from typing import Any, NoReturn

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

RECALL = "socle_recall"
PREPARE_RECALL = """
prepare socle_recall (bigint, uuid, text, text, float8) as
select from (select) as once
where not pg_try_advisory_xact_lock($1)
   or exists (select from idempotent_answer
              where account_id = $2 and route = $3 and key = $4 and created_at > now() - make_interval(secs => $5))
"""
NOTHING_STANDS_IN_THE_WAY = "SELECT 0"
"""The status of a message that ends with `recall_sql`: the key's lock is taken, and no answer is stored."""

_STORED = """
select fingerprint, status, body, headers from idempotent_answer
where account_id = $1 and route = $2 and key = $3 and created_at > now() - make_interval(secs => $4)
"""


class AnsweredBefore(Exception):
    """The request was answered before: the stored answer, to be given again."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        super().__init__("answered before")
        self.status = status
        self.body = body
        self.headers = headers


def recall_sql(replay: Replay) -> str:
    """What `PREPARE_RECALL` prepares, executed: it takes the key's lock and looks for a stored answer; it returns a
    row where the request must not run. Raises `ValueError` for a NUL, which no text of PostgreSQL holds."""
    identity = f"{replay.account}\n{replay.route}\n{replay.key}"
    lock = int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "big", signed=True)
    route, key = _literal(replay.route), _literal(replay.key)
    return f"execute {RECALL}({lock}, '{replay.account}', {route}, {key}, {float(replay.lifetime)})"


async def refuse(connection: Any, replay: Replay) -> NoReturn:
    """Say why the request must not run. Raises `AnsweredBefore` with the stored answer; `DomainError` of kind conflict
    where the key belongs to another body or its first request is running."""
    row = await connection.fetchrow(_STORED, replay.account, replay.route, replay.key, float(replay.lifetime))
    if row is None:
        raise DomainError(KEY_IN_USE, Kind.CONFLICT, retry_after=1)
    if row["fingerprint"] != replay.fingerprint:
        raise DomainError(KEY_REUSED, Kind.CONFLICT)
    raise AnsweredBefore(row["status"], row["body"], row["headers"])


def _literal(text: str) -> str:
    """Quote a text (PostgreSQL, "String Constants"; every connection has `standard_conforming_strings` on)."""
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return "'" + text.replace("'", "''") + "'"
