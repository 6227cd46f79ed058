"""Who may call what: every operation of spotvibe by every kind of caller (DECISIONS.md section 0, "Shared
authentication", and section 2, "Open routes"). A refused request changes nothing."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.access.rules import Anyone
from plugins.spotvibe.gate import LEAVING
from plugins.spotvibe.rules import StaffOnly
from tests.architecture.operations import Declared, declared
from tests.cluster import TestCluster
from tests.installation import Api, unique
from tests.matrices.footprint import footprint
from tests.scene import Person, Scene, scene_on

PASSES = 0
NOBODYS_ID = str(2**62)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OPERATIONS = sorted(declared("spotvibe"), key=lambda operation: operation.name)
OPEN_TO_ALL = {
    "/api/auth/2fa/code/": "signing in: a challenge stands for the password",
    "/api/auth/2fa/verify/": "signing in: a challenge stands for the password",
    "/api/auth/facebook/": "signing in",
    "/api/auth/google/": "signing in",
    "/api/auth/password-reset/": "a lost password",
    "/api/auth/password-reset/confirm/": "the token of the link stands for a session",
    "/api/users/login/": "signing in",
    "/api/users/register/": "registration",
    "/api/users/token/refresh/": "the refresh token stands for a session",
    "/api/users/verify-email/": "the token of the link stands for a session",
    "/api/payments/methods/": "payment methods",
    "/api/payments/webhooks/{operateur}/": "operators: nothing that they say is believed",
    "/api/core/contact/": "messages of anybody",
    "/api/core/faq/": "core is open",
    "/api/core/feedback/": "feedback of anybody",
    "/api/core/health/": "signs of life",
    "/api/core/info/": "core is open",
    "/api/core/maintenance/": "signs of life",
    "/api/core/search/": "core is open",
    "/api/core/settings/": "core is open",
    "/api/core/stats/": "core is open",
    "/api/events/": "what is public of events",
    "/api/events/categories/": "what is public of events",
    "/api/events/stats/": "figures",
    "/api/events/trending/": "what is public of events",
    "/api/events/{id}/": "what is public of events",
    "/media/events/covers/{name}/": "covers of events",
    "/api/subscriptions/activate-webhook/": "the signature of what is sent stands for a session",
    "/api/subscriptions/compare/": "plans are open",
    "/api/subscriptions/plans/": "plans are open",
    "/api/subscriptions/plans/{id}/": "plans are open",
    "/media/profiles/{name}/": "photos",
    "/media/tickets/{name}/": "QRs of tickets: the address is signed",
    "/media/uploads/{name}/": "files that were uploaded for all",
}
"""What needs no access token, and why."""
OWN_FACTOR = frozenset({"send_second_factor_code", "verify_second_factor"})
"""Without a challenge they are about the caller's own factor: nobody is 401."""
SIGNED = frozenset({"activate_subscription"})
"""Whoever does not sign what he sends is 401."""
CALLERS = ("anonymous", "stranger", "member", "staff", "superuser")


class Cast:
    """The callers; somebody whose session has ended signs in again."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.people: dict[str, Person] = {}

    async def enter(self) -> None:
        """Make the people."""
        self.people = {
            "stranger": await self.scene.person(profile=False),
            "member": await self.scene.person(),
            "staff": await self.scene.person(staff=True),
            "superuser": await self.scene.person(profile=False, superuser=True),
        }

    async def ask(self, caller: str, operation: Declared) -> int:
        """Ask for an operation about what does not exist; return 401 or 403, or `PASSES`. No input gives a 500."""
        options: dict[str, Any] = {"json": {}} if operation.method in WRITING else {}
        if operation.name in OWN_FACTOR:
            options = {"json": {"code": "000000"}}
        client: Api = self.scene.api() if caller == "anonymous" else self.people[caller].client
        path = re.sub(r"\{[^}]+\}", NOBODYS_ID, operation.path)
        answer = await client.request(operation.method, path, **options)
        client.cookies.clear()
        assert answer.status_code < 500, f"{operation.name}: {answer.status_code} {answer.text}"
        return answer.status_code if answer.status_code in (401, 403) else PASSES


@pytest.fixture(scope="module")
async def cast(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cast]:
    """A scene of its own."""
    urls = cluster.clone(unique("spotvibe_matrix"))
    async with scene_on(urls, tmp_path_factory.mktemp("matrix")) as scene:
        made = Cast(scene)
        await made.enter()
        yield made


def open_to_all(operation: Declared) -> bool:
    """Whether an operation declares that it needs no token."""
    return isinstance(operation.handler.opt["rule"], Anyone)


def expected(operation: Declared) -> dict[str, int]:
    """Who passes, by the rule of the contract."""
    if operation.name in SIGNED:
        return dict.fromkeys(CALLERS, 401)
    row = dict.fromkeys(CALLERS, PASSES)
    if operation.name in OWN_FACTOR:
        row["anonymous"] = 401
    elif not open_to_all(operation):
        row["anonymous"] = 401
        row["stranger"] = PASSES if operation.name in LEAVING else 403
    if isinstance(operation.handler.opt["rule"], StaffOnly):
        row["member"] = 403
    return row


def test_nothing_else_is_open_to_all() -> None:
    assert {each.path for each in OPERATIONS if open_to_all(each)} == set(OPEN_TO_ALL)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_each_caller_passes_or_not(operation: Declared, cast: Cast) -> None:
    row = expected(operation)
    refused = [caller for caller in CALLERS if row[caller]]
    before = await footprint(cast.scene.owner)
    answered = {caller: await cast.ask(caller, operation) for caller in refused}
    assert await footprint(cast.scene.owner) == before, "refused, and something has changed"
    answered |= {caller: await cast.ask(caller, operation) for caller in CALLERS if caller not in refused}
    assert answered == row


async def test_a_refusal_is_in_the_dialect(cast: Cast) -> None:
    refused = await cast.scene.api().get("/api/users/profile/", headers={"accept-language": "en"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json() == {"error": "Authentication is required.", "code": "unauthenticated"}
    refused = await cast.people["stranger"].client.get("/api/users/profile/", headers={"accept-language": "en"})
    assert refused.json() == {"error": "This account has no SpotVibe profile.", "code": "spotvibe_no_profile"}
    missing = await cast.scene.api().get("/api/users/1/nulle-part/")
    assert (missing.status_code, set(missing.json())) == (404, {"error", "code"})
    method = await cast.scene.api().delete("/api/users/login/")
    assert (method.status_code, set(method.json()), "POST" in method.headers["allow"]) == (405, {"error", "code"}, True)
