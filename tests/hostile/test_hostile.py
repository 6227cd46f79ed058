"""Hostile input against every operation of the route table: never a 500, every refusal in the dialect with a request
id, and nothing changed by what is refused."""

import json
import tomllib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from adapters.clock import SystemClock
from adapters.http.request import FORMS
from adapters.identity.tokens import JwtSigner
from core.accounts.ports import Claims, TokenKind
from core.primitives.ids import new_id
from tests.cluster import DatabaseUrls, TestCluster
from tests.hostile.bodies import (
    FREE_VALUES,
    NUMERIC_TEXTS,
    TOKENS,
    VALUES,
    Case,
    raw_bodies,
    with_duplicate_key,
    with_ignored_field,
)
from tests.hostile.heads import (
    BAD_COOKIES,
    BAD_IDEMPOTENCY_KEYS,
    BAD_MEDIA,
    HEADERS,
    METHODS,
    PAGES_MISSING,
    QUERIES,
    Pair,
    bad_tokens,
    keys,
)
from tests.hostile.wire import Answer, send
from tests.installation import PASSWORD, Company, Installed, installation, unique
from tests.matrices.footprint import last_write, note_writes, written_since
from tests.matrices.route_table import Operation, route_table
from tests.matrices.samples import Sample, sample

TABLE = route_table()
PERMISSIONS = tomllib.loads((Path(__file__).parents[1] / "matrices" / "permissions.toml").read_text(encoding="utf-8"))
WITH_BODY = [operation for operation in TABLE if operation.body is not None]
KEYED = [operation for operation in TABLE if operation.keyed]
LISTS = [operation for operation in TABLE if operation.name.startswith("list_")]
CREATES = [operation for operation in TABLE if operation.creates]
OPEN = frozenset(
    name for name, row in PERMISSIONS["development"].items() if row[PERMISSIONS["columns"].index("anonymous")] < 401
)
"""Open to all in development: a bad token does not close them."""
KEEPS_FAILURES = frozenset({"sign_in", "change_password", "replace_password", "disable_second_factor"})
"""Refusals that the audit trail keeps."""
KEPT = frozenset({"audit_entry", "row_tally"})
"""What is written then: the kept count of audit entries grows with them."""
NUMBERS = frozenset({"prix", "quantite", "taille", "prix_unitaire"})
MARK = "@@hostile@@"


def by_name(operation: Operation) -> str:
    """The test id of an operation."""
    return operation.name


class Target:
    """An operation with a request that it accepts, and its caller: the owner of a company."""

    def __init__(self, installed: Installed, owner: Any, operation: Operation, company: Company) -> None:
        self.installed = installed
        self.owner = owner
        self.operation = operation
        self.company = company
        self.sample = Sample()
        self.access = "" if operation.name == "sign_out" else company.owner.token or ""
        self._last: int | None = None

    @property
    def body(self) -> bytes:
        """The accepted body."""
        return b"" if self.sample.body is None else json.dumps(self.sample.body).encode()

    def headers(self, body: bytes) -> list[Pair]:
        """The headers of an accepted request."""
        found = [(b"host", b"testserver")]
        if self.access:
            found.append((b"authorization", b"Bearer " + self.access.encode()))
        if body:
            found += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        return found

    async def ask(
        self,
        label: str,
        *,
        body: bytes | None = None,
        key: bytes | None = None,
        query: bytes = b"",
        headers: list[Pair] | None = None,
        method: str | None = None,
    ) -> Answer:
        """Send the accepted request with something hostile in it, and check what every answer must be."""
        data = self.body if body is None else body
        path = self.operation.at("\0").encode().replace(b"\0", self.sample.key.encode() if key is None else key)
        # since a refusal that wrote nothing the last write is the same
        before = await last_write(self.owner) if self._last is None else self._last
        self._last = None
        answer = await send(
            self.installed.app,
            self.operation.method if method is None else method,
            path,
            query=query,
            headers=self.headers(data) if headers is None else headers,
            body=data,
        )
        where = f"{self.operation.name} [{label}]: {answer.status} {answer.body[:300]!r}"
        assert answer.status < 500 or answer.status == 501, where
        assert answer.headers.get(b"x-request-id"), where
        in_dialect(answer, where, silent=method == "HEAD")
        if answer.status >= 400 or self.operation.method == "GET":
            await self._unchanged(before, where)
        return answer

    async def _unchanged(self, before: int, where: str) -> None:
        allowed = KEPT if self.operation.name in KEEPS_FAILURES else frozenset()
        written = await written_since(self.owner, before)
        assert written <= allowed, where
        if not written:
            self._last = before

    async def refused(self, label: str, **hostile: Any) -> Answer:
        """Send it, and assert that it is refused."""
        answer = await self.ask(label, **hostile)
        assert answer.status >= 400, f"{self.operation.name} [{label}]: accepted with {answer.status}"
        return answer


