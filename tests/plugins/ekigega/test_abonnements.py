"""Subscriptions: the order of their dates, their expiry, their reminders (DECISIONS.md section 1)."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from adapters.queue.outbox import Outbox
from core.access.principal import SYSTEM
from core.primitives.ids import new_id
from core.testkit.clock import FakeClock
from core.work import AlreadyDelivered, Delivery
from plugins.ekigega.abonnements.expiry import Expiry
from plugins.ekigega.abonnements.http import Abonnement
from plugins.ekigega.abonnements.service import LISTING
from plugins.ekigega.abonnements.store import AbonnementStore
from tests.installation import Api, Company, Installed
from tests.matrices.footprint import tenant_footprint

ZONE = ZoneInfo("Africa/Porto-Novo")
LAST_DAY = date(2031, 3, 31)
"""Porto-Novo is an hour ahead of UTC: its first of April begins at 23:00 UTC."""


async def made(client: Api, **fields: Any) -> dict[str, Any]:
    """Make a subscription."""
    body = {"type": "Standard", "date_debut": "2026-01-01", "date_fin": LAST_DAY.isoformat(), "prix": "10", **fields}
    answer = await client.post("/api/abonnements/", json=body)
    assert answer.status_code == 201, answer.text
    abonnement: dict[str, Any] = answer.json()
    return abonnement


async def status(client: Api, abonnement: dict[str, Any]) -> str:
    """The state of a subscription as the API shows it."""
    shown: str = (await client.get(f"/api/abonnements/{abonnement['id']}/")).json()["status"]
    return shown


class Jobs:
    """The jobs at a moment of a clock that stands still."""

    def __init__(self, installed: Installed) -> None:
        kernel = installed.composition.kernel
        self.clock = FakeClock()
        self.outbox = Outbox(installed.composition.works)
        self.store = AbonnementStore(Abonnement, listing=LISTING, time_zone=ZONE)
        self._expiry = Expiry(kernel.works, self.store, kernel.notifications, self.clock, ZONE, (7, 1))

    async def delivery(self, job: str) -> Delivery:
        """An open delivery of a job."""
        key, name = new_id(), f"ekigega_abonnements.{job}"
        assert await self.outbox.add_tick(key, name, {})
        return Delivery(key, "schedule", name, {})

    async def expire(self, at: datetime) -> None:
        """Run the expiry at a moment."""
        self.clock.set(at)
        await self._expiry.expire(await self.delivery("expire"))

    async def remind(self, at: datetime, delivery: Delivery | None = None) -> None:
        """Run the reminders at a moment."""
        self.clock.set(at)
        await self._expiry.remind(delivery or await self.delivery("remind"))

    async def expire_by(self, delivery: Delivery) -> None:
        """Run the expiry of a delivery."""
        await self._expiry.expire(delivery)


@pytest.fixture
async def jobs(installed: Installed) -> Jobs:
    """The jobs of the installation."""
    await installed.drain()
    return Jobs(installed)


@pytest.mark.parametrize(
    "change",
    [
        {"date_debut": "2031-04-01"},
        {"date_fin": "2025-12-31"},
        {"date_debut": "2030-01-02", "date_fin": "2030-01-01"},
    ],
)
async def test_the_end_is_never_before_the_start(change: dict[str, str], company: Company, owner: Any) -> None:
    abonnement = await made(company.owner)
    path = f"/api/abonnements/{abonnement['id']}/"
    before = await tenant_footprint(owner, company.id)
    answer = await company.owner.patch(path, json=change)
    assert (answer.status_code, list(answer.json())) == (400, ["date_fin"])
    whole = {"type": "S", "date_debut": "2026-01-01", "date_fin": LAST_DAY.isoformat(), "prix": "1", **change}
    assert (await company.owner.put(path, json=whole)).status_code == 400
    assert (await company.owner.post("/api/abonnements/", json=whole)).status_code == 400
    assert await tenant_footprint(owner, company.id) == before


async def test_one_date_may_move_up_to_the_other(company: Company) -> None:
    path = f"/api/abonnements/{(await made(company.owner))['id']}/"
    assert (await company.owner.patch(path, json={"date_debut": LAST_DAY.isoformat()})).status_code == 200
    both = await company.owner.patch(path, json={"date_debut": "2040-01-01", "date_fin": "2040-01-01"})
    assert (both.status_code, both.json()["date_fin"]) == (200, "2040-01-01")


async def test_dates_that_move_at_once_do_not_pass_each_other(company: Company) -> None:
    moves = ({"date_debut": "2031-01-01"}, {"date_fin": "2026-06-30"})
    for _ in range(10):
        path = f"/api/abonnements/{(await made(company.owner))['id']}/"
        answers = await asyncio.gather(*(company.owner.patch(path, json=move) for move in moves))
        assert sorted(answer.status_code for answer in answers) == [200, 400]
        shown = (await company.owner.get(path)).json()
        assert shown["date_debut"] <= shown["date_fin"]


async def test_dates_of_another_tenants_one_are_not_told(company: Company, installed: Installed) -> None:
    abonnement = await made(company.owner)
    other = await installed.company()
    answer = await other.owner.patch(f"/api/abonnements/{abonnement['id']}/", json={"date_fin": "2025-12-31"})
    assert answer.status_code == 404


async def test_it_expires_the_day_after_its_last_in_the_installations_zone(company: Company, jobs: Jobs) -> None:
    states = ("actif", "suspendu", "annule", "expire")
    ending = {each: await made(company.owner, status=each) for each in states}
    later = await made(company.owner, date_fin="2031-04-01")

    await jobs.expire(datetime(2031, 3, 31, 22, 59, 59, tzinfo=UTC))
    assert [await status(company.owner, ending[each]) for each in states] == list(states)

    await jobs.expire(datetime(2031, 3, 31, 23, 0, tzinfo=UTC))
    assert [await status(company.owner, ending[each]) for each in states] == ["expire", "expire", "annule", "expire"]
    assert await status(company.owner, later) == "actif"


async def test_an_expiry_is_audited_and_changes_the_version(company: Company, jobs: Jobs) -> None:
    abonnement = await made(company.owner)
    path = f"/api/abonnements/{abonnement['id']}/"
    tag = (await company.owner.get(path)).headers["etag"]
    await jobs.expire(datetime(2031, 4, 2, tzinfo=UTC))
    logs = (await company.owner.get("/api/logs/", params={"object_type": "Abonnement"})).json()["results"]
    found = [log for log in logs if log["action"] == "UPDATE"]
    assert [(log["object_id"], log["user"], log["entreprise"]) for log in found] == [
        (abonnement["id"], None, company.id)
    ]
    assert found[0]["details"] == {"status": "expire"}
    stale = await company.owner.patch(path, json={"prix": "1"}, headers={"if-match": tag})
    assert stale.status_code == 412


async def test_a_delivery_counts_once(company: Company, jobs: Jobs, owner: Any) -> None:
    jobs.clock.set(datetime(2031, 4, 2, tzinfo=UTC))
    delivery = await jobs.delivery("expire")
    await made(company.owner)
    await jobs.expire_by(delivery)
    again = await made(company.owner)
    before = await tenant_footprint(owner, company.id)
    with pytest.raises(AlreadyDelivered):
        await jobs.expire_by(delivery)
    assert await tenant_footprint(owner, company.id) == before
    assert await status(company.owner, again) == "actif"


async def _mails(installed: Installed, client: Api) -> list[tuple[str, str]]:
    address = client.email  # type: ignore[attr-defined]
    return [
        (mail["subject"], mail["body"]) for mail in await installed.mail_to(address) if "Premium" in mail["subject"]
    ]


def _days_before(days: int, hour: int = 12) -> datetime:
    return datetime(2031, 3, 31, hour, tzinfo=UTC) - timedelta(days=days)


async def test_the_owner_is_reminded_a_week_and_a_day_before(
    company: Company, installed: Installed, jobs: Jobs
) -> None:
    await made(company.owner, type="Premium")
    seller = await company.join("VENTES")
    counts = []
    for days in (8, 7, 6, 2, 1, 0, -1):
        await jobs.remind(_days_before(days))
        counts.append(len(await _mails(installed, company.owner)))
    assert counts == [0, 1, 1, 1, 2, 2, 2]
    assert (await _mails(installed, company.owner))[0] == (
        "Votre abonnement Premium se termine le 2031-03-31",
        "Bonjour,\n\nVotre abonnement Premium se termine le 2031-03-31. Pensez à le renouveler.\n",
    )
    assert await _mails(installed, seller) == []


async def test_a_day_has_one_reminder(company: Company, installed: Installed, jobs: Jobs) -> None:
    await made(company.owner, type="Premium")
    delivery = await jobs.delivery("remind")
    await jobs.remind(_days_before(7), delivery)
    with pytest.raises(AlreadyDelivered):
        await jobs.remind(_days_before(7), delivery)
    await jobs.remind(_days_before(7, 20))
    assert len(await _mails(installed, company.owner)) == 1


async def test_workers_at_once_take_a_reminder_once(company: Company, installed: Installed, jobs: Jobs) -> None:
    abonnement = await made(company.owner, type="Premium")
    works, today = installed.composition.works, LAST_DAY - timedelta(days=7)
    async with works.everywhere(SYSTEM) as first, works.everywhere(SYSTEM) as second:
        taken = [each.id for each in await jobs.store.take_reminders(first, [LAST_DAY], today)]
        assert UUID(abonnement["id"]) in taken
        async with asyncio.timeout(10):
            late = await jobs.store.take_reminders(second, [LAST_DAY], today)
        assert not {each.id for each in late} & set(taken)


async def test_days_of_reminders_are_cut_in_the_installations_zone(
    company: Company, installed: Installed, jobs: Jobs
) -> None:
    await made(company.owner, type="Premium")
    await jobs.remind(_days_before(8, 22))
    assert await _mails(installed, company.owner) == []
    await jobs.remind(_days_before(8, 23))
    assert len(await _mails(installed, company.owner)) == 1


async def test_the_reminder_speaks_the_owners_language(
    company: Company, installed: Installed, jobs: Jobs, owner: Any
) -> None:
    await made(company.owner, type="Premium")
    address = company.owner.email  # type: ignore[attr-defined]
    await owner.execute("update account set language = 'en' where email = $1", address)
    await jobs.remind(_days_before(1))
    subjects = [subject for subject, _ in await _mails(installed, company.owner)]
    assert subjects == ["Your Premium subscription ends on 2031-03-31"]


@pytest.mark.parametrize("state", ["suspendu", "annule", "expire"])
async def test_only_an_active_one_is_reminded_of(
    state: str, company: Company, installed: Installed, jobs: Jobs
) -> None:
    await made(company.owner, type="Premium", status=state)
    await jobs.remind(_days_before(7))
    assert await _mails(installed, company.owner) == []


async def test_the_reminder_survives_an_owner_who_is_switched_off(
    company: Company, installed: Installed, jobs: Jobs, owner: Any
) -> None:
    abonnement = await made(company.owner, type="Premium")
    address = company.owner.email  # type: ignore[attr-defined]
    await owner.execute("update account set is_active = false where email = $1", address)
    await jobs.remind(_days_before(7))
    assert await _mails(installed, company.owner) == []
    reminded = await owner.fetchval("select reminded_for from abonnement where id = $1", UUID(abonnement["id"]))
    assert reminded == date(2031, 3, 24)


async def test_an_archived_company_is_left_alone(
    company: Company, installed: Installed, jobs: Jobs, owner: Any
) -> None:
    abonnement = await made(company.owner, type="Premium")
    assert (await company.owner.delete(f"/api/tenants/{company.id}/")).status_code == 204
    await jobs.remind(_days_before(7))
    assert await _mails(installed, company.owner) == []
    row = await owner.fetchrow("select status, reminded_for from abonnement where id = $1", UUID(abonnement["id"]))
    assert tuple(row) == ("actif", None)


async def test_a_company_that_is_switched_off_is_not_reminded(company: Company, jobs: Jobs, owner: Any) -> None:
    abonnement = await made(company.owner, type="Premium")
    await owner.execute("update organisation set is_active = false where id = $1", UUID(company.id))
    await jobs.remind(_days_before(7))
    reminded = await owner.fetchval("select reminded_for from abonnement where id = $1", UUID(abonnement["id"]))
    assert reminded is None
