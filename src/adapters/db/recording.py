"""What a unit of work records beside its rows (audit entries, deliveries, the answer to an idempotent request),
written in one statement."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from core.access.principal import Replay

_AUDIT = {
    "id": "uuid",
    "action": "text",
    "method": "text",
    "path": "text",
    "object_type": "text",
    "object_id": "text",
    "ip_address": "text",
    "user_agent": "text",
    "status_code": "int",
    "account_id": "uuid",
    "organisation_id": "uuid",
    "details": "text",
}
_AUDITED = """audited as (
    insert into audit_entry (id, action, method, path, object_type, object_id, ip_address, user_agent, status_code,
                             account_id, organisation_id, details)
    select id, action, method, path, object_type, object_id, ip_address, user_agent, status_code,
           account_id, organisation_id, details::jsonb
    from {rows}
)"""
_DELIVERY = {"id": "uuid", "topic": "text", "subscriber": "text", "payload": "text", "wait": "interval"}
_QUEUED = """queued as (
    insert into outbox (id, topic, subscriber, payload, available_at)
    select id, topic, subscriber, payload::jsonb, now() + wait
    from {rows}
)"""
_CLOSED = """closed as (
    update outbox set done_at = now(), payload = '{{}}' where id = {} and done_at is null returning id
)"""
_ANSWERED = """answered as (
    insert into idempotent_answer as before (account_id, route, key, fingerprint, status, body, headers)
    values ({}, {}, {}, {}, {}, {}, {})
    on conflict (account_id, route, key) do update
    set fingerprint = excluded.fingerprint, status = excluded.status, body = excluded.body,
        headers = excluded.headers, created_at = now()
    where before.created_at <= now() - make_interval(secs => {})
    returning key
)"""


def _rows(columns: Mapping[str, str], many: bool) -> str:
    """Where the rows of an insert come from, with a place for each column: arrays for many, and for one row (most use
    cases record one) its values, which cost driver and server half as much."""
    if many:
        return f"unnest({', '.join(f'{{}}::{kind}[]' for kind in columns.values())}) as given ({', '.join(columns)})"
    return f"(select {', '.join(f'{{}}::{kind} as {name}' for name, kind in columns.items())}) as given"


@cache
def _sql(audited: int, queued: int, closed: bool, answered: bool) -> str:
    """The statement; `audited` and `queued` are 0, 1, or 2 for more than one row."""
    parts = []
    if audited:
        parts.append(_AUDITED.replace("{rows}", _rows(_AUDIT, audited > 1)))
    if queued:
        parts.append(_QUEUED.replace("{rows}", _rows(_DELIVERY, queued > 1)))
    if closed:
        parts.append(_CLOSED)
    if answered:
        parts.append(_ANSWERED)
    found = "exists (select from closed)" if closed else "true", "exists (select from answered)" if answered else "true"
    template = f"with {', '.join(parts)} select {', '.join(found)}"
    return template.format(*[f"${number}" for number in range(1, 26)])


async def record(
    connection: Any,
    audits: Sequence[tuple[Any, ...]],
    deliveries: Sequence[tuple[Any, ...]],
    closing: UUID | None,
    replay: Replay | None,
    answer: Any,
) -> tuple[bool, bool]:
    """Write audit entries, deliveries and the answer of `replay`, and close the delivery `closing`.

    Returns whether that delivery was open, and whether no answer stood under the key yet: one that was stored after
    this transaction looked for it stays (`adapters.db.idempotency`).
    """
    arguments: list[Any] = []
    for rows in (audits, deliveries):
        arguments += rows[0] if len(rows) == 1 else [list(column) for column in zip(*rows, strict=True)]
    if closing is not None:
        arguments.append(closing)
    if replay is not None:
        body, headers = replay.encode(answer)
        arguments += [replay.account, replay.route, replay.key, replay.fingerprint, replay.status, body, headers]
        arguments.append(float(replay.lifetime))
    sql = _sql(min(len(audits), 2), min(len(deliveries), 2), closing is not None, replay is not None)
    was_open, stored = await connection.fetchrow(sql, *arguments)
    return was_open, stored
