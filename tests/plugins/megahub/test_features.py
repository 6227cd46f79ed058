"""Features and subscriptions: what is used of them, by whom, and what alerts tell (contracts/megahub.md, "Company
features"; DECISIONS.md section 4)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.primitives.ids import new_id
from core.work import Delivery
from tests.cluster import TestCluster
from tests.hub import Hub, HubCompany, hub_of_worker
from tests.installation import unique

SUBSCRIPTIONS = "/companies/features/subscriptions/"
AVAILABLE = "/companies/features/available/"


async def feature(hub: Hub, **fields: Any) -> dict[str, Any]:
    """A new feature of the catalogue."""
    body = {"name": unique("feature"), "display_name": unique("Feature"), "feature_type": "tasks", **fields}
    answer = await (await hub.superuser()).post(AVAILABLE, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def subscribed(hub: Hub, company: HubCompany, limit: int | None = 10, **fields: Any) -> dict[str, Any]:
    """A company's subscription to a new feature."""
    body = {"feature": (await feature(hub))["id"], "usage_limit": limit, **fields}
    answer = await company.admin.post(SUBSCRIPTIONS, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def path_of(subscription: dict[str, Any], action: str = "") -> str:
    """Where a subscription, or an action on it, is."""
    return f"{SUBSCRIPTIONS}{subscription['id']}/{action}"


async def use(company: HubCompany, subscription: dict[str, Any], amount: int = 1) -> Any:
    """Count a use; the answer."""
    return await company.admin.post(path_of(subscription, "increment-usage/"), json={"amount": amount})


def at(**ahead: float) -> str:
    """A moment from now on, as a client writes it."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def open_alerts(hub: Hub, subscription: dict[str, Any]) -> list[str]:
    """The types of a subscription's open alerts."""
    rows = await hub.owner.fetch(
        "select type from megahub_alert where subscription_id = $1 and cleared_at is null order by id",
        subscription["id"],
    )
    return [row["type"] for row in rows]


async def subjects(hub: Hub, company: HubCompany) -> list[str]:
    """The subjects of the letters to a company's administrator, the oldest first."""
    return [mail["subject"] for mail in (await hub.installed.mail_to(company.email))[::-1]]


async def test_crossing_the_limit_is_refused_and_changes_nothing(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, 10)
    assert (await use(company, abo, 9)).json()["usage_percentage"] == 90.0
    refused = await use(company, abo, 2)
    assert refused.status_code == 400
    assert refused.json() == {"error": "Limite d'utilisation atteinte (10)", "code": "megahub_usage_limit_reached"}
    english = await company.admin.post(
        path_of(abo, "increment-usage/"), json={"amount": 2}, headers={"accept-language": "en"}
    )
    assert english.json()["error"] == "Usage limit reached (10)"
    last = (await use(company, abo)).json()
    assert (last["current_usage"], last["usage_percentage"], last["limit_reached"]) == (10, 100.0, True)
    shown = (await company.admin.get(path_of(abo))).json()
    assert (shown["current_usage"], shown["is_usage_limit_reached_status"]) == (10, True)


async def test_without_limit_everything_is_counted(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, None)
    counted = (await use(company, abo, 2_000_000)).json()
    assert counted == {
        "message": "Utilisation incrémentée de 2000000",
        "current_usage": 2_000_000,
        "usage_limit": None,
        "usage_percentage": 0.0,
        "limit_reached": False,
    }


@pytest.mark.parametrize("off", ["disabled", "expired", "feature", "company"])
async def test_nothing_is_counted_on_what_is_not_active(hub: Hub, off: str) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, 10, expires_at=at(days=3, hours=1))
    assert (abo["is_active_status"], abo["days_until_expiry"]) == (True, 3)
    if off == "disabled":
        await company.admin.post(path_of(abo, "toggle-enabled/"), json={})
    elif off == "expired":
        ended = await company.admin.patch(path_of(abo), json={"expires_at": at(days=-1)})
        assert (ended.status_code, ended.json()["is_active_status"]) == (200, False)
    elif off == "feature":
        root = await hub.superuser()
        await root.patch(f"{AVAILABLE}{abo['feature']}/", json={"is_active": False})
    else:
        await hub.owner.execute("update organisation set is_active = false where number = $1", company.id)
    refused = await use(company, abo)
    assert (refused.status_code, refused.json()["code"]) == (400, "megahub_subscription_not_active")
    shown = (await company.admin.get(path_of(abo))).json()
    assert (shown["is_active_status"], shown["current_usage"]) == (False, 0)
    assert shown["days_until_expiry"] == (0 if off == "expired" else 3)
    figures = (await company.admin.get(f"{SUBSCRIPTIONS}usage-stats/")).json()["global_stats"]
    assert figures == {"total_features": 1, "active_features": 0, "over_limit_features": 0, "activation_rate": 0.0}


