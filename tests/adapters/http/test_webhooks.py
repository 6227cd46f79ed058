"""Operators' callbacks at the door: hostile ones are answered like any other, and leave a line in the audit trail at
most; nothing else is written, and nothing fails."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.access.principal import SYSTEM
from core.payments.attempts import LOOK_AT_ATTEMPT
from core.payments.callbacks import KEPT_BYTES
from core.payments.gateway import compact_reference
from core.payments.service import PaymentOrder
from core.primitives.money import Money
from tests.cluster import TestCluster
from tests.hostile.bodies import DEEP_LIST, DEEP_OBJECT
from tests.hostile.wire import Answer, Pair, send
from tests.installation import Installed, installation, unique
from tests.matrices.footprint import row_counts

LIMIT = 1024 * 1024
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><a>&j;</a>"
)
BODIES = {
    "nothing": b"",
    "NUL": b"\0",
    "many NUL": bytes(1000),
    "invalid UTF-8": b'{"status": "\xff\xfe"}',
    "half an object": b'{"status": "SUCCESSFUL"',
    "null": b"null",
    "a list": b"[1, 2]",
    "deep lists": DEEP_LIST,
    "deep objects": DEEP_OBJECT,
    "never closed": b"[" * 100_000,
    "a number of 100,000 digits": b'{"status": ' + b"9" * 100_000 + b"}",
    "surrogates": rb'{"status": "SUCCESSFUL", "externalId": "\ud800"}',
    "escaped NUL": rb'{"status": "SUCCESSFUL", "externalId": "a\u0000b", "notif_token": "a\u0000b"}',
    "a long token": b'{"notif_token": "' + b"a" * 100_000 + b'"}',
    "values of other kinds": b'{"status": [], "externalId": {}, "notif_token": 7, "referenceId": null}',
    "entities of entities": ENTITIES,
    "a file of ours as entity": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a form": b"status=SUCCESSFUL&notif_token=a",
    "gzip": gzip.compress(b'{"status": "SUCCESSFUL"}', mtime=0),
    "SQL": b'{"status": "\'; drop table payment; --", "notif_token": "\' or 1=1 --"}',
}
HEADERS: dict[str, dict[str, str]] = {
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "many parts without a boundary": {"content-type": "multipart/form-data"},
    "many parts": {"content-type": "multipart/form-data; boundary=x"},
    "an unknown charset": {"content-type": "application/json; charset=x-none"},
    "no type at all": {"content-type": ""},
    "half a type": {"content-type": "/;;=,"},
    "a coding that is none": {"content-encoding": "gzip, br, x-none"},
    "a language of nobody": {"accept-language": "zz;q=nan,*;q=-1"},
    "signatures": {"x-signature": "t=,v1=,,t=é".encode().decode("latin-1"), "authorization": "Bearer  "},
    "a cookie": {"cookie": "access=x; csrftoken=; =;;"},
    "an idempotency key": {"idempotency-key": "x" * 300},
    "a condition": {"if-match": '"1"', "if-none-match": "*"},
    "an agent": {"user-agent": "a" * 4000},
}
REFERENCES = {
    "letters": "abc",
    "NUL": "%00",
    "invalid UTF-8": "%ff%fe",
    "a slash": "a%2Fb",
    "dots": "..%2f..%2fetc",
    "quotes": "%27%20or%201=1--",
    "a UUID in braces": "%7B7d1f2f5e-7c57-4b64-9c0a-5f1f7a6b0c11%7D",
    "a URN": "urn:uuid:7d1f2f5e-7c57-4b64-9c0a-5f1f7a6b0c11",
    "26 letters that are no base32": "18181818181818181818181818",
    "26 letters beyond 16 bytes": "77777777777777777777777777",
    "Arabic digits": "%D9%A1" * 36,
    "a surrogate": "%ED%A0%80",
    "long": "a" * 4000,
    "spaces": "%20%20",
    "a semicolon": "a;b=c?x=1&x=2",
}
GATEWAYS = ("mtn", "orange", "moov")
JSON = (b"content-type", b"application/json")


class Door:
    """An installation with the three gateways, whose operators nobody reaches, and a payment of each that waits."""

    def __init__(self, installed: Installed, owner: Any) -> None:
        self._app = installed.app
        self._area = installed.composition.payments
        self._works = installed.composition.works
        self._owner = owner
        self.attempts: dict[str, UUID] = {}

    async def begin(self) -> None:
        """Begin a payment with every gateway."""
        for gateway in GATEWAYS:
            order = PaymentOrder(
                account=None,
                order_type="test_order",
                order=gateway,
                amount=Money(Decimal(500), "XOF"),
                gateway=gateway,
                description="",
                payer="+2290197000003",
            )
            async with self._works.everywhere(SYSTEM) as work:
                payment = await self._area.payments.begin(work, order)
                await work.commit()
            self.attempts[gateway] = await self._owner.fetchval(
                "select id from payment_attempt where payment_id = $1", payment.id
            )

    async def knock(
        self,
        path: str,
        body: bytes = b"",
        *,
        method: str = "POST",
        headers: list[Pair] | None = None,
        query: bytes = b"",
    ) -> Answer:
        """Send a request as it stands. It is never answered with a fault of ours."""
        given = [(b"host", b"127.0.0.1"), (b"content-length", str(len(body)).encode())]
        answer = await send(
            self._app, method, path.encode(), query=query, headers=given + (headers or [JSON]), body=body
        )
        assert answer.status < 500, f"{method} {path}: {answer.status} {answer.body[:200]!r}"
        return answer

    async def kept(self, since: UUID | None = None) -> list[tuple[str, int]]:
        """What was made of the callbacks after one, and how often each came."""
        sql = "select verdict, times from payment_callback where $1::uuid is null or id > $1 order by id"
        return [tuple(row) for row in await self._owner.fetch(sql, since)]

    async def latest(self) -> UUID | None:
        """The latest callback's id."""
        found: UUID | None = await self._owner.fetchval("select id from payment_callback order by id desc limit 1")
        return found

    async def audited(self) -> int:
        """How many callbacks the audit trail has rejected."""
        sql = "select count(*) from audit_entry where action = 'REJECT' and object_type = 'PaymentCallback'"
        count: int = await self._owner.fetchval(sql)
        return count

    async def looks_asked(self, gateway: str) -> int:
        """How often a status read of the gateway's attempt was asked for."""
        sql = "select count(*) from outbox where subscriber = $1 and payload ->> 'attempt' = $2"
        count: int = await self._owner.fetchval(sql, LOOK_AT_ATTEMPT, str(self.attempts[gateway]))
        return count

    async def everything(self) -> dict[str, int]:
        """The rows of every table."""
        return await row_counts(self._owner)

    async def money(self) -> list[Any]:
        """Payments, attempts, refunds and books, as they stand."""
        return [
            await self._owner.fetch(f"select md5(t::text) from {table} t order by 1")
            for table in ("payment", "payment_attempt", "refund", "ledger_transaction", "ledger_entry")
        ]


