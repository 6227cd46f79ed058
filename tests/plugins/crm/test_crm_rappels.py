"""Reminders of tasks: the day before, the day itself, and when late; once each, as one wishes."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.primitives.ids import new_id
from core.testkit.clock import FakeClock
from core.work import Delivery
from plugins.crm.taches.rappel_service import Rappels
from plugins.crm.taches.rappel_store import PgRappelStore
from tests.sales import Sales, Seller, Team

ZONE = ZoneInfo("Africa/Porto-Novo")
DAY = date(2031, 3, 10)


@pytest.fixture(autouse=True)
async def no_older_tasks(sales: Sales) -> None:
    """Nobody else has tasks to be reminded of."""
    await sales.owner.execute("delete from crm_tache")


async def remind(sales: Sales, day: date = DAY, hour: int = 9, times: int = 1) -> None:
    """Run the job at an hour of the zone, several times beside each other."""
    kernel = sales.kernel
    clock = FakeClock(datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC))
    rappels = Rappels(
        kernel.works,
        PgRappelStore("IMMEDIATE"),
        kernel.notifications,
        clock,
        zone=ZONE,
        hour=7,
        default="IMMEDIATE",
    )
    deliveries = [Delivery(new_id(), "job", "crm_taches.remind_taches", {}) for _ in range(times)]
    for each in deliveries:
        await sales.owner.execute(
            "insert into outbox (id, topic, subscriber, payload) values ($1, 'job', $2, '{}')", each.id, each.subscriber
        )
    await asyncio.gather(*(rappels.remind(each) for each in deliveries))
    await sales.installed.drain()


async def subjects(sales: Sales, seller: Seller) -> list[str]:
    """What somebody was sent, the oldest first."""
    return [mail["subject"] for mail in reversed(await sales.installed.mail_to(seller.email))]


async def tache(team: Team, titre: str, days: int, **fields: Any) -> dict[str, Any]:
    """A task that is due some days after the day."""
    client = (await team.ventes.crm_client(nom="Awa Kouassi"))["id"]
    due = str(DAY + timedelta(days))
    return await team.ventes.tache(titre=titre, date_echeance=due, client_associe=client, **fields)


async def test_everyone_is_told_once_of_each_moment(sales: Sales, team: Team) -> None:
    await tache(team, "Appeler", 1)
    await tache(team, "Écrire", 2)
    await tache(team, "Faite", 0, statut="Terminée")
    await tache(team, "De personne", 0, assigne_a=None)
    await remind(sales, hour=6)
    assert await subjects(sales, team.ventes) == [], "it is too early"
    await remind(sales)
    await remind(sales)
    said = ["Tâche à faire pour demain : Appeler"]
    assert await subjects(sales, team.ventes) == said
    body = (await sales.installed.mail_to(team.ventes.email))[0]["body"]
    assert "11 mars 2031" in body
    assert "Awa Kouassi" in body
    await remind(sales, DAY + timedelta(1))
    said += ["Tâche à faire aujourd'hui : Appeler", "Tâche à faire pour demain : Écrire"]
    assert sorted(await subjects(sales, team.ventes)) == sorted(said)
    for days in (2, 3, 4):
        await remind(sales, DAY + timedelta(days))
    said += ["Tâche en retard : Appeler", "Tâche à faire aujourd'hui : Écrire", "Tâche en retard : Écrire"]
    assert sorted(await subjects(sales, team.ventes)) == sorted(said)


async def test_another_day_or_another_person_is_told_again(sales: Sales, team: Team) -> None:
    made = await tache(team, "Appeler", 0)
    await remind(sales)
    colleague = await sales.member(team.organisation, language="en")
    path = f"/api/taches/{made['id']}/"
    await team.ventes.client.patch(path, json={"assigne_a": colleague.id})
    await remind(sales)
    assert await subjects(sales, colleague) == ["Task due today: Appeler"]
    await team.ventes.client.patch(path, json={"date_echeance": str(DAY + timedelta(1))})
    await remind(sales)
    assert await subjects(sales, colleague) == ["Task due today: Appeler", "Task due tomorrow: Appeler"]
    assert len(await subjects(sales, team.ventes)) == 1


async def test_one_letter_a_day(sales: Sales, team: Team) -> None:
    assert await team.ventes.read("/api/taches/rappels/") == {"frequence": "IMMEDIATE"}
    chosen = await team.ventes.client.put("/api/taches/rappels/", json={"frequence": "QUOTIDIEN"})
    assert (chosen.status_code, chosen.json()) == (200, {"frequence": "QUOTIDIEN"})
    assert await team.ventes.read("/api/taches/rappels/") == {"frequence": "QUOTIDIEN"}
    for titre, days in (("Demain", 1), ("Hier", -1), ("Ce jour", 0)):
        await tache(team, titre, days)
    await remind(sales, times=4)
    assert await subjects(sales, team.ventes) == ["Vos tâches du jour (3)"]
    body = (await sales.installed.mail_to(team.ventes.email))[0]["body"]
    assert body.index("Hier") < body.index("Ce jour") < body.index("Demain")
    await tache(team, "Plus tard", 0)
    await remind(sales, hour=15)
    assert len(await subjects(sales, team.ventes)) == 1, "one letter a day"
    await remind(sales, DAY + timedelta(1))
    assert len(await subjects(sales, team.ventes)) == 2


async def test_who_wants_none_gets_none(sales: Sales, team: Team) -> None:
    await team.ventes.client.put("/api/taches/rappels/", json={"frequence": "JAMAIS"})
    await tache(team, "Appeler", 0)
    leaving = await sales.member(team.organisation)
    await tache(team, "Écrire", 0, assigne_a=leaving.id)
    await sales.owner.execute(
        "delete from membership where account_id = (select id from account where number = $1)", leaving.id
    )
    await remind(sales)
    assert await sales.owner.fetchval("select count(*) from crm_tache_rappel") == 0
    assert await subjects(sales, team.ventes) == await subjects(sales, leaving) == []
    await team.ventes.client.put("/api/taches/rappels/", json={"frequence": "IMMEDIATE"})
    await remind(sales)
    assert await subjects(sales, team.ventes) == ["Tâche à faire aujourd'hui : Appeler"]
    refused = await team.ventes.client.put("/api/taches/rappels/", json={"frequence": "PARFOIS"})
    assert (refused.status_code, list(refused.json())) == (400, ["frequence"])


async def test_parallel_runs_tell_once(sales: Sales, team: Team) -> None:
    for number in range(5):
        await tache(team, f"Tâche {number}", 0)
    await remind(sales, times=6)
    assert len(await subjects(sales, team.ventes)) == 5
