"""Who may call what: every function of the portal by every kind of caller, before and after permissions are tied to it
(DECISIONS.md section 3, "Authorisation"). A refused request changes nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from plugins.driven.gate import NOT_IN_PORTAL
from tests.architecture.operations import Declared
from tests.cluster import TestCluster
from tests.installation import Api, unique
from tests.matrices.footprint import footprint
from tests.plugins.driven.functions import REFUSED, WRITING, ask, functions, open_to_all
from tests.portal import Person, Portal, portal_on

PASSES = 0
FUNCTIONS = functions()
OPEN_TO_ALL = {
    "/api/auth/login": "signing in",
    "/api/auth/2fa/code": "signing in: a challenge stands for the password",
    "/api/auth/2fa/verify": "signing in: a challenge stands for the password",
    "/api/auth/accept": "the token in the holder's mail stands for a session",
    "/uploads/icons/{name}": "icons",
    "/uploads/pages/{name}": "icons",
}
"""What needs no access token, and why (DECISIONS.md section 3; section 0, "Second factor" and "One account")."""
LEAVING = frozenset({"logout"})
"""What everybody may call whom the portal lets in."""
CALLERS = ("anonymous", "stranger", "suspended", "reader", "other", "holder", "administrator", "superuser")


class Cast:
    """The callers of one portal; somebody whose session has ended signs in again."""

    def __init__(self, portal: Portal, tied: bool) -> None:
        self.portal = portal
        self.tied = tied
        self._people: dict[str, Person] = {}

    async def enter(self) -> None:
        """Make the permissions and the people."""
        given, other = unique("GIVEN"), unique("OTHER")
        await self.portal.owner.execute(
            "insert into driven_permission (nom, description) values ($1, ''), ($2, '')", given, other
        )
        if self.tied:
            for function in FUNCTIONS:
                await self.portal.tie(function.name, given)
        self._people = {
            "suspended": await self.portal.person(given, statut="Suspendu"),
            "reader": await self.portal.person(),
            "other": await self.portal.person(other),
            "holder": await self.portal.person(given, other),
            "administrator": await self.portal.person(admin=True),
            "superuser": await self.portal.person(),
            "stranger": await self.portal.person(),
        }
        number = self._people["superuser"].id
        await self.portal.owner.execute("update account set is_superuser = true where number = $1", number)
        number = self._people["stranger"].id
        await self.portal.owner.execute("delete from driven_utilisateur where id_utilisateur = $1", number)

    async def ask(self, caller: str, function: Declared) -> int:
        """Ask for a function; return 401 or 403, or `PASSES`."""
        status = await ask(self.client(caller), function)
        if status < 300 and function.method in WRITING and caller != "anonymous":
            person = self._people[caller]
            person.client = self.portal.api(await self.portal.token(person.email))
        return status if status in REFUSED else PASSES

    def client(self, caller: str) -> Api:
        """The client of a caller."""
        return self.portal.api() if caller == "anonymous" else self._people[caller].client


def expected(function: Declared, *, tied: bool) -> dict[str, int]:
    """Who passes, by the rule of the contract."""
    if open_to_all(function):
        return dict.fromkeys(CALLERS, PASSES)
    holds, lacks = PASSES, 403
    if function.name in LEAVING:
        lacks = PASSES
    elif not tied:
        holds = lacks = PASSES if function.method == "GET" else 403
    return {
        "anonymous": 401,
        "stranger": 403,
        "suspended": 401,
        "reader": lacks,
        "other": lacks,
        "holder": holds,
        "administrator": PASSES,
        "superuser": PASSES,
    }


@pytest.fixture(scope="module", params=["untied", "tied"])
async def cast(
    request: pytest.FixtureRequest, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cast]:
    """A portal of its own, where permissions are tied to no function, or one to all of them."""
    urls = cluster.clone(unique("matrix"))
    async with portal_on(urls, tmp_path_factory.mktemp("matrix")) as portal:
        made = Cast(portal, request.param == "tied")
        await made.enter()
        yield made


def test_nothing_else_is_open_to_all() -> None:
    assert {each.path for each in FUNCTIONS if open_to_all(each)} <= set(OPEN_TO_ALL)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
async def test_each_caller_passes_or_not(function: Declared, cast: Cast) -> None:
    row = expected(function, tied=cast.tied)
    refused = [caller for caller in CALLERS if row[caller] in REFUSED]
    before = await footprint(cast.portal.owner)
    answered = {caller: await cast.ask(caller, function) for caller in refused}
    assert await footprint(cast.portal.owner) == before, "refused, and something has changed"
    answered |= {caller: await cast.ask(caller, function) for caller in CALLERS if caller not in refused}
    assert answered == row


async def test_a_refusal_names_what_is_refused(cast: Cast) -> None:
    answer: Any = await cast.client("reader").delete("/api/roles/1")
    assert (answer.status_code, answer.json()["code"]) == (403, "driven_function_refused")
    assert "delete_role" in answer.json()["message"]["en"]
    answer = await cast.client("stranger").get("/api/roles")
    assert (answer.status_code, answer.json()["code"]) == (403, NOT_IN_PORTAL.code)
    answer = await cast.client("suspended").get("/api/roles")
    assert (answer.status_code, answer.json()["message"]["en"]) == (401, "Token has been revoked")
    answer = await cast.client("anonymous").get("/api/roles")
    assert (answer.status_code, answer.json()["message"]["en"]) == (401, "Unauthorized access")


async def test_head_is_reading(cast: Cast) -> None:
    answered = {who: (await cast.client(who).head("/api/roles")).status_code for who in ("reader", "holder")}
    assert answered == {"reader": 403 if cast.tied else 200, "holder": 200}