@pytest.fixture(scope="module")
async def door(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The door. Whatever was sent to it, no payment is another than before."""
    urls = cluster.clone(unique("webhooks"))
    environ = {"SOCLE_OPERATORS_URL": "http://127.0.0.1:9"}
    owner = await asyncpg.connect(urls.owner)
    async with installation(urls, tmp_path_factory.mktemp("webhooks"), environ) as installed:
        door = Door(installed, owner)
        await door.begin()
        before = await door.money()
        yield door
        assert await door.money() == before
    await owner.close()


async def test_an_unknown_gateway_is_not_found_in_the_products_words(door: Door) -> None:
    before = await door.everything()
    nowhere = await door.knock("/nowhere/at/all/")
    for gateway in ("wave", "MTN", "mtn%20", "m%C3%A9", "..", "%00", "a" * 3000):
        for reference in (f"/{uuid4()}/", f"/{door.attempts['mtn']}", "/"):
            for method in ("POST", "PUT"):
                answer = await door.knock(f"/webhooks/{gateway}{reference}", b"{}", method=method)
                assert answer.status in (400, 404, 414)
    answer = await door.knock(f"/webhooks/wave/{uuid4()}/", b"{}")
    assert (answer.status, answer.body) == (404, nowhere.body)
    assert await door.everything() == before


async def test_an_unknown_reference_is_a_line_in_the_audit_trail_and_nothing_else(door: Door) -> None:
    before = await door.everything()
    body = b'{"status": "SUCCESSFUL", "notif_token": "a"}'
    key = uuid4()
    for times in (1, 2, 3):
        answer = await door.knock(f"/webhooks/mtn/{key}/", body)
        assert (answer.status, answer.body) == (200, b"")
        after = await door.everything()
        changed = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        assert changed == {"payment_callback": 1, "audit_entry": 1}, f"after {times}"
    assert (await door.kept())[-1] == ("unknown", 3)


async def test_another_gateways_reference_is_unknown(door: Door) -> None:
    for gateway, other in (("mtn", "orange"), ("orange", "moov"), ("moov", "mtn")):
        since = await door.latest()
        asked = await door.looks_asked(other)
        body = b'{"status": "SUCCESSFUL", "externalId": "%s"}' % str(door.attempts[other]).encode()
        for reference in (door.attempts[other], compact_reference(door.attempts[other])):
            assert (await door.knock(f"/webhooks/{gateway}/{reference}/", body)).status == 200
        assert (await door.knock(f"/webhooks/{gateway}/", body)).status == 200
        assert {verdict for verdict, _ in await door.kept(since)} == {"unknown"}
        assert await door.looks_asked(other) == asked


@pytest.mark.parametrize("gateway", GATEWAYS)
async def test_no_body_is_more_than_a_hint(door: Door, gateway: str) -> None:
    since = await door.latest()
    asked = await door.looks_asked(gateway)
    for name, body in BODIES.items():
        for method in ("POST", "PUT"):
            for reference in (f"{door.attempts[gateway]}/", compact_reference(door.attempts[gateway]), ""):
                answer = await door.knock(f"/webhooks/{gateway}/{reference}", body, method=method)
                assert (answer.status, answer.body) == (200, b""), name
    verdicts = [verdict for verdict, _ in await door.kept(since)]
    assert set(verdicts) <= {"hint", "forged", "unreadable", "unknown"}
    hints = verdicts.count("hint")
    assert await door.looks_asked(gateway) - asked == hints
    # nothing proves a callback of MTN's; the others' need a token, or do not exist
    assert (hints > 0) == (gateway == "mtn")


async def test_a_body_over_the_limit_is_refused_and_one_at_it_is_kept_in_part(door: Door) -> None:
    before = await door.everything()
    path = f"/webhooks/mtn/{door.attempts['mtn']}/"
    for method in ("POST", "PUT"):
        assert (await door.knock(path, b" " * (LIMIT + 1), method=method)).status == 413
    assert await door.everything() == before
    assert (await door.knock(path, b"x" * LIMIT)).status == 200
    size = "select octet_length(body) from payment_callback order by id desc limit 1"
    assert await door._owner.fetchval(size) == KEPT_BYTES


@pytest.mark.parametrize("gateway", GATEWAYS)
async def test_no_header_is_in_the_way(door: Door, gateway: str) -> None:
    body = b'{"status": "SUCCESSFUL", "notif_token": "a"}'
    path = f"/webhooks/{gateway}/{door.attempts[gateway]}/"
    for name, headers in HEADERS.items():
        given = [(key.encode(), value.encode("latin-1")) for key, value in headers.items()]
        answer = await door.knock(path, body, headers=given)
        assert (answer.status, answer.body) == (200, b""), name
    assert (await door.knock(path, body, headers=[JSON, JSON, (b"x-a", b"\xff\x80")])).status == 200
    assert (await door.knock(path, body, query=b"a=%00&a=%ff&b&=;")).status in (200, 400)


@pytest.mark.parametrize("name", REFERENCES)
async def test_a_reference_with_odd_characters_is_nobodys(door: Door, name: str) -> None:
    before = await door.everything()
    for method in ("POST", "PUT"):
        answer = await door.knock(f"/webhooks/orange/{REFERENCES[name]}/", b"{}", method=method)
        assert answer.status in (200, 400, 404, 414), answer.body
    after = await door.everything()
    changed = {table: after[table] - before[table] for table in after if after[table] != before[table]}
    assert changed in ({}, {"payment_callback": 1, "audit_entry": 1}, {"audit_entry": 1})


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH"])
async def test_other_methods_are_not_allowed(door: Door, method: str) -> None:
    for path in (f"/webhooks/mtn/{door.attempts['mtn']}/", "/webhooks/mtn/", "/webhooks/mtn"):
        answer = await door.knock(path, method=method, headers=[])
        assert answer.status == 405
        assert {each.strip() for each in answer.headers[b"allow"].split(b",")} >= {b"POST", b"PUT"}


async def test_the_same_callback_twenty_times_at_once_asks_once(door: Door) -> None:
    body = b'{"status": "SUCCESSFUL", "financialTransactionId": "42"}'
    since, asked = await door.latest(), await door.looks_asked("mtn")
    path = f"/webhooks/mtn/{door.attempts['mtn']}/"
    answers = await asyncio.gather(*(door.knock(path, body) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert await door.kept(since) == [("hint", 20)]
    assert await door.looks_asked("mtn") == asked + 1
