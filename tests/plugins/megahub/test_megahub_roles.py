"""Who may call what: every operation of megahub by every kind of caller (DECISIONS.md section 4, "Who"). A refused
request changes nothing. The operations of accounts are shared: crm's and ekigega's matrices hold them."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.architecture.operations import Declared, declared
from tests.cluster import TestCluster
from tests.hub import Hub, HubCompany, a_user, hub_on, opening
from tests.installation import Api, unique
from tests.matrices.footprint import footprint

NOBODYS_ID = str(2**62)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
OPERATIONS = sorted(
    (each for each in declared("megahub") if each.path.startswith("/companies")), key=lambda operation: operation.name
)
CALLERS = ("anonymous", "sans", "member", "chef", "autre", "adjoint", "admin", "superuser")
"""Nobody; an account of no organisation; a brand_member and a brand_admin; another company's administrator; an ADMIN
of the company; its owner; a superuser."""

KINDS: dict[str, dict[str, int]] = {
    "read": {"anonymous": 401, "sans": 403},
    "write": {"anonymous": 401, "sans": 403, "member": 403, "chef": 403},
    "superuser": {
        "anonymous": 401,
        "sans": 403,
        "member": 403,
        "chef": 403,
        "autre": 403,
        "adjoint": 403,
        "admin": 403,
    },
}
"""Who is refused, and how."""

ROWS = {
    # companies
    "list_companies": "read",
    "create_company": "superuser",
    "get_company": "read",
    "replace_company": "write",
    "update_company": "write",
    "delete_company": "write",
    "check_company_limits": "write",
    "get_company_usage_stats": "read",
    "upgrade_company_slots": "write",
    # brands and users
    "list_brands": "read",
    "create_brand": "write",
    "get_brand": "read",
    "update_brand": "write",
    "delete_brand": "write",
    "list_company_users": "read",
    "create_company_user": "write",
    "delete_company_user": "write",
    # slots
    "list_company_slots": "read",
    "get_company_slots": "read",
    "replace_company_slots": "write",
    "update_company_slots": "write",
    "refresh_slot_counts": "write",
    "get_slot_usage_alerts": "read",
    "increase_slots": "write",
    "get_slots_overview": "superuser",
    "purchase_company_slots": "write",
    # features and subscriptions
    "list_features": "read",
    "get_feature": "read",
    "create_feature": "superuser",
    "replace_feature": "superuser",
    "update_feature": "superuser",
    "delete_feature": "superuser",
    "list_feature_subscriptions": "read",
    "get_feature_subscription": "read",
    "create_feature_subscription": "write",
    "replace_feature_subscription": "write",
    "update_feature_subscription": "write",
    "delete_feature_subscription": "write",
    "increment_feature_usage": "read",
    "reset_feature_usage": "write",
    "toggle_feature_enabled": "write",
    "list_company_features": "read",
    "get_feature_usage_stats": "read",
    "get_feature_companies_overview": "superuser",
}
"""The kind of every operation."""

BODIES: dict[str, Any] = {
    "create_company": opening(),
    "replace_company": {"name": "Prise", "billing_email": "prise@example.com"},
    "update_company": {"name": "Prise"},
    "upgrade_company_slots": {"brands_slots": 50},
    "create_brand": {"name": "Prise"},
    "update_brand": {"name": "Prise"},
    "create_company_user": a_user(),
    "replace_company_slots": {"brands_slots": 50, "users_slots": 50},
    "update_company_slots": {"brands_slots": 50},
    "increase_slots": {"brands_increment": 5},
    "purchase_company_slots": {
        "brands_increment": 1,
        "users_increment": 0,
        "payment_method": "MOMO_FAKE",
        "phone_number": "+2290197000000",
    },
    "create_feature": {
        "name": "matrice",
        "display_name": "Matrice",
        "description": "",
        "feature_type": "crm",
        "is_premium": False,
    },
    "update_feature": {"display_name": "Prise"},
    "update_feature_subscription": {"usage_limit": 5},
    "increment_feature_usage": {"amount": 1},
}
"""Bodies that the operations take: a refused request would have done something."""


class Troupe:
    """The callers, and the things of their company."""

    company: HubCompany
    feature: str
    subscription: str
    bodies: dict[str, Any]

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.clients: dict[str, Api] = {}
        self.keys: dict[str, str] = {}

    async def enter(self) -> None:
        """Make the people and the things."""
        self.company = await self.hub.company()
        deputy = await self.company.user("brand_admin")
        await self.hub.owner.execute(
            "update membership set role_id = (select id from role where name = 'ADMIN')"
            " where account_id = (select id from account where number = $1)",
            deputy["id"],
        )
        brand, user = await self.company.brand(), await self.company.user()
        root = await self.hub.superuser()
        feature = (await root.get("/companies/features/available/")).json()["results"][0]
        subscribed = await self.company.admin.post(
            "/companies/features/subscriptions/", json={"company": self.company.id, "feature": feature["id"]}
        )
        assert subscribed.status_code == 201, subscribed.text
        self.keys = {"id": str(self.company.id), "brand_id": str(brand["id"]), "user_id": str(user["id"])}
        self.bodies = {
            **BODIES,
            "replace_feature_subscription": {"company": self.company.id, "feature": feature["id"], "usage_limit": 5},
        }
        self.feature, self.subscription = str(feature["id"]), str(subscribed.json()["id"])
        self.clients = {
            "anonymous": self.hub.api(),
            "sans": await self.hub.outsider(),
            "member": await self.company.member("brand_member"),
            "chef": await self.company.member("brand_admin"),
            "autre": (await self.hub.company()).admin,
            "adjoint": self.hub.api(await self.hub.token(deputy["email"])),
            "admin": self.company.admin,
            "superuser": await self.hub.superuser(),
        }

    async def ask(self, caller: str, operation: Declared, *, ours: bool) -> Any:
        """Ask for an operation about our company's things, or about what does not exist. No input gives a 500."""
        keys = self.keys
        if operation.path.startswith("/companies/features/"):
            keys = {"id": self.feature if "/available/" in operation.path else self.subscription}
        path = re.sub(r"\{(\w+)\}", lambda key: keys[key[1]] if ours else NOBODYS_ID, operation.path)
        options = {"json": self.bodies.get(operation.name, {})} if operation.method in WRITING else {}
        answer = await self.clients[caller].request(operation.method, path, **options)
        assert answer.status_code < 500, f"{operation.name}: {answer.status_code} {answer.text}"
        return answer