async def test_a_repeated_increment_under_one_key_counts_once(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, 10)
    headers = {"idempotency-key": unique("key")}
    answers = [
        await company.admin.post(path_of(abo, "increment-usage/"), json={"amount": 4}, headers=headers)
        for _ in range(3)
    ]
    assert [(answer.status_code, answer.json()["current_usage"]) for answer in answers] == [(200, 4)] * 3
    assert (await company.admin.get(path_of(abo))).json()["current_usage"] == 4


async def test_what_is_used_shows_though_the_version_stays(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company)
    before = await company.admin.get(path_of(abo))
    await use(company, abo)
    after = await company.admin.get(path_of(abo), headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.json()["current_usage"]) == (200, 1)
    stale = await company.admin.patch(path_of(abo), json={"usage_limit": 20}, headers={"if-match": '"9"'})
    assert stale.status_code == 412
    kept = await company.admin.patch(
        path_of(abo), json={"usage_limit": 20}, headers={"if-match": before.headers["etag"]}
    )
    assert kept.status_code == 200


async def test_times_without_a_zone_are_the_installations_and_far_years_are_refused(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, 10, expires_at="2098-06-01T12:00:00")
    assert abo["expires_at"] == "2098-06-01T11:00:00Z"
    for far in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        refused = await company.admin.patch(path_of(abo), json={"expires_at": far})
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"expires_at"})


async def test_alerts_are_raised_once_for_a_crossing_and_cleared_when_usage_falls_back(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, 10)
    await use(company, abo, 7)
    assert await open_alerts(hub, abo) == []
    await use(company, abo)
    await use(company, abo)
    assert await open_alerts(hub, abo) == ["feature_warning"]
    await use(company, abo)
    assert await open_alerts(hub, abo) == ["feature_warning", "feature_limit"]
    name = abo["feature_name"]
    said = [
        f"{company.name} : Limite d'utilisation de {name} bientôt atteinte (8/10)",
        f"{company.name} : Limite d'utilisation de {name} atteinte (10/10)",
    ]
    assert await subjects(hub, company) == said
    # a higher limit clears them as falling usage does
    assert (await company.admin.patch(path_of(abo), json={"usage_limit": 11})).status_code == 200
    assert await open_alerts(hub, abo) == ["feature_warning"]
    assert (await company.admin.post(path_of(abo, "reset-usage/"), json={})).json()["old_usage"] == 10
    assert await open_alerts(hub, abo) == []
    await use(company, abo, 11)
    assert await open_alerts(hub, abo) == ["feature_warning", "feature_limit"]
    assert len(await subjects(hub, company)) == 3
    await company.admin.delete(path_of(abo))
    assert await open_alerts(hub, abo) == []


async def test_an_end_that_comes_is_warned_of_twice_and_once_each(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company, 10, expires_at=at(days=8))
    silent = await subscribed(hub, company, 10, expires_at=at(days=2), is_enabled=False)

    async def daily() -> None:
        handler = hub.installed.composition.handlers["megahub_features.warn_of_expiry"]
        for _ in range(2):
            await handler(Delivery(new_id(), "job", "megahub_features.warn_of_expiry", {}))

    async def ends_in(**ahead: float) -> None:
        moment = datetime.now(UTC) + timedelta(**ahead)
        await hub.owner.execute("update megahub_subscription set expires_at = $2 where id = $1", abo["id"], moment)

    await daily()
    assert await subjects(hub, company) == []
    await ends_in(days=6)
    await daily()
    assert len(await subjects(hub, company)) == 1
    await ends_in(hours=20)
    await daily()
    told = await subjects(hub, company)
    assert len(told) == 2
    assert told[1].startswith(f"{company.name} : L'abonnement à {abo['feature_name']} expire le ")
    await ends_in(hours=-1)
    await daily()
    assert len(await subjects(hub, company)) == 2
    # one that is prolonged is warned of anew
    assert (await company.admin.patch(path_of(abo), json={"expires_at": at(days=5)})).status_code == 200
    await daily()
    assert len(await subjects(hub, company)) == 3
    assert silent["is_enabled"] is False