def in_dialect(answer: Answer, where: str, *, silent: bool) -> None:
    """Assert that an answer is written as ekigega's dialect says (DECISIONS.md section 0)."""
    if silent or answer.status in (204, 304):
        assert answer.body == b"", where
        return
    if answer.status < 400:
        return
    assert answer.headers[b"content-type"] == b"application/json", where
    written = answer.json()
    assert isinstance(written, dict), where
    assert written, where
    if answer.status != 400:
        assert isinstance(written["detail"], str), where
        assert isinstance(written["code"], str), where
        return
    for problems in written.values():
        assert isinstance(problems, list | dict), where
        assert problems, where


@pytest.fixture(scope="module")
def urls(cluster: TestCluster) -> DatabaseUrls:
    """A database of these tests' own, which notes what is written."""
    return cluster.clone(unique("hostile"))


@pytest.fixture(scope="module")
async def owner_connection(urls: DatabaseUrls) -> AsyncIterator[Any]:
    """A connection that sees all rows."""
    connection = await asyncpg.connect(urls.owner)
    await note_writes(connection)
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def installed(urls: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installed]:
    """An installation of these tests' own."""
    async with installation(urls, tmp_path_factory.mktemp("hostile")) as running:
        yield running


@pytest.fixture
async def target(operation: Operation, installed: Installed, owner_connection: Any) -> Target:
    """A company of this test's own, and the operation on it."""
    company = await installed.company()
    found = Target(installed, owner_connection, operation, company)
    found.sample = await sample(operation, company)
    return found


@pytest.mark.parametrize("operation", WITH_BODY, ids=by_name)
async def test_bodies(target: Target) -> None:
    for case in raw_bodies(target.body):
        if case.name in ("truncated-in-half", "truncated") and target.body == b"{}":
            continue
        answer = await target.refused(case.name, body=case.data)
        assert answer.status in (400, 401, 429), case.name
    for case in TOKENS:
        await target.refused(f"ignored {case.name}", body=with_ignored_field(target.body, case.data))
    await target.refused("too large", body=with_ignored_field(target.body, b'"' + b"a" * 2_000_000 + b'"'))
    for case in [*VALUES, *FREE_VALUES]:
        await target.ask(f"ignored {case.name}", body=with_ignored_field(target.body, case.data))
    await target.ask("duplicate key", body=with_duplicate_key(target.body))
    await target.ask("empty", body=b"")


@pytest.mark.parametrize("operation", [operation for operation in TABLE if operation.body is None], ids=by_name)
async def test_bodies_that_nobody_reads(target: Target) -> None:
    for case in raw_bodies(b'{"a": 1}'):
        await target.ask(case.name, body=case.data)


