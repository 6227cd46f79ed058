"""The portal under parallel requests to two web processes: what is unique stays so, no permission is tied that is not
there, and a change of permissions takes effect on every process within a second."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import unique
from tests.portal import Portal, portal_on
from tests.server import serving

PROMISED_SECONDS = 1
AT_ONCE = 12
ROUNDS = 15
KEY = "une-clef-partagee-par-les-deux-processus"


class PortalPair:
    """Two web processes that serve one portal, and the administrator's clients of them."""

    def __init__(self, portal: Portal, addresses: tuple[str, str]) -> None:
        self.portal = portal
        self.addresses = addresses
        self.admins = [self.client(each, portal.admin.client.token) for each in addresses]

    def client(self, address: str, token: str | None) -> httpx.AsyncClient:
        """A client of one process."""
        return httpx.AsyncClient(base_url=address, headers={"authorization": f"Bearer {token}"}, timeout=60)

    def admin(self, number: int) -> httpx.AsyncClient:
        """The administrator's client; processes take turns."""
        return self.admins[number % 2]

    async def permission(self) -> int:
        """A new permission."""
        made = await self.admin(0).post("/api/permissions", json={"nom": unique("PERM")})
        assert made.status_code == 201, made.text
        key: int = made.json()["data"]["permission_id"]
        return key


@pytest.fixture(scope="module")
def addresses(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DatabaseUrls, tuple[str, str]]]:
    """Two servers of one web process each, with one key and one database."""
    urls = cluster.clone(unique("portals"))
    environment = {"SOCLE_SECRET_KEY": KEY, "SOCLE_EDITION": "driven"}
    first, second = tmp_path_factory.mktemp("portals"), tmp_path_factory.mktemp("portals")
    with serving(first, urls, **environment) as one, serving(second, urls, **environment) as other:
        yield urls, (one.base_url, other.base_url)


