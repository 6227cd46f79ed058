"""Who may call what: every operation of crm by every kind of caller (DECISIONS.md section 5, "Scope"; contracts/crm.md,
"Authentication & Sécurité"). A refused request changes nothing."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.access.rules import Anyone
from tests.architecture.operations import Declared, declared
from tests.cluster import TestCluster
from tests.installation import Api, unique
from tests.matrices.footprint import footprint
from tests.sales import Sales, Seller, Team, sales_on

PASSES = 0
NOBODYS_ID = str(2**62)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OPERATIONS = sorted(declared("crm"), key=lambda operation: operation.name)
CALLERS = ("anonymous", "sans", "lecture", "ventes", "admin", "owner", "autre", "superuser")
"""Nobody; an account of no organisation; two members, an ADMIN and the owner of one; another's owner; a superuser."""

KINDS: dict[str, dict[str, int]] = {
    "open": {},
    "signed": {"anonymous": 401},
    "read": {"anonymous": 401, "sans": 403},
    "write": {"anonymous": 401, "sans": 403, "lecture": 403},
    "administer": {"anonymous": 401, "sans": 403, "lecture": 403, "ventes": 403},
}
"""Who is refused, and how."""

ROWS = {
    # the shared accounts: signing in is open, what is one's own needs a session
    "sign_in": "open",
    "refresh_token": "open",
    "request_password_reset": "open",
    "confirm_password_reset": "open",
    "sign_out": "signed",
    "send_second_factor_code": "signed",
    "verify_second_factor": "signed",
    "set_up_second_factor": "signed",
    "disable_second_factor": "signed",
    "change_password": "signed",
    "replace_password": "signed",
    "get_me": "signed",
    "update_me": "signed",
    "get_user": "signed",
    # clients
    "list_clients": "read",
    "get_client": "read",
    "create_client": "write",
    "replace_client": "write",
    "update_client": "write",
    "delete_client": "administer",
    "list_client_projets": "read",
    "list_client_opportunites": "read",
    "list_client_taches": "read",
    # projects
    "list_projets": "read",
    "get_projet": "read",
    "create_projet": "write",
    "replace_projet": "write",
    "update_projet": "write",
    "delete_projet": "administer",
    "list_projet_taches": "read",
    # opportunities
    "list_opportunites": "read",
    "get_opportunite": "read",
    "create_opportunite": "write",
    "replace_opportunite": "write",
    "update_opportunite": "write",
    "advance_opportunite": "write",
    "delete_opportunite": "administer",
    "list_opportunite_devis": "read",
    "get_active_devis": "read",
    # quotes; the page behind a link has its token for a session
    "list_devis": "read",
    "get_devis": "read",
    "get_devis_pdf": "read",
    "create_devis": "write",
    "replace_devis": "write",
    "update_devis": "write",
    "send_devis": "write",
    "renew_devis": "write",
    "accept_devis": "write",
    "refuse_devis": "write",
    "renew_devis_link": "write",
    "revoke_devis_link": "write",
    "delete_devis": "administer",
    "show_devis_page": "open",
    "show_devis_page_pdf": "open",
    "see_devis_page": "open",
    "accept_devis_page": "open",
    "refuse_devis_page": "open",
    # tasks
    "list_taches": "read",
    "get_tache": "read",
    "create_tache": "write",
    "replace_tache": "write",
    "update_tache": "write",
    "complete_tache": "write",
    "delete_tache": "administer",
    "get_rappels": "read",
    "replace_rappels": "read",
    # the dashboard
    "get_dashboard_stats": "read",
    "get_dashboard_performance": "read",
    "list_recent_projets": "read",
    "list_recent_clients": "read",
    "list_active_opportunites": "read",
    "list_coming_taches": "read",
    "draw_dashboard_pipeline": "read",
    "draw_dashboard_performance": "read",
    "draw_dashboard_stats": "read",
    # reports
    "get_rapport_clients": "read",
    "get_rapport_projets": "read",
    "get_rapport_opportunites": "read",
    "get_rapport_pipeline": "read",
    "get_rapport_performances": "read",
    "export_rapport": "read",
    "get_export_rapport": "read",
}
"""The kind of every operation."""

OWN_FACTOR = frozenset({"send_second_factor_code", "verify_second_factor"})
"""Without a challenge they are about the caller's own factor."""

OPEN_RULES = frozenset({"sign_out", *OWN_FACTOR})
"""They declare no rule, because a token of the body may stand for a session; without either nobody is 401."""

THINGS = {"clients": "client", "projets": "projet", "opportunites": "opportunite", "devis": "devis", "taches": "tache"}


