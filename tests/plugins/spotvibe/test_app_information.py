"""What the application tells of itself: facts, figures, search, health (contracts/spotvibe.md sections 3.1 to 3.3)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.queue.probe import answers
from core.vitals import Reach
from plugins.spotvibe import closure
from plugins.spotvibe.core.health_service import HealthCheck
from plugins.spotvibe.core.search_store import _USERS
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import box_office_on
from tests.plugins.spotvibe.happenings import approved, made
from tests.scene import Scene, scene_on

SEARCH = "/api/core/search/"


@pytest.fixture(scope="module")
async def fresh(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A scene of its own, for figures of the whole."""
    urls = cluster.clone(unique("figures").replace("-", "_"))
    async with scene_on(urls, tmp_path_factory.mktemp("figures")) as scene:
        yield scene


async def found(scene: Scene, client: Any = None, **query: Any) -> list[int]:
    """The ids of the users that a search finds."""
    answer = await (client or scene.api()).get(SEARCH, params=query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["users"]]


async def test_facts_are_those_of_the_document(scene: Scene) -> None:
    assert (await scene.api().get("/api/core/info/")).json() == {
        "app_name": "SpotVibe",
        "version": "1.0.0",
        "description": "Plateforme de gestion d'événements et de billetterie.",
        "contact_email": "contact@spotvibe.com",
    }


async def test_facts_are_the_installations(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    urls = cluster.clone(unique("facts").replace("-", "_"))
    settings = {"spotvibe_core": {"app_name": "Cotonou Live", "version": "2.1.0", "contact_email": "aide@live.bj"}}
    async with scene_on(urls, tmp_path_factory.mktemp("facts"), settings=settings) as scene:
        shown = (await scene.api().get("/api/core/info/")).json()
    assert (shown["app_name"], shown["version"], shown["contact_email"]) == ("Cotonou Live", "2.1.0", "aide@live.bj")


async def test_figures_count_users_and_show_revenue_to_staff_alone(fresh: Scene) -> None:
    staff, member = await fresh.person(staff=True), await fresh.person()
    await fresh.person(profile=False)
    shown = (await fresh.api().get("/api/core/stats/")).json()
    assert shown == {"total_users": 2, "total_events": 0, "active_subscriptions": 0, "total_revenue": None}
    assert (await member.client.get("/api/core/stats/")).json()["total_revenue"] is None
    assert (await staff.client.get("/api/core/stats/")).json()["total_revenue"] == 0


async def test_figures_are_counted_once_in_a_minute(fresh: Scene) -> None:
    before = (await fresh.api().get("/api/core/stats/")).json()
    await fresh.person()
    assert (await fresh.api().get("/api/core/stats/")).json() == before


async def test_users_are_found_by_username_and_names_in_either_order(scene: Scene) -> None:
    last = unique("Kpossou")
    person = await scene.person(first_name="Élodie", last_name=last)
    for text in (last, last.upper(), f"elodie {last}", f"{last} ÉLODIE", person.username[2:]):
        assert await found(scene, q=text) == [person.id], text
    assert await found(scene, q=f"{last}x") == []


@pytest.mark.parametrize("text", ["%", "_", "\\", "％"])
async def test_signs_of_patterns_are_text(scene: Scene, text: str) -> None:
    name = unique(f"a{text}b")
    person = await scene.person(last_name=name)
    assert await found(scene, q=name) == [person.id]
    assert await found(scene, q=name.replace(text, "axb")) == []


async def test_only_active_users_are_found(scene: Scene) -> None:
    name = unique("Invisible")
    person = await scene.person(last_name=name)
    await scene.person(last_name=name, profile=False)
    assert await found(scene, q=name) == [person.id]
    await scene.owner.execute("update account set is_active = false where number = $1", person.id)
    assert await found(scene, q=name) == []


async def test_an_address_is_null_but_to_staff_and_oneself(scene: Scene) -> None:
    name = unique("Privée")
    person, other, staff = await scene.person(last_name=name), await scene.person(), await scene.person(staff=True)
    emails = [
        (await client.get(SEARCH, params={"q": name})).json()["users"][0]["email"]
        for client in (scene.api(), other.client, person.client, staff.client)
    ]
    assert emails == [None, None, person.email, person.email]
    assert await found(scene, staff.client, q=person.email) == []


async def test_a_search_is_narrowed_by_type_and_limited(scene: Scene) -> None:
    name = unique("Beaucoup")
    people = [await scene.person(last_name=name) for _ in range(3)]
    assert await found(scene, q=name, type="users") == [each.id for each in people]
    assert await found(scene, q=name, limit=2) == [each.id for each in people[:2]]
    assert await found(scene, q=name, limit="beaucoup") == [each.id for each in people]
    narrowed = await scene.api().get(SEARCH, params={"q": name, "type": "events"})
    assert narrowed.json() == {"users": [], "events": []}


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "  "}, {"type": "users"}])
async def test_nothing_asked_is_nothing_found(scene: Scene, query: dict[str, str]) -> None:
    answer = await scene.api().get(SEARCH, params=query)
    assert (answer.status_code, answer.json()) == (200, {"users": [], "events": []})


