"""Traces (contracts/driven.md, "Traces"; DECISIONS.md section 3)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.installation import unique
from tests.portal import Portal

SQL = "select 1; drop table driven_trace; -- " + "x" * 100


async def trace(portal: Portal, **fields: Any) -> dict[str, Any]:
    """A new trace."""
    made = await portal.admin.client.post("/api/traces", json={"action": "LOGIN", **fields})
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()["data"]
    return shown


async def listed(portal: Portal, path: str, **query: Any) -> list[Any]:
    """The ids of a list."""
    answer = await portal.admin.client.get(path, params={"per_page": 50, **query})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["data"]]


async def test_a_trace_lives(portal: Portal) -> None:
    admin = portal.admin.client
    asked = {
        "date": "2024-05-15T12:00:00",
        "action": "CREATE_USER",
        "detail": "Création d'un nouvel utilisateur",
        "code": "USER_001",
        "param": "username=johndoe",
        "code_sql": SQL,
        "end_point": "/api/utilisateurs",
        "id_utilisateur": portal.admin.id,
    }
    made = await admin.post("/api/traces", json={**asked, "creer_par": 99, "id": 7})
    assert made.status_code == 201, made.text
    assert made.json()["message"] == {
        "en": "Trace entry created successfully",
        "fr": "Entrée de trace créée avec succès",
    }
    shown = made.json()["data"]
    assert shown == {"id": shown["id"], **asked}
    path = f"/api/traces/{shown['id']}"
    assert (await admin.get(path)).json()["data"] == shown
    changed = await admin.put(path, json={"action": "UPDATE_USER", "detail": None})
    assert changed.json()["data"] == {**shown, "action": "UPDATE_USER", "detail": None}
    assert (await admin.delete(path)).json() == {
        "error": False,
        "message": {"en": "Trace entry deleted successfully", "fr": "Entrée de trace supprimée avec succès"},
    }
    absent = await admin.get(path)
    assert (absent.status_code, absent.json()["message"]["fr"]) == (404, "Entrée de trace non trouvée")


async def test_the_action_alone_is_needed_and_the_date_is_now(portal: Portal) -> None:
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    shown = await trace(portal)
    assert before <= datetime.fromisoformat(shown["date"]) <= before + timedelta(seconds=60)
    assert {name for name, value in shown.items() if value is None} == {
        "detail",
        "code",
        "param",
        "code_sql",
        "end_point",
        "id_utilisateur",
    }
    refused = await portal.admin.client.post("/api/traces", json={"detail": "x"})
    assert (refused.status_code, refused.json()["details"]) == (400, {"action": ["Ce champ est obligatoire."]})


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2024-05-15T12:00:00", "2024-05-15T12:00:00"),
        ("2024-05-15T12:00:00Z", "2024-05-15T12:00:00"),
        ("2024-05-15T12:00:00+01:00", "2024-05-15T11:00:00"),
        ("2024-05-15T12:00:00.987654", "2024-05-15T12:00:00"),
    ],
)
async def test_dates_are_in_utc(portal: Portal, given: str, shown: str) -> None:
    assert (await trace(portal, date=given))["date"] == shown


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1899-12-31T00:00:00", "hier", 5, None, ""]
)
async def test_what_is_no_moment_is_refused(portal: Portal, date: Any) -> None:
    refused = await portal.admin.client.post("/api/traces", json={"action": "LOGIN", "date": date})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"date"})


async def test_an_unknown_utilisateur_is_refused(portal: Portal) -> None:
    kept = await trace(portal)
    for given in (2**62, 2**63 - 1):
        for answer in (
            await portal.admin.client.post("/api/traces", json={"action": "LOGIN", "id_utilisateur": given}),
            await portal.admin.client.put(f"/api/traces/{kept['id']}", json={"id_utilisateur": given}),
        ):
            assert (answer.status_code, answer.json()["details"]) == (400, {"id_utilisateur": ["Objet inconnu."]})
    for given in (2**63, 0, -1, "1", 1.5):
        refused = await portal.admin.client.post("/api/traces", json={"action": "LOGIN", "id_utilisateur": given})
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"id_utilisateur"})


async def test_lists_narrow_and_the_newest_is_first(portal: Portal) -> None:
    person = await portal.person()
    action = unique("ACTION")
    old = await trace(portal, date="2023-01-01T00:00:00", action=action, id_utilisateur=person.id)
    new = await trace(portal, date="2023-01-03T00:00:00", id_utilisateur=person.id)
    middle = await trace(portal, date="2023-01-02T00:00:00", action=action, id_utilisateur=person.id)
    assert await listed(portal, f"/api/traces/utilisateur/{person.id}") == [new["id"], middle["id"], old["id"]]
    assert await listed(portal, f"/api/traces/action/{action}") == [middle["id"], old["id"]]
    assert await listed(portal, f"/api/traces/action/{action.lower()}") == []
    page = (await portal.admin.client.get(f"/api/traces/action/{action}?page=2&per_page=1")).json()
    assert ([each["id"] for each in page["data"]], page["pagination"]["total_items"]) == ([old["id"]], 2)
    assert page["message"]["en"] == "Trace entries by action retrieved successfully"
    whole = (await portal.admin.client.get("/api/traces?per_page=50")).json()["data"]
    assert [each["date"] for each in whole] == sorted((each["date"] for each in whole), reverse=True)


async def test_both_days_of_a_range_are_included_and_cut_in_utc(portal: Portal) -> None:
    first = await trace(portal, date="1990-03-01T00:00:00")
    last = await trace(portal, date="1990-03-31T23:59:59")
    await trace(portal, date="1990-02-28T23:59:59")
    await trace(portal, date="1990-04-01T00:00:00")
    path = "/api/traces/date-range"
    assert await listed(portal, path, start_date="1990-03-01", end_date="1990-03-31") == [last["id"], first["id"]]
    assert await listed(portal, path, start_date="1990-03-01", end_date="1990-03-01") == [first["id"]]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, {"start_date", "end_date"}),
        ({"start_date": "2024-01-01"}, {"end_date"}),
        ({"start_date": "2024-01-01", "end_date": ""}, {"end_date"}),
        ({"start_date": "2024-01-02", "end_date": "2024-01-01"}, {"end_date"}),
        ({"start_date": "2024-W01-1", "end_date": "01/01/2024"}, {"start_date", "end_date"}),
        ({"start_date": "2024-02-30", "end_date": "9999-12-31"}, {"start_date", "end_date"}),
        ({"start_date": "2024-01-01T00:00:00", "end_date": "hier"}, {"start_date", "end_date"}),
    ],
)
async def test_a_range_that_is_none_is_refused(portal: Portal, query: dict[str, str], fields: set[str]) -> None:
    refused = await portal.admin.client.get("/api/traces/date-range", params=query)
    assert (refused.status_code, set(refused.json()["details"])) == (400, fields)


async def test_a_trace_outlives_its_utilisateur(portal: Portal) -> None:
    person = await portal.person()
    kept = await trace(portal, id_utilisateur=person.id)
    await portal.owner.execute("delete from driven_utilisateur where id_utilisateur = $1", person.id)
    shown = (await portal.admin.client.get(f"/api/traces/{kept['id']}")).json()["data"]
    assert shown == {**kept, "id_utilisateur": None}


async def test_who_may(portal: Portal) -> None:
    kept = await trace(portal)
    reader = (await portal.person()).client
    assert (await reader.get("/api/traces/date-range?start_date=2024-01-01&end_date=2024-01-02")).status_code == 200
    for method, path in (
        ("POST", "/api/traces"),
        ("PUT", f"/api/traces/{kept['id']}"),
        ("DELETE", f"/api/traces/{kept['id']}"),
    ):
        refused = await reader.request(method, path, json={"action": "X"})
        assert refused.status_code == 403
    assert (await reader.get(f"/api/traces/{kept['id']}")).json()["data"] == kept