class Cast:
    """The callers, and things of their organisation."""

    def __init__(self, sales: Sales) -> None:
        self.sales = sales
        self.clients: dict[str, Api] = {}
        self.sellers: dict[str, Seller] = {}
        self.things: dict[str, Any] = {}

    async def enter(self) -> None:
        """Make the people and the things."""
        team: Team = await self.sales.team()
        self.sellers = {
            "lecture": team.lecture,
            "ventes": team.ventes,
            "admin": team.admin,
            "owner": team.owner,
            "autre": (await self.sales.team()).owner,
            "superuser": await self.sales.superuser(),
            "sans": await self.sales.stranger(),
        }
        self.clients = {name: seller.client for name, seller in self.sellers.items()}
        client = await team.ventes.crm_client()
        opportunite = await team.ventes.opportunite(client=client["id"])
        self.things = {
            "client": client,
            "projet": await team.ventes.projet(client=client["id"]),
            "opportunite": opportunite,
            "devis": await team.ventes.devis(opportunite=opportunite["id"]),
            "tache": await team.ventes.tache(client_associe=client["id"], assigne_a=team.ventes.id),
        }

    async def ask(self, caller: str, operation: Declared, key: str = NOBODYS_ID, body: Any = None) -> Any:
        """Ask for an operation, about what does not exist unless told otherwise. No input gives a 500."""
        options: dict[str, Any] = {"json": {} if body is None else body} if operation.method in WRITING else {}
        if operation.name in OWN_FACTOR:
            options = {"json": {"code": "000000"}}
        client = await self._client(caller, operation)
        path = re.sub(r"\{[^}]+\}", key, operation.path)
        answer = await client.request(operation.method, path, **options)
        client.cookies.clear()
        assert answer.status_code < 500, f"{operation.name}: {answer.status_code} {answer.text}"
        return answer

    async def _client(self, caller: str, operation: Declared) -> Api:
        if caller == "anonymous":
            return self.sales.api()
        if operation.name == "sign_out":
            return self.sales.api(await self.sales.token(self.sellers[caller].email))
        return self.clients[caller]

    def key_of(self, operation: Declared) -> str | None:
        """The id of the thing that an operation is about, where it is one of ours."""
        found = re.match(r"/api/(\w+)/\{", operation.path)
        return str(self.things[THINGS[found[1]]]["id"]) if found and found[1] in THINGS else None

    def body_of(self, operation: Declared) -> Any:
        """A body that the operation takes."""
        return self.things[THINGS[operation.path.split("/")[2]]] if operation.name.startswith("replace_") else {}


@pytest.fixture(scope="module")
async def cast(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cast]:
    """A sales floor of its own."""
    async with sales_on(cluster.clone(unique("crm_matrix")), tmp_path_factory.mktemp("matrix")) as sales:
        made = Cast(sales)
        await made.enter()
        yield made


def test_no_operation_is_missing() -> None:
    assert {operation.name for operation in OPERATIONS} == set(ROWS)


def test_nothing_else_is_open_to_all() -> None:
    declared_open = {each.name for each in OPERATIONS if isinstance(each.handler.opt["rule"], Anyone)}
    assert declared_open == {name for name, kind in ROWS.items() if kind == "open"} | OPEN_RULES


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_each_caller_passes_or_not(operation: Declared, cast: Cast) -> None:
    refused = KINDS[ROWS[operation.name]]
    before = await footprint(cast.sales.owner)
    answered = {caller: (await cast.ask(caller, operation)).status_code for caller in refused}
    assert await footprint(cast.sales.owner) == before, "refused, and something has changed"
    for caller in CALLERS:
        if caller not in refused:
            status = (await cast.ask(caller, operation)).status_code
            answered[caller] = status if status in (401, 403) else PASSES
    assert answered == dict.fromkeys(CALLERS, PASSES) | refused


KEYED = [each for each in OPERATIONS if re.match(r"/api/(clients|projets|opportunites|devis|taches)/\{", each.path)]


@pytest.mark.parametrize("operation", KEYED, ids=lambda operation: operation.name)
async def test_things_of_ours_are_missing_to_another_organisation(operation: Declared, cast: Cast) -> None:
    key = cast.key_of(operation)
    assert key is not None
    before = await footprint(cast.sales.owner)
    answer = await cast.ask("autre", operation, key, cast.body_of(operation))
    assert answer.status_code == 404, answer.text
    assert await footprint(cast.sales.owner) == before, "missing, and something has changed"


@pytest.mark.parametrize(
    "operation", [each for each in KEYED if ROWS.get(each.name) in ("write", "administer")], ids=lambda each: each.name
)
async def test_things_of_ours_are_not_changed_by_who_may_not(operation: Declared, cast: Cast) -> None:
    key = cast.key_of(operation)
    assert key is not None
    before = await footprint(cast.sales.owner)
    for caller in KINDS[ROWS[operation.name]]:
        answer = await cast.ask(caller, operation, key, cast.body_of(operation))
        assert answer.status_code == KINDS[ROWS[operation.name]][caller], (caller, answer.text)
    assert await footprint(cast.sales.owner) == before, "refused, and something has changed"


async def test_refusals_are_in_the_dialect(cast: Cast) -> None:
    refused = await cast.sales.api().get("/api/clients/", headers={"accept-language": "en"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json() == {"detail": "Authentication is required.", "code": "unauthenticated"}
    refused = await cast.clients["ventes"].delete(f"/api/clients/{cast.things['client']['id']}/")
    assert (refused.status_code, set(refused.json())) == (403, {"detail", "code"})
    method = await cast.clients["ventes"].post("/api/clients/1/")
    assert (method.status_code, set(method.json())) == (405, {"detail", "code"})
    missing = await cast.clients["ventes"].get("/api/clients/1/nulle-part/")
    assert (missing.status_code, set(missing.json())) == (404, {"detail", "code"})