def _paths(body: Any, prefix: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every field of a body struct, those of listed structs included."""
    for field in msgspec.structs.fields(body):
        here = (*prefix, field.encode_name)
        yield here
        for member in _structs(field.type):
            yield from _paths(member, (*here, 0))


def _structs(kind: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    return [found for argument in getattr(kind, "__args__", ()) for found in _structs(argument)]


def with_value(valid: Any, path: tuple[Any, ...], value: bytes) -> bytes:
    """A valid body with these bytes in the place of one field's value."""
    copy = json.loads(json.dumps(valid or {}))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = MARK
    return json.dumps(copy).encode().replace(f'"{MARK}"'.encode(), value)


@pytest.mark.parametrize("operation", WITH_BODY, ids=by_name)
async def test_values_of_every_field(target: Target) -> None:
    for path in _paths(target.operation.body):
        listed: list[Case] = [*TOKENS, *VALUES]
        if path[-1] in NUMBERS:
            listed += NUMERIC_TEXTS
        for case in listed:
            await target.refused(f"{path} {case.name}", body=with_value(target.sample.body, path, case.data))
        for case in FREE_VALUES:
            await target.ask(f"{path} {case.name}", body=with_value(target.sample.body, path, case.data))


@pytest.mark.parametrize("operation", KEYED, ids=by_name)
async def test_ids(target: Target) -> None:
    for case in keys(target.sample.key):
        answer = await target.refused(case.name, key=case.data)
        # dots end the path's last segment: what is left may be a list, which has other methods
        assert answer.status in (400, 404, 405, 414), case.name


@pytest.mark.parametrize("operation", TABLE, ids=by_name)
async def test_queries(target: Target) -> None:
    for number, query in enumerate([*PAGES_MISSING, *QUERIES]):
        answer = await target.ask(f"query {query[:60]!r}", query=query)
        if target.operation in LISTS and number < len(PAGES_MISSING):
            assert answer.status == 404, query


@pytest.mark.parametrize("operation", TABLE, ids=by_name)
async def test_headers(target: Target) -> None:
    for case in HEADERS:
        kept = [pair for pair in target.headers(target.body) if pair[0] not in case.without]
        await target.ask(case.name, headers=[*kept, *case.pairs])


@pytest.mark.parametrize("operation", WITH_BODY, ids=by_name)
async def test_content_types(target: Target) -> None:
    body = target.body if len(target.body) > 2 else b'{"a": 1}'
    for case in BAD_MEDIA:
        if target.operation.form and case.data.partition(b";")[0].decode("latin-1").strip().lower() in FORMS:
            continue
        headers = [pair for pair in target.headers(body) if pair[0] != b"content-type"]
        answer = await target.refused(case.name, body=body, headers=[*headers, (b"content-type", case.data)])
        assert answer.status == 415, case.name
    missing = [pair for pair in target.headers(body) if pair[0] != b"content-type"]
    assert (await target.refused("none", body=body, headers=missing)).status == 415


@pytest.mark.parametrize("operation", CREATES, ids=by_name)
async def test_idempotency_keys(target: Target) -> None:
    for case in BAD_IDEMPOTENCY_KEYS:
        headers = [*target.headers(target.body), (b"idempotency-key", case.data)]
        assert (await target.refused(case.name, headers=headers)).status == 400


async def _tokens(target: Target) -> list[Case]:
    signer: Any = target.installed.composition.access._tokens
    member: Any = await target.company.join("LECTURE")
    opened = await target.installed.api().post("/api/auth/login/", json={"email": member.email, "password": PASSWORD})
    good = signer.read(opened.json()["access"], TokenKind.ACCESS)
    now = datetime.now(UTC)
    past = msgspec.structs.replace(good, issued_at=now - timedelta(hours=2), expires_at=now - timedelta(hours=1))
    foreign = JwtSigner(b"another key of thirty-two bytes and more", SystemClock())
    stranger = Claims(
        kind=TokenKind.ACCESS,
        subject=new_id(),
        session=new_id(),
        id=new_id(),
        issued_at=now,
        expires_at=now + timedelta(hours=1),
    )
    return [
        *bad_tokens(opened.json()["access"], opened.json()["refresh"], signer.issue(past), foreign.issue(good)),
        Case("no-such-session", b"Bearer " + signer.issue(stranger).encode()),
    ]


@pytest.mark.parametrize("operation", TABLE, ids=by_name)
async def test_authorization(target: Target) -> None:
    bare = [pair for pair in target.headers(target.body) if pair[0] != b"authorization"]
    for case in await _tokens(target):
        answer = await target.ask(case.name, headers=[*bare, (b"authorization", case.data)])
        if target.operation.name not in OPEN:
            assert answer.status in (401, 431), f"{case.name}: {answer.status}"
    for case in BAD_COOKIES:
        answer = await target.ask(case.name, headers=[*bare, (b"cookie", case.data)])
        if target.operation.name not in OPEN:
            assert answer.status == 401, f"{case.name}: {answer.status}"


@pytest.mark.parametrize("operation", TABLE, ids=by_name)
async def test_methods(target: Target) -> None:
    served = {each.method for each in TABLE if each.path == target.operation.path}
    before = await last_write(target.owner)
    for method in METHODS:
        answer = await target.ask(f"method {method[:20]!r}", method=method)
        allowed = (method == "OPTIONS") or (method == "HEAD" and "GET" in served)
        if allowed:
            assert answer.status < 400, f"{method}: {answer.status}"
        else:
            assert answer.status in (400, 404, 405, 501), f"{method}: {answer.status}"
            assert answer.status != 405 or served <= set(answer.headers[b"allow"].decode().split(", "))
    assert not await written_since(target.owner, before)


async def test_a_superuser_cannot_be_confused_by_its_organisation(installed: Installed) -> None:
    root = await installed.superuser()
    for hostile in ("", "*", "1", "%00", "\u00ff", "a" * 5000, "{01935d0e-0000-7000-8000-000000000001}"):
        headers = [
            (b"host", b"testserver"),
            (b"authorization", f"Bearer {root.token}".encode()),
            (b"x-organisation", hostile.encode("latin-1")),
        ]
        answer = await send(installed.app, "GET", b"/api/produits/", headers=headers)
        assert answer.status == 404, hostile
    assert (await root.get("/api/produits/", headers={"x-organisation": str(new_id())})).status_code == 404