@pytest.fixture(scope="module")
async def troupe(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Troupe]:
    """A hub of its own."""
    async with hub_on(cluster.clone(unique("hub_matrix")), tmp_path_factory.mktemp("matrix")) as hub:
        made = Troupe(hub)
        await made.enter()
        yield made


def test_no_operation_is_missing() -> None:
    assert {operation.name for operation in OPERATIONS} == set(ROWS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_who_is_refused_changes_nothing(operation: Declared, troupe: Troupe) -> None:
    refused = KINDS[ROWS[operation.name]]
    before = await footprint(troupe.hub.owner)
    answered = {caller: (await troupe.ask(caller, operation, ours=True)).status_code for caller in refused}
    assert answered == refused
    assert await footprint(troupe.hub.owner) == before, "refused, and something has changed"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_all_others_are_admitted(operation: Declared, troupe: Troupe) -> None:
    admitted = [caller for caller in CALLERS if caller not in KINDS[ROWS[operation.name]]]
    statuses = {caller: (await troupe.ask(caller, operation, ours=False)).status_code for caller in admitted}
    assert not {caller: status for caller, status in statuses.items() if status in (401, 403)}


@pytest.mark.parametrize(
    "operation",
    [each for each in OPERATIONS if "{id}" in each.path and "/available/" not in each.path],
    ids=lambda operation: operation.name,
)
async def test_our_things_are_missing_to_another_company(operation: Declared, troupe: Troupe) -> None:
    before = await footprint(troupe.hub.owner)
    answer = await troupe.ask("autre", operation, ours=True)
    assert answer.status_code == 404, answer.text
    assert set(answer.json()) == {"error", "code"}
    assert await footprint(troupe.hub.owner) == before, "missing, and something has changed"


async def test_lists_show_what_is_the_callers(troupe: Troupe) -> None:
    for path in ("/companies/", "/companies/slots/"):
        for caller in ("member", "chef", "adjoint", "admin"):
            seen = (await troupe.clients[caller].get(path)).json()["results"]
            assert [each["id"] for each in seen] == [troupe.company.id], (path, caller)
        other = (await troupe.clients["autre"].get(path)).json()["results"]
        assert troupe.company.id not in [each["id"] for each in other]
        assert len(other) == 1
        everything = (await troupe.clients["superuser"].get(path)).json()
        assert everything["count"] >= 2


async def test_refusals_are_in_the_dialect(troupe: Troupe) -> None:
    refused = await troupe.hub.api().get("/companies/", headers={"accept-language": "en"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json() == {"error": "Authentication is required.", "code": "unauthenticated"}
    refused = await troupe.clients["member"].delete(f"{troupe.company.path}/")
    assert (refused.json()["error"], set(refused.json())) == ("Permission refusée", {"error", "message", "code"})
    method = await troupe.clients["admin"].post("/companies/slots/")
    assert (method.status_code, set(method.json())) == (405, {"error", "code"})
    assert "GET" in method.headers["allow"]


async def test_self_service_may_be_switched_off(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {"megahub_slots": {"self_service": False, "brands_slots": 2}}
    urls, home = cluster.clone(unique("hub_closed")), tmp_path_factory.mktemp("closed")
    async with hub_on(urls, home, settings=settings) as hub:
        company = await hub.company()
        slots = await company.slots()
        assert slots["brands_slots"] == 2
        for method, path, body in (
            ("PUT", f"{company.slots_path}/", {"brands_slots": 3, "users_slots": 10}),
            ("PATCH", f"{company.slots_path}/", {"brands_slots": 3}),
            ("POST", f"{company.slots_path}/increase-slots/", {"brands_increment": 1}),
            ("POST", f"{company.path}/upgrade_slots/", {"brands_slots": 3}),
        ):
            refused = await company.admin.request(method, path, json=body)
            assert refused.status_code == 403, path
            assert refused.json()["error"] == "Permission refusée"
        assert await company.slots() == slots
        await company.set_slots(3, 10)
        assert (await company.slots())["brands_slots"] == 3


async def test_slots_that_are_sold_are_not_raised_for_nothing(
    cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"megahub_slots": {"brand_slot_price": 1000}}
    urls, home = cluster.clone(unique("hub_sold")), tmp_path_factory.mktemp("sold")
    async with hub_on(urls, home, settings=settings) as hub:
        company = await hub.company()
        refused = await company.admin.patch(f"{company.slots_path}/", json={"brands_slots": 6})
        assert (refused.status_code, refused.json()["code"]) == (403, "megahub_slots_are_sold")
        more = await company.admin.post(f"{company.slots_path}/increase-slots/", json={"users_increment": 1})
        assert more.status_code == 403
        assert (await company.slots())["brands_slots"] == 5
        lowered = await company.admin.patch(f"{company.slots_path}/", json={"brands_slots": 4})
        assert (lowered.status_code, lowered.json()["brands_slots"]) == (200, 4)
        await company.set_slots(9, 10)
        assert (await company.slots())["brands_slots"] == 9
