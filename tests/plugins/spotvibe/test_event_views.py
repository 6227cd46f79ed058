"""Views and shares are counted, each once (contracts/spotvibe.md sections 4.2 and 4.4)."""

import asyncio
from typing import Any

import pytest

from core.access.principal import SYSTEM
from plugins.spotvibe.events.store import EventStore
from plugins.spotvibe.events.views import Views
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.happenings import approved, made
from tests.scene import Scene, scene_on

SHARE = "/api/events/share/"


async def views_of(scene: Scene, key: int) -> int:
    """The views that are written."""
    found: int = await scene.owner.fetchval("select nombre_vues from spotvibe_evenement where id = $1", key)
    return found


async def until(scene: Scene, key: int, number: int) -> None:
    """Wait for views to be written, at most five seconds."""
    for _ in range(100):
        if await views_of(scene, key) == number:
            return
        await asyncio.sleep(0.05)
    assert await views_of(scene, key) == number


async def test_each_look_at_an_event_is_counted_once_and_others_are_not(scene: Scene) -> None:
    ama, kofi = await scene.person(), await scene.person()
    event, other = await approved(scene, ama), await made(ama)
    path = f"/api/events/{event['id']}/"
    tag = (await scene.api().get(path)).headers["etag"]
    answers = await asyncio.gather(*(kofi.client.get(path) for _ in range(19)))
    assert {answer.headers["etag"] for answer in answers} == {tag}
    assert (await kofi.client.get(f"/api/events/{other['id']}/")).status_code == 404
    await kofi.client.get("/api/events/")
    await until(scene, event["id"], 20)
    assert await views_of(scene, other["id"]) == 0
    shown = await kofi.client.get(path, headers={"if-none-match": tag})
    assert (shown.status_code, shown.json()["nombre_vues"], shown.headers["etag"]) == (200, 20, tag)


async def test_a_look_writes_nothing_itself_and_a_round_is_one_write(scene: Scene) -> None:
    ama = await scene.person()
    events = [await made(ama) for _ in range(3)]
    rounds: list[dict[int, int]] = []

    class Listening(EventStore):
        async def add_views(self, work: Any, views: Any, *, waiting: bool) -> Any:
            rounds.append(dict(views))
            return await super().add_views(work, views, waiting=waiting)

    views = Views(scene.kernel.works, Listening(), seconds=30)
    for _ in range(5):
        for event in events:
            views.note(event["id"])
    await asyncio.sleep(0.05)
    assert rounds == []
    await views.flush()
    assert rounds == [{event["id"]: 5 for event in events}]
    assert [await views_of(scene, event["id"]) for event in events] == [5, 5, 5]
    await views.close()


async def test_an_event_that_is_held_gets_its_views_later_and_nobody_waits(scene: Scene) -> None:
    ama = await scene.person()
    held, free = await made(ama), await made(ama)
    views = Views(scene.kernel.works, EventStore(), seconds=30)
    for event in (held, free):
        views.note(event["id"])
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        await EventStore().lock(work, held["id"])
        async with asyncio.timeout(5):
            await views.flush()
        assert (await views_of(scene, held["id"]), await views_of(scene, free["id"])) == (0, 1)
        views.note(held["id"])
    await views.close()
    assert (await views_of(scene, held["id"]), await views_of(scene, free["id"])) == (2, 1)


async def test_processes_that_write_at_once_add_up(scene: Scene) -> None:
    ama = await scene.person()
    events = [await made(ama) for _ in range(3)]
    processes = [Views(scene.kernel.works, EventStore(), seconds=0.01) for _ in range(4)]

    async def look(views: Views) -> None:
        for _ in range(50):
            for event in events:
                views.note(event["id"])
            await asyncio.sleep(0.002)

    await asyncio.gather(*(look(views) for views in processes))
    await asyncio.gather(*(views.close() for views in processes))
    assert [await views_of(scene, event["id"]) for event in events] == [200, 200, 200]


async def test_what_cannot_be_written_is_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ama = await scene.person()
    event = await made(ama)
    store = EventStore()
    views = Views(scene.kernel.works, store, seconds=30)
    views.note(event["id"])
    with monkeypatch.context() as patch:

        async def broken(*_: Any, **__: Any) -> Any:
            raise OSError("no database")

        patch.setattr(store, "add_views", broken)
        await views.flush()
    views.note(event["id"])
    await views.close()
    assert await views_of(scene, event["id"]) == 2