async def test_a_companys_subscriptions_are_its_own(hub: Hub) -> None:
    company, other = await hub.company(), await hub.company()
    abo = await subscribed(hub, company)
    for method, path in (
        ("GET", path_of(abo)),
        ("PATCH", path_of(abo)),
        ("DELETE", path_of(abo)),
        ("POST", path_of(abo, "increment-usage/")),
        ("POST", path_of(abo, "reset-usage/")),
        ("POST", path_of(abo, "toggle-enabled/")),
    ):
        answer = await other.admin.request(method, path, json={})
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await other.admin.get(SUBSCRIPTIONS)).json()["count"] == 0
    assert (await other.admin.get(f"{SUBSCRIPTIONS}usage-stats/")).json()["global_stats"]["total_features"] == 0
    root = await hub.superuser()
    everything = (await root.get(SUBSCRIPTIONS, params={"company": company.id})).json()
    assert [each["id"] for each in everything["results"]] == [abo["id"]]
    used = await root.post(path_of(abo, "increment-usage/"), json={})
    assert used.json()["current_usage"] == 1
    overview = (await root.get(f"{SUBSCRIPTIONS}companies-overview/")).json()
    mine = next(each for each in overview["companies"] if each["company_id"] == company.id)
    assert (mine["total_features"], mine["active_features"], mine["features_over_limit"]) == (1, 1, 0)
    assert overview["companies_count"] == len(overview["companies"])


async def test_an_archived_companys_subscriptions_are_gone(hub: Hub) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company)
    root = await hub.superuser()
    assert (await root.get(f"{AVAILABLE}{abo['feature']}/")).json()["subscribed_companies_count"] == 1
    assert (await root.delete(f"{company.path}/")).status_code == 204
    assert (await root.get(path_of(abo))).status_code == 404
    assert (await root.post(path_of(abo, "increment-usage/"), json={})).status_code == 404
    assert (await root.get(f"{AVAILABLE}{abo['feature']}/")).json()["subscribed_companies_count"] == 0
    assert (await root.post(SUBSCRIPTIONS, json={"company": company.id, "feature": abo["feature"]})).status_code == 400


async def test_a_feature_that_is_not_offered_takes_no_new_companies(hub: Hub) -> None:
    company = await hub.company()
    retired = await feature(hub, is_active=False)
    refused = await company.admin.post(SUBSCRIPTIONS, json={"feature": retired["id"]})
    assert refused.json()["details"] == {"feature": ["Cette feature n'est plus proposée"]}


@pytest.mark.parametrize("body", ['{"amount": 1e400}', '{"amount": NaN}', '{"amount": "\\u0000"}', "[]", "{"])
async def test_hostile_amounts_are_refused(hub: Hub, body: str) -> None:
    company = await hub.company()
    abo = await subscribed(hub, company)
    headers = {"content-type": "application/json"}
    answer = await company.admin.post(path_of(abo, "increment-usage/"), content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert (await company.admin.get(path_of(abo))).json()["current_usage"] == 0


@pytest.fixture(scope="module")
async def served(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """A hub whose companies do not serve themselves."""
    settings = {"megahub_features": {"self_service": False}}
    async with hub_of_worker(cluster, tmp_path_factory, "served", settings=settings) as running:
        yield running


async def test_without_self_service_a_superuser_alone_gives_more(served: Hub) -> None:
    company = await served.company()
    abo = await subscribed(served, company, 10, expires_at=at(days=40))
    await use(company, abo, 3)
    for change in ({"usage_limit": 11}, {"usage_limit": None}, {"expires_at": at(days=50)}, {"expires_at": None}):
        refused = await company.admin.patch(path_of(abo), json=change)
        assert refused.status_code == 403, change
        assert refused.json()["error"] == "Permission refusée"
    assert (await company.admin.post(path_of(abo, "reset-usage/"), json={})).status_code == 403
    assert (await company.admin.patch(path_of(abo), json={"usage_limit": 5})).status_code == 200
    root = await served.superuser()
    assert (await root.patch(path_of(abo), json={"usage_limit": 50})).json()["usage_limit"] == 50
    assert (await root.post(path_of(abo, "reset-usage/"), json={})).json()["old_usage"] == 3
