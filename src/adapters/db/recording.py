"""What a unit of work records beside its rows (audit entries, deliveries, the answer to an idempotent request),
written in one statement."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from core.access.principal import Replay

_AUDITED = """audited as (
    insert into audit_entry (id, action, method, path, object_type, object_id, ip_address, user_agent, status_code,
                             account_id, organisation_id, details)
    select id, action, method, path, object_type, object_id, ip_address, user_agent, status_code,
           account_id, organisation_id, details::jsonb
    from unnest({}::uuid[], {}::text[], {}::text[], {}::text[], {}::text[], {}::text[], {}::text[], {}::text[],
                {}::int[], {}::uuid[], {}::uuid[], {}::text[])
         as entry (id, action, method, path, object_type, object_id, ip_address, user_agent, status_code,
                   account_id, organisation_id, details)
)"""
_QUEUED = """queued as (
    insert into outbox (id, topic, subscriber, payload, available_at)
    select id, topic, subscriber, payload::jsonb, now() + wait
    from unnest({}::uuid[], {}::text[], {}::text[], {}::text[], {}::interval[])
         as delivery (id, topic, subscriber, payload, wait)
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


@cache
def _sql(audited: bool, queued: bool, closed: bool, answered: bool) -> str:
    parts = [
        part
        for part, wanted in ((_AUDITED, audited), (_QUEUED, queued), (_CLOSED, closed), (_ANSWERED, answered))
        if wanted
    ]
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
    arguments: list[Any] = [list(column) for rows in (audits, deliveries) if rows for column in zip(*rows, strict=True)]
    if closing is not None:
        arguments.append(closing)
    if replay is not None:
        body, headers = replay.encode(answer)
        arguments += [replay.account, replay.route, replay.key, replay.fingerprint, replay.status, body, headers]
        arguments.append(float(replay.lifetime))
    sql = _sql(bool(audits), bool(deliveries), closing is not None, replay is not None)
    was_open, stored = await connection.fetchrow(sql, *arguments)
    return was_open, stored