async def test_a_server_that_stops_gracefully_loses_no_view(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    urls, home = cluster.clone(unique("event_views")), tmp_path_factory.mktemp("views")
    async with scene_on(urls, home) as scene:
        ama = await scene.person()
        event = await made(ama)
        await asyncio.gather(*(ama.client.get(f"/api/events/{event['id']}/") for _ in range(12)))
        assert await views_of(scene, event["id"]) == 0
    async with scene_on(urls, home) as again:
        assert await views_of(again, event["id"]) == 12


async def test_a_view_leaves_the_version_and_the_indexes_alone(scene: Scene) -> None:
    ama = await scene.person()
    event = await made(ama)
    key = event["id"]
    before = await scene.owner.fetchrow("select version, updated_at from spotvibe_evenement where id = $1", key)
    await scene.owner.execute("update spotvibe_evenement set nombre_vues = 1000 where id = $1", key)
    await scene.owner.execute("select pg_stat_force_next_flush()")
    heaps = "select n_tup_hot_upd from pg_stat_user_tables where relname = 'spotvibe_evenement'"
    hot = await scene.owner.fetchval(heaps)
    for _ in range(10):
        await scene.owner.execute("update spotvibe_evenement set nombre_vues = nombre_vues + 1 where id = $1", key)
    await scene.owner.execute("select pg_stat_force_next_flush()")
    await scene.owner.execute("select pg_stat_clear_snapshot()")
    assert await scene.owner.fetchval(heaps) - hot >= 9
    after = await scene.owner.fetchrow("select version, updated_at from spotvibe_evenement where id = $1", key)
    assert after == before


async def test_parallel_shares_are_each_counted(scene: Scene) -> None:
    ama, kofi = await scene.person(), await scene.person()
    event = await approved(scene, ama)
    platforms = ("FACEBOOK", "TWITTER", "WHATSAPP", "INSTAGRAM", "TELEGRAM", "EMAIL", "LIEN", "AUTRE")
    answers = await asyncio.gather(
        *(
            person.client.post(
                SHARE, json={"event_id": event["id"], "platform": platform, "shared_link": "https://example.com/e/1"}
            )
            for platform in platforms
            for person in (ama, kofi)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert answers[0].json() == {"message": "Partage enregistré avec succès."}
    shown = (await kofi.client.get(f"/api/events/{event['id']}/")).json()
    assert shown["nombre_partages"] == 16
    kept = await scene.owner.fetch(
        "select distinct user_id, plateforme, lien from spotvibe_partage where evenement_id = $1", event["id"]
    )
    assert len(kept) == 16
    assert {row["lien"] for row in kept} == {"https://example.com/e/1"}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"event_id": None}, {"event_id"}),
        ({"event_id": 2**62}, {"event_id"}),
        ({"event_id": 2**63}, {"event_id"}),
        ({"event_id": "x", "platform": "MYSPACE"}, {"event_id", "platform"}),
        ({"platform": "facebook"}, {"platform"}),
        ({"shared_link": "javascript:alert(1)"}, {"shared_link"}),
        ({"shared_link": "http://a\0b"}, {"shared_link"}),
    ],
)
async def test_wrong_shares_are_named(scene: Scene, fields: dict[str, Any], named: set[str]) -> None:
    ama = await scene.person()
    event = await approved(scene, ama)
    refused = await ama.client.post(SHARE, json={"event_id": event["id"], "platform": "LIEN", **fields})
    assert (refused.status_code, set(refused.json()["details"])) == (400, named)
    assert (await ama.client.get(f"/api/events/{event['id']}/")).json()["nombre_partages"] == 0


async def test_what_one_does_not_see_one_does_not_share(scene: Scene) -> None:
    ama, kofi, staff = await scene.person(), await scene.person(), await scene.person(staff=True)
    event = await made(ama)
    shared = {"event_id": event["id"], "platform": "LIEN"}
    refused = await kofi.client.post(SHARE, json=shared)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"event_id"})
    for person in (ama, staff):
        assert (await person.client.post(SHARE, json=shared)).status_code == 201
