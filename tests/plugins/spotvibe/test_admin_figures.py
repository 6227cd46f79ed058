"""The figures that staff see are exact, and their days and months are the installation's (contracts/spotvibe.md
sections 8.1 and 8.2)."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plugins.spotvibe.admin.countries import UNKNOWN, by_country, country_of
from plugins.spotvibe.admin.figure_service import months_to
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import made
from tests.scene import Person

ZONE = ZoneInfo("Africa/Porto-Novo")
PHONES = ("+2290197000001", "+2290166000002", "+22890123456", None)


class Counted:
    """A box office where something has happened, and who looks at its figures."""

    def __init__(self, office: BoxOffice, staff: Person) -> None:
        self.office = office
        self.staff = staff

    async def figures(self, path: str) -> Any:
        """The figures at a path."""
        answer = await self.staff.client.get(f"/api/admin/{path}/")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
async def counted(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Counted]:
    """Two buyers, five tickets sold of which two are refunded, a declined payment, two events that wait, one that is
    gone, and what else waits for staff."""
    urls = cluster.clone(unique("counted").replace("-", "_"))
    async with box_office_on(urls, tmp_path_factory.mktemp("counted")) as office:
        scene = office.scene
        staff = await scene.person(staff=True)
        one, other, third, organiser = [await scene.person(phone=phone) for phone in PHONES]
        await scene.owner.execute("update spotvibe_profile set est_verifie = true where user_id = $1", third.id)
        await scene.owner.execute("update account set is_active = false where number = $1", third.id)
        concert = await office.concert(organiser, categorie=1)
        doomed = await office.concert(organiser, categorie=2)
        await office.paid(one, concert, quantity=3)
        await office.paid(other, doomed, quantity=2)
        await office.decline(other, await office.begun(other, concert))
        maker = await scene.person()
        await made(maker, categorie=2)
        gone = await made(maker)
        assert (await maker.client.delete(f"/api/events/{gone['id']}/delete/")).status_code == 204
        cancel = {"action_type": "cancel_events", "object_ids": [doomed["id"]]}
        assert (await staff.client.post("/api/admin/bulk-action/", json=cancel)).json()["processed_count"] == 1
        await office.settle()
        report = {"content_type": "user", "object_id": one.id, "reason": "Spam"}
        assert (await other.client.post("/api/core/report/", json=report)).status_code == 201
        contact = {"nom": "A", "email": "a@example.com", "sujet": "S", "message": "M"}
        assert (await scene.api().post("/api/core/contact/", json=contact)).status_code == 201
        yield Counted(office, staff)


async def test_the_dashboard_counts_what_there_is(counted: Counted) -> None:
    assert await counted.figures("dashboard") == {
        "total_users": 6,
        "active_users": 5,
        "total_events": 3,
        "pending_events": 1,
        "total_revenue": 30000,
        "active_subscriptions": 0,
        "new_registrations_today": 6,
        "pending_verifications": 0,
        "pending_refunds": 0,
        "new_reports": 1,
        "new_messages": 1,
    }


async def test_users_are_counted_by_country_and_day(counted: Counted) -> None:
    shown = await counted.figures("stats/users")
    assert (shown["total_users"], shown["verified_users"], shown["unverified_users"]) == (6, 1, 5)
    assert shown["users_by_country"] == {"Unknown": 3, "Benin": 2, "Togo": 1}
    days = shown["registrations_last_30_days"]
    today = datetime.now(ZONE).date()
    assert [day["date"] for day in days] == [str(today - timedelta(days=ago)) for ago in range(29, -1, -1)]
    assert [day["count"] for day in days] == [0] * 29 + [6]


async def test_days_are_cut_at_the_installations_midnight(counted: Counted) -> None:
    owner = counted.office.scene.owner
    moved = await counted.office.scene.person()
    yesterday = datetime.now(ZONE).date() - timedelta(days=1)
    # an hour before midnight in Porto-Novo, and the first minute of the oldest of thirty days
    for moment, place in (
        (datetime(yesterday.year, yesterday.month, yesterday.day, 23, tzinfo=ZONE), 28),
        (datetime.combine(yesterday - timedelta(days=28), datetime.min.time(), tzinfo=ZONE), 0),
        (
            datetime.combine(yesterday - timedelta(days=28), datetime.min.time(), tzinfo=ZONE) - timedelta(seconds=1),
            None,
        ),
    ):
        await owner.execute("update spotvibe_profile set created_at = $2 where user_id = $1", moved.id, moment)
        days = (await counted.figures("stats/users"))["registrations_last_30_days"]
        assert [index for index, day in enumerate(days[:29]) if day["count"]] == ([] if place is None else [place])
        assert (await counted.figures("dashboard"))["new_registrations_today"] == 6
    await owner.execute("delete from spotvibe_profile where user_id = $1", moved.id)


async def test_events_and_their_tickets_are_counted(counted: Counted) -> None:
    shown = await counted.figures("stats/events")
    assert (shown["total_events"], shown["total_tickets_sold"], shown["revenue_from_tickets"]) == (3, 3, 30000)
    assert sum(shown["events_by_category"].values()) == 3
    assert sorted(count for count in shown["events_by_category"].values() if count) == [1, 2]
    assert [day["count"] for day in shown["events_last_30_days"]] == [0] * 29 + [3]


async def test_payments_are_counted_and_revenue_cut_by_month(counted: Counted) -> None:
    shown = await counted.figures("stats/payments")
    assert (shown["total_transactions"], shown["successful_transactions"], shown["failed_transactions"]) == (3, 2, 1)
    assert shown["total_revenue"] == 30000
    months = shown["revenue_by_month"]
    assert (len(months), months[-1]) == (12, {"month": f"{datetime.now(ZONE):%Y-%m}", "revenue": 30000})
    assert {month["revenue"] for month in months[:-1]} == {0}
    owner = counted.office.scene.owner
    before = await owner.fetchval("select settled_at from payment where honoured is not null order by number limit 1")
    # an hour into the first of March in Porto-Novo is still February in UTC
    await owner.execute(
        "update payment set settled_at = '2020-02-29 23:30+00' where settled_at = $1 and honoured is not null", before
    )
    try:
        months = (await counted.figures("stats/payments"))["revenue_by_month"]
        assert months[0] == {"month": "2020-03", "revenue": 30000}
        assert len(months) > 12
    finally:
        await owner.execute("update payment set settled_at = $1 where settled_at = '2020-02-29 23:30+00'", before)


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+2290197000000", "Benin"),
        ("+22890123456", "Togo"),
        ("+2250707070707", "Côte d’Ivoire"),
        ("+33612345678", "France"),
        ("+14165550123", "Canada"),
        ("+12125550123", "United States"),
        ("+999123", UNKNOWN),
        ("texte", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_a_number_tells_its_country(phone: str | None, country: str) -> None:
    assert country_of(phone) == country


def test_countries_are_summed_the_most_first() -> None:
    groups = [("+22890123456", 1), ("+2290197000000", 2), ("+2290166000000", 3), (None, 1)]
    assert list(by_country(groups).items()) == [("Benin", 5), ("Togo", 1), ("Unknown", 1)]


def test_months_go_back_for_a_year_or_to_the_first() -> None:
    today = date(2026, 2, 28)
    year = months_to(today, [])
    assert (len(year), year[0], year[9:]) == (12, "2025-03", ["2025-12", "2026-01", "2026-02"])
    assert months_to(today, ["2025-12", "2024-12"])[0] == "2024-12"