@pytest.fixture(scope="module")
async def portals(
    addresses: tuple[DatabaseUrls, tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PortalPair]:
    """The two processes, and a portal in this one to make people with."""
    urls, bases = addresses
    home = tmp_path_factory.mktemp("portal")
    async with portal_on(urls, home, environ={"SOCLE_SECRET_KEY": KEY}) as portal:
        pair = PortalPair(portal, bases)
        yield pair
        for client in pair.admins:
            await client.aclose()


async def count(portals: PortalPair, sql: str, *arguments: Any) -> int:
    """Count rows, as the owner sees them."""
    counted: int = await portals.portal.owner.fetchval(sql, *arguments)
    return counted


async def test_one_role_of_a_name(portals: PortalPair) -> None:
    app = await count(portals, "select app_id from driven_application where protege")
    for _ in range(ROUNDS):
        body = {"nom": unique("Rôle"), "app_id": app}
        answers = await asyncio.gather(*(portals.admin(n).post("/api/roles", json=body) for n in range(AT_ONCE)))
        assert sorted(each.status_code for each in answers) == [201] + [409] * (AT_ONCE - 1)
        assert await count(portals, "select count(*) from driven_role where nom = $1", body["nom"]) == 1


@pytest.mark.parametrize("of", ["role", "fonction"])
async def test_no_permission_is_tied_that_is_not_there(portals: PortalPair, of: str) -> None:
    owner = portals.portal.owner
    table = "driven_role_permission" if of == "role" else "driven_fonction_permission"
    tied = f"select count(*) from {table} where permission_id = $1"
    left = "select count(*) from driven_permission where permission_id = $1"
    outcomes = set()
    for turn in range(ROUNDS):
        permission = await portals.permission()
        if of == "role":
            paths = [f"/api/roles/{await portals.portal.role()}/permissions" for _ in range(AT_ONCE)]
        else:
            paths = [f"/api/fonctions_api/{await portals.portal.tie(unique('f'))}/permissions" for _ in range(AT_ONCE)]
        asked: list[Any] = [
            portals.admin(number).post(path, json={"permission_ids": [permission]}) for number, path in enumerate(paths)
        ]
        # somewhere among them, on the other process or the same
        place = turn % AT_ONCE
        asked.insert(place, portals.admin(turn).delete(f"/api/permissions/{permission}"))
        answers = [answer.status_code for answer in await asyncio.gather(*asked)]
        deleted = answers.pop(place)
        outcomes.add(deleted)
        if deleted == 200:
            assert set(answers) == {404}, "tied to what is gone"
        else:
            assert (deleted, set(answers) <= {200, 404}) == (409, True)
            assert answers.count(200) == AT_ONCE
        assert await owner.fetchval(tied, permission) == answers.count(200)
        assert await owner.fetchval(left, permission) == (deleted == 409)
    assert outcomes <= {200, 409}


async def test_a_function_is_not_deleted_under_a_permission(portals: PortalPair) -> None:
    permission = await portals.permission()
    for turn in range(ROUNDS):
        key = await portals.portal.tie(unique("fonction"))
        path = f"/api/fonctions_api/{key}"
        assign = portals.admin(turn).post(f"{path}/permissions/{permission}")
        delete = portals.admin(turn + 1).delete(path)
        pair = (assign, delete) if turn % 4 < 2 else (delete, assign)
        answers = [each.status_code for each in await asyncio.gather(*pair)]
        assigned, deleted = answers if turn % 4 < 2 else reversed(answers)
        assert (assigned, deleted) in {(200, 409), (404, 200)}
        left = await count(portals, "select count(*) from driven_fonction_api where fonction_id = $1", key)
        assert left == (deleted == 409)


class Held(NamedTuple):
    """A transaction that is under way, and the request that waits for it."""

    answer: Any
    waited: bool


async def _meanwhile(portals: PortalPair, statement: str, arguments: tuple[Any, ...], request: Any) -> Held:
    """Run a statement in a transaction that stays open until the request waits for its locks."""
    owner = portals.portal.owner
    async with owner.transaction():
        await owner.execute(statement, *arguments)
        asked = asyncio.create_task(request)
        waits = "select exists (select from pg_locks where not granted and transactionid = pg_current_xact_id()::xid)"
        deadline = time.monotonic() + 10
        waited = False
        while not waited and not asked.done() and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            waited = await owner.fetchval(waits)
    return Held(await asked, waited)


async def test_a_deletion_counts_what_was_tied_while_it_waited(portals: PortalPair) -> None:
    portal = portals.portal
    role, fonction, permission = await portal.role(), await portal.tie(unique("f")), await portals.permission()
    person = await portal.person()
    held = await _meanwhile(
        portals,
        "insert into driven_utilisateur_role (id_utilisateur, role_id, app_id)"
        " select $1, role_id, app_id from driven_role where role_id = $2",
        (person.id, role),
        portals.admin(0).delete(f"/api/roles/{role}"),
    )
    assert (held.waited, held.answer.status_code) == (True, 409)
    assert "1 utilisateur(s)" in held.answer.json()["message"]["fr"]
    held = await _meanwhile(
        portals,
        "insert into driven_role_permission (role_id, permission_id) values ($1, $2)",
        (role, permission),
        portals.admin(0).delete(f"/api/permissions/{permission}"),
    )
    assert (held.waited, held.answer.status_code) == (True, 409)
    assert "1 rôle(s)" in held.answer.json()["message"]["fr"]
    held = await _meanwhile(
        portals,
        "insert into driven_fonction_permission (fonction_id, permission_id) values ($1, $2)",
        (fonction, permission),
        portals.admin(0).delete(f"/api/fonctions_api/{fonction}"),
    )
    assert (held.waited, held.answer.status_code) == (True, 409)
    assert "1 permission(s)" in held.answer.json()["message"]["fr"]
    tied = "select count(*) from driven_fonction_permission where fonction_id = $1"
    assert await count(portals, tied, fonction) == 1


class Seen(NamedTuple):
    """An answer: when its request began by the monotonic clock, and its status."""

    began: float
    status: int


async def _watch(client: httpx.AsyncClient, path: str, until: asyncio.Event) -> list[Seen]:
    """Ask without a pause until told to stop, and once more."""
    seen = []
    while True:
        last = until.is_set()
        began = time.monotonic()
        seen.append(Seen(began, (await client.get(path)).status_code))
        if last:
            return seen
        await asyncio.sleep(0.02)


async def _takes_effect(portals: PortalPair, token: str | None, path: str, change: Any, to: tuple[int, int]) -> None:
    """Assert that both processes answer the first status before a change, and within a second only the other."""
    before, after = to
    clients = [portals.client(address, token) for address in portals.addresses]
    stop = asyncio.Event()
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            watched = [group.create_task(_watch(client, path, stop)) for client in clients]
            # longer than rights are remembered: both processes have read them, and read them again
            await asyncio.sleep(0.8)
            sent = time.monotonic()
            changed = await change()
            answered = time.monotonic()
            assert changed.status_code in (200, 201), changed.text
            await asyncio.sleep(PROMISED_SECONDS + 0.3)
            stop.set()
    finally:
        for client in clients:
            await client.aclose()
    for each in watched:
        seen = each.result()
        assert {one.status for one in seen if one.began < sent - 0.2} == {before}
        late = {one.status for one in seen if one.began > answered + PROMISED_SECONDS}
        assert late == {after}


async def test_changes_of_permissions_take_effect_within_a_second(portals: PortalPair) -> None:
    portal = portals.portal
    admin = portals.admin(0)
    permission = await portals.permission()
    ids = {"permission_ids": [permission]}
    person = await portal.person("CREATE")
    token = person.client.token
    role = await count(portals, "select role_id from driven_utilisateur_role where id_utilisateur = $1", person.id)
    fonction = await portal.tie("get_permissions")
    function_path, role_path = f"/api/fonctions_api/{fonction}/permissions", f"/api/roles/{role}/permissions"
    steps = [
        (lambda: admin.post(function_path, json=ids), (200, 403)),
        (lambda: admin.post(role_path, json=ids), (403, 200)),
        (lambda: admin.request("DELETE", role_path, json=ids), (200, 403)),
        (lambda: admin.request("DELETE", function_path, json=ids), (403, 200)),
    ]
    for change, to in steps:
        await _takes_effect(portals, token, "/api/permissions", change, to)