async def test_every_wrong_parameter_is_named(scene: Scene) -> None:
    refused = await scene.api().get(SEARCH, params={"q": "n" * 201, "type": "comments"})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"q", "type"})
    assert (await scene.api().get(SEARCH, params={"q": "a\0b"})).status_code == 400


async def test_a_search_for_users_is_an_index_scan(fresh: Scene) -> None:
    owner = fresh.owner
    await owner.execute(
        "insert into account (id, email, username, first_name, last_name)"
        " select gen_random_uuid(), 'masse' || n || '@example.com', 'masse' || n, md5(n::text), md5((n * 7)::text)"
        " from generate_series(1, 20000) n"
    )
    await owner.execute(
        "insert into spotvibe_profile (user_id) select number from account where username like 'masse%'"
    )
    person = await fresh.person(last_name="Quenum")
    # vacuum: what waits to be merged into the index is read whole by every search
    await owner.execute("vacuum analyze account")
    await owner.execute("vacuum analyze spotvibe_profile")
    arguments = _USERS.arguments({"search": "quenum", "size": 20, "viewer": 0, "staff": False})
    plan = "\n".join(record[0] for record in await owner.fetch(f"explain {_USERS.sql}", *arguments))
    assert "ix_account_search_text" in plan, plan
    assert await found(fresh, q="quenum") == [person.id]


async def test_health_tells_of_real_servers(scene: Scene) -> None:
    answer = await scene.api().get("/api/core/health/")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {
        "status": "OK",
        "database": "connected",
        "redis": "not_configured",
        "queue": "connected",
    }


async def test_health_is_500_when_the_database_is_down(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    urls = cluster.clone(unique("down").replace("-", "_"))
    async with scene_on(urls, tmp_path_factory.mktemp("down")) as scene:
        name = await scene.owner.fetchval("select current_database()")
        person = await scene.person()
        administrator = await asyncpg.connect(cluster.cluster.url("postgres", "postgres"))
        try:
            await administrator.execute(f'alter database "{name}" with allow_connections false')
            await administrator.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
            )
            for client in (scene.api(), person.client):
                answer = await client.get("/api/core/health/")
                assert answer.status_code == 500, answer.text
                down = answer.json()
                assert (down["status"], down["database"], down["queue"]) == ("ERROR", "unreachable", "unreachable")
                assert set(down) >= {"error", "code"}
        finally:
            await administrator.execute(f'alter database "{name}" with allow_connections true')
            await administrator.close()


class Sick:
    """An installation whose queue is away."""

    async def database(self) -> timedelta | None:
        """The database answers."""
        return timedelta(milliseconds=1)

    async def redis(self) -> Reach:
        """Redis does not."""
        return Reach.UNREACHABLE

    async def queue(self) -> Reach:
        """Nor the queue on it."""
        return Reach.UNREACHABLE


async def test_a_queue_that_is_away_leaves_the_application_well() -> None:
    vitals: Any = Sick()
    readings = await HealthCheck(vitals).readings()
    assert (readings.well, readings.redis, readings.queue) == (True, "unreachable", "unreachable")


async def test_a_redis_that_is_not_there_is_unreachable() -> None:
    assert not await answers("redis://127.0.0.1:1/0")
    assert not await answers("postgresql://nobody@127.0.0.1:1/nowhere")


async def test_public_events_are_found_and_counted(scene: Scene) -> None:
    organiser = await scene.person()
    titre = unique("Fête de la Musique")
    await made(organiser, titre=titre)
    shown = await approved(scene, organiser, titre=titre)
    for text in (titre, titre.upper().replace("Ê", "E")):
        answer = await scene.api().get(SEARCH, params={"q": text})
        assert [each["id"] for each in answer.json()["events"]] == [shown["id"]]
    narrowed = await scene.api().get(SEARCH, params={"q": titre, "type": "users"})
    assert narrowed.json() == {"users": [], "events": []}


async def test_figures_count_events_and_what_they_earn(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    urls = cluster.clone(unique("earned").replace("-", "_"))
    async with box_office_on(urls, tmp_path_factory.mktemp("earned")) as office:
        buyer, staff = await office.scene.person(), await office.scene.person(staff=True)
        await office.paid(buyer, await office.concert(), quantity=2)
        shown = (await staff.client.get("/api/core/stats/")).json()
    assert (shown["total_users"], shown["total_events"], shown["total_revenue"]) == (3, 1, 20000)


async def test_what_was_read_before_a_change_is_not_remembered(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, changed = asyncio.Event(), asyncio.Event()

    class Slow:
        """Reads the state, and answers once it has changed."""

        async def one(self, statement: Any) -> tuple[bool, str, datetime]:
            begun.set()
            await changed.wait()
            return False, "avant", datetime.now(UTC)

    monkeypatch.setattr(closure, "pg", lambda work: Slow())
    remembered = closure.Closure(scene.kernel.works)
    reading = asyncio.create_task(remembered.state())
    await begun.wait()
    remembered.forget()
    changed.set()
    assert (await reading).message == "avant"
    monkeypatch.undo()
    assert (await remembered.state()).message == ""
