"""The maintenance mode: what it closes, what it leaves open, and when who sees it (DECISIONS.md section 2, "Admin")."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pyotp
import pytest

from core.access.principal import Caller, Principal
from plugins.spotvibe.gate import ALWAYS_OPEN
from tests.architecture.operations import Declared, declared
from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, unique
from tests.scene import Scene, scene_on

OPERATIONS = sorted(declared("spotvibe"), key=lambda operation: operation.name)
SAID = "Maintenance prévue le 2024-08-01 de 02:00 à 04:00 UTC. {0}"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@pytest.fixture(scope="module")
def maintained(cluster: TestCluster) -> DatabaseUrls:
    """A database of its own."""
    return cluster.clone(unique("maintained").replace("-", "_"))


@pytest.fixture(scope="module")
async def closing(maintained: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A scene of its own: closing it closes no other."""
    async with scene_on(maintained, tmp_path_factory.mktemp("maintained")) as scene:
        yield scene


@pytest.fixture
async def closed(closing: Scene) -> AsyncIterator[Scene]:
    """The scene while it is closed."""
    await switch(closing, True, SAID)
    yield closing
    await switch(closing, False)


async def switch(scene: Scene, active: bool, message: str = "") -> None:
    """Close a scene, or open it, as the administrators' use case does."""
    somebody = await scene.kernel.accounts.people.find(Caller(), (await scene.person(staff=True)).username)
    caller = Caller(
        principal=Principal(
            account=somebody.id, number=somebody.number, session=somebody.id, email=somebody.email, staff=True
        )
    )
    await scene.installed.composition.wired["spotvibe_core"].api.set_maintenance(caller, active, message)


async def ask(client: Any, operation: Declared) -> Any:
    """Ask for an operation about what does not exist."""
    options: dict[str, Any] = {"json": {}} if operation.method in WRITING else {}
    path = re.sub(r"\{[^}]+\}", str(2**62), operation.path)
    answer = await client.request(operation.method, path, **options)
    client.cookies.clear()
    return answer


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_everything_is_closed_but_what_stays_open(closed: Scene, operation: Declared) -> None:
    anonymous, member = closed.api(), (await closed.person()).client
    for client in (anonymous, member):
        answer = await ask(client, operation)
        if operation.name in ALWAYS_OPEN:
            assert answer.status_code != 503, answer.text
        else:
            assert answer.status_code == 503, f"{operation.name}: {answer.status_code} {answer.text}"
            assert answer.json() == {"error": SAID, "code": "spotvibe_in_maintenance"}
            assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("powers", [{"staff": True}, {"superuser": True}])
async def test_staff_come_in(closed: Scene, powers: dict[str, bool]) -> None:
    person = await closed.person(**powers)
    assert (await person.client.get("/api/users/profile/")).status_code == 200
    assert (await person.client.get("/api/core/info/")).status_code == 200


async def test_what_stays_open_is_served_and_every_webhook_is_among_it() -> None:
    assert {operation.name for operation in OPERATIONS} >= ALWAYS_OPEN
    webhooks = {operation.name for operation in OPERATIONS if "webhook" in operation.path}
    assert webhooks
    assert webhooks <= ALWAYS_OPEN


async def test_staff_sign_in_with_their_second_factor_and_refresh(closed: Scene) -> None:
    staff = await closed.person(staff=True)
    secret = await closed.protect(staff.username)
    asked = await closed.log_in(staff.email)
    assert asked.json()["2fa_required"] is True, asked.text
    proof = {"challenge": asked.json()["challenge"], "code": pyotp.TOTP(secret).now()}
    verified = await closed.api().post("/api/auth/2fa/verify/", json=proof)
    assert verified.status_code == 200, verified.text
    refreshed = await closed.api().post("/api/users/token/refresh/", json={"refresh": verified.json()["refresh"]})
    assert refreshed.status_code == 200
    assert (await closed.api(refreshed.json()["access"]).get("/api/users/profile/")).status_code == 200


async def test_a_token_that_is_not_good_is_401_so_that_it_is_refreshed(closed: Scene) -> None:
    assert (await closed.api("perime").get("/api/users/profile/")).status_code == 401


async def test_a_member_signs_in_and_waits_outside(closed: Scene) -> None:
    member = await closed.person()
    signed_in = await closed.log_in(member.email, PASSWORD)
    assert signed_in.status_code == 200
    assert (await closed.api(signed_in.json()["access"]).get("/api/users/profile/")).status_code == 503


async def test_a_refused_request_changes_nothing(closed: Scene) -> None:
    member = await closed.person()
    assert (await member.client.put("/api/users/profile/", json={"bio": "Autre"})).status_code == 503
    bio = await closed.owner.fetchval("select bio from spotvibe_profile where user_id = $1", member.id)
    assert bio == ""


async def test_what_is_announced_is_shown_and_what_is_usual_otherwise(closing: Scene) -> None:
    path, english = "/api/core/maintenance/", {"accept-language": "en"}
    open_now = {"in_maintenance": False, "message": "SpotVibe fonctionne normalement."}
    assert (await closing.api().get(path)).json() == open_now
    await switch(closing, True)
    try:
        usual = "SpotVibe is under maintenance. Try again later."
        shown = await closing.api().get(path, headers=english)
        assert shown.json() == {"in_maintenance": True, "message": usual}
        refused = await closing.api().get("/api/core/info/", headers=english)
        assert refused.json() == {"error": usual, "code": "spotvibe_in_maintenance"}
    finally:
        await switch(closing, False, "Bientôt")
    assert (await closing.api().get(path)).json() == {"in_maintenance": False, "message": "Bientôt"}


async def test_health_stays_open(closed: Scene) -> None:
    assert (await closed.api().get("/api/core/health/")).status_code == 200


async def test_another_process_sees_it_within_a_second(
    closing: Scene, maintained: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with scene_on(maintained, tmp_path_factory.mktemp("other")) as other:
        api = other.api()
        for active, wanted in ((True, 503), (False, 200)):
            for each in (api, closing.api()):
                assert (await each.get("/api/core/info/")).status_code == (200 if active else 503)
            await switch(closing, active, SAID)
            assert (await closing.api().get("/api/core/info/")).status_code == wanted, "at once where it was changed"
            began = time.monotonic()
            while (await api.get("/api/core/info/")).status_code != wanted:
                await asyncio.sleep(0.02)
                assert time.monotonic() - began < 1


async def test_it_survives_a_restart(
    closed: Scene, maintained: DatabaseUrls, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with scene_on(maintained, tmp_path_factory.mktemp("again")) as again:
        assert (await again.api().get("/api/core/info/")).status_code == 503


async def test_other_products_are_not_closed(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    urls = cluster.clone(unique("together").replace("-", "_"))
    async with scene_on(urls, tmp_path_factory.mktemp("together"), edition="full") as scene:
        await switch(scene, True, SAID)
        assert (await scene.api().get("/api/core/info/")).status_code == 503
        assert (await scene.api().get("/api/tenants/")).status_code == 200
        reset = await scene.api().post("/api/auth/password-reset/", json={"email": "personne@example.com"})
        assert reset.status_code == 200, reset.text
