"""Objectives (contracts/driven.md, "Objectifs"; DECISIONS.md section 3)."""

import asyncio
from datetime import date
from typing import Any

import pytest

from plugins.driven.objectifs.domain import Period, Reversed, Unreadable, read_period
from tests.installation import unique
from tests.portal import Portal


def body(portal: Portal, **fields: Any) -> dict[str, Any]:
    """The document's objective."""
    return {
        "titre": "Objectif CA Q1",
        "id_utilisateur": portal.admin.id,
        "type": "chiffre_affaires",
        "description": "Atteindre 100K€ de CA",
        "periode": "2024.01-2024.03",
        "date_debut": "2024-01-01T00:00:00",
        "date_fin": "2024-03-31T00:00:00",
        "statut": "En cours",
        "progression": 0.0,
        "valeur": 100000,
        **fields,
    }


async def objectif(portal: Portal, **fields: Any) -> dict[str, Any]:
    """A new objective."""
    made = await portal.admin.client.post("/api/objectifs", json=body(portal, **fields))
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()["data"]
    return shown


async def test_an_objective_lives(portal: Portal) -> None:
    admin = portal.admin.client
    made = await admin.post("/api/objectifs", json=body(portal, creer_par=9, modifier_par=9))
    assert made.status_code == 201, made.text
    assert made.json()["message"] == {"en": "Objective created successfully", "fr": "Objectif créé avec succès"}
    shown = made.json()["data"]
    tracked = {name: shown.pop(name) for name in ("id", "creer_par", "modifier_par", "creer_a", "modifier_a")}
    assert shown == body(portal)
    assert (tracked["creer_par"], tracked["modifier_par"]) == (portal.admin.id, portal.admin.id)
    path = f"/api/objectifs/{tracked['id']}"
    asked = {
        "description": "Atteindre 120K€ de CA",
        "periode": "2024.01-2024.06",
        "valeur": 120000,
        "progression": 0.25,
        "modifier_par": 1,
    }
    changed = await admin.put(path, json=asked)
    assert changed.status_code == 200, changed.text
    del asked["modifier_par"]
    kept = changed.json()["data"]
    assert kept == {**shown, **tracked, **asked, "modifier_a": kept["modifier_a"]}
    assert (await admin.get(path)).json()["data"] == kept
    gone = await admin.delete(path)
    assert gone.json()["message"] == {"en": "Objective deleted successfully", "fr": "Objectif supprimé avec succès"}
    assert (await admin.get(path)).json()["message"]["en"] == "Objective not found"


@pytest.mark.parametrize(
    ("field", "given", "text"),
    [
        ("valeur", 100000, "100000"),
        ("valeur", "100000.00", "100000"),
        ("valeur", 30.5, "30.5"),
        ("valeur", 999999999999.99, "999999999999.99"),
        ("valeur", 0.005, "0.01"),
        ("valeur", None, "null"),
        ("progression", 1, "1"),
        ("progression", 0.75, "0.75"),
        ("progression", "0.3333335", "0.333334"),
    ],
)
async def test_numbers_are_exact_and_shown_as_numbers(portal: Portal, field: str, given: Any, text: str) -> None:
    made = await portal.admin.client.post("/api/objectifs", json=body(portal, **{field: given}))
    assert made.status_code == 201, made.text
    assert f'"{field}":{text},' in made.text
    assert f'"{field}":{text},' in (await portal.admin.client.get(f"/api/objectifs/{made.json()['data']['id']}")).text


@pytest.mark.parametrize(
    "given",
    [
        {"progression": 1.000001},
        {"progression": -0.1},
        {"progression": "NaN"},
        {"progression": None},
        {"valeur": -1},
        {"valeur": 1000000000000},
        {"valeur": "Infinity"},
        {"periode": ""},
        {"periode": "2024.13"},
        {"periode": "2024.00"},
        {"periode": "0000.01"},
        {"periode": "2024-01"},
        {"periode": "2024.1"},
        {"periode": "2024.03-2024.01"},
        {"periode": "2024.01-2024.02-2024.03"},
        {"periode": "2024.01\n"},
        {"periode": "٢٠٢٤.01"},
        {"periode": "9999.12"},
        {"date_debut": "2024-04-01"},
        {"id_utilisateur": 2**62},
        {"titre": "  "},
        {"statut": None},
    ],
)
async def test_what_is_refused_names_its_field(portal: Portal, given: dict[str, Any]) -> None:
    if given == {"periode": "2024.01\n"}:
        # blanks around a text are trimmed
        assert (await objectif(portal, **given))["periode"] == "2024.01"
        return
    (field,) = given
    refused = await portal.admin.client.post("/api/objectifs", json=body(portal, **given))
    assert (refused.status_code, set(refused.json()["details"])) == (400, {field})
    kept = await objectif(portal)
    again = await portal.admin.client.put(f"/api/objectifs/{kept['id']}", json=given)
    assert (again.status_code, set(again.json()["details"])) == (400, {field})
    assert (await portal.admin.client.get(f"/api/objectifs/{kept['id']}")).json()["data"] == kept


async def test_every_failing_field_is_named(portal: Portal) -> None:
    refused = await portal.admin.client.post("/api/objectifs", json={"progression": 2, "periode": "x", "valeur": []})
    assert set(refused.json()["details"]) == {"titre", "id_utilisateur", "type", "progression", "periode", "valeur"}


async def test_the_end_is_not_before_the_start_whichever_is_changed(portal: Portal) -> None:
    refused = await portal.admin.client.post("/api/objectifs", json=body(portal, date_fin="2023-12-31T00:00:00"))
    assert refused.json()["details"] == {"date_fin": ["La date de fin précède la date de début."]}
    kept = await objectif(portal)
    path = f"/api/objectifs/{kept['id']}"
    for change in ({"date_fin": "2023-12-31T23:59:59"}, {"date_debut": "2024-03-31T00:00:01"}):
        refused = await portal.admin.client.put(path, json=change)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"date_fin"})
    assert (await portal.admin.client.get(path)).json()["data"] == kept
    assert (await portal.admin.client.put(path, json={"date_debut": kept["date_fin"]})).status_code == 200
    assert (await portal.admin.client.put(path, json={"date_fin": None})).status_code == 200
    assert (await portal.admin.client.put(path, json={"date_debut": "2030-01-01T00:00:00"})).status_code == 200


async def test_parallel_changes_never_leave_reversed_dates(portal: Portal) -> None:
    kept = await objectif(portal, date_debut="2024-01-10T00:00:00", date_fin="2024-01-20T00:00:00")
    path = f"/api/objectifs/{kept['id']}"
    for _ in range(5):
        # each is right against what is stored, both together are not
        await portal.admin.client.put(
            path, json={"date_debut": "2024-01-10T00:00:00", "date_fin": "2024-01-20T00:00:00"}
        )
        answers = await asyncio.gather(
            portal.admin.client.put(path, json={"date_debut": "2024-01-18T00:00:00"}),
            portal.admin.client.put(path, json={"date_fin": "2024-01-12T00:00:00"}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 400]
        shown = (await portal.admin.client.get(path)).json()["data"]
        assert shown["date_debut"] <= shown["date_fin"]


async def test_lists_narrow(portal: Portal) -> None:
    person = await portal.person()
    kind = unique("type")
    one = await objectif(portal, id_utilisateur=person.id, type=kind)
    other = await objectif(portal, id_utilisateur=person.id)
    for path, expected, said in (
        (f"/api/utilisateurs/{person.id}/objectifs", [one, other], "User objectives retrieved successfully"),
        (f"/api/objectifs/type/{kind}", [one], "Objectives by type retrieved successfully"),
    ):
        page = (await portal.admin.client.get(path)).json()
        assert (page["data"], page["message"]["en"]) == (expected, said)
    second = (await portal.admin.client.get(f"/api/utilisateurs/{person.id}/objectifs?page=2&per_page=1")).json()
    assert (second["data"], second["pagination"]["total_items"]) == ([other], 2)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2024.01", {"2024.01-2024.03", "2024.01", "2023.12-2024.01"}),
        ("2024.02", {"2024.01-2024.03", "2024.02"}),
        ("2024.01-2024.03", {"2024.01-2024.03", "2024.01", "2024.02"}),
        ("2024.02-2024.02", {"2024.01-2024.03", "2024.02"}),
        ("2023.11-2024.12", {"2024.01-2024.03", "2024.01", "2024.02", "2023.12-2024.01"}),
        ("2024.04", set()),
        ("2024.03-2024.04", set()),
    ],
)
async def test_a_period_finds_what_contains_it_or_lies_within(portal: Portal, asked: str, found: set[str]) -> None:
    person = await portal.person()
    for periode in ("2024.01-2024.03", "2024.01", "2024.02", "2023.12-2024.01"):
        await objectif(portal, periode=periode, id_utilisateur=person.id)
    answer = await portal.admin.client.get(
        f"/api/objectifs/periode/{asked}", params={"per_page": 50, "ordering": "-id"}
    )
    assert answer.json()["message"]["fr"] == "Objectifs par période récupérés avec succès"
    assert {each["periode"] for each in answer.json()["data"] if each["id_utilisateur"] == person.id} == found


@pytest.mark.parametrize("asked", ["2024.13", "2024", "2024.02-2024.01", "x", "2024.01-", "2024.01%0A"])
async def test_a_period_that_is_none_is_refused(portal: Portal, asked: str) -> None:
    refused = await portal.admin.client.get(f"/api/objectifs/periode/{asked}")
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"periode"})


def test_periods() -> None:
    assert read_period("2024.12") == Period(date(2024, 12, 1), date(2025, 1, 1))
    assert read_period("2023.11-2024.02") == Period(date(2023, 11, 1), date(2024, 3, 1))
    assert read_period("1900.01-9998.12") == Period(date(1900, 1, 1), date(9999, 1, 1))
    for text in ("2024.1", " 2024.01", "1899.12", "9999.01", "2024.01-1899.12"):
        with pytest.raises(Unreadable):
            read_period(text)
    with pytest.raises(Reversed):
        read_period("2024.02-2024.01")


async def test_the_search_by_period_uses_its_index(portal: Portal) -> None:
    await portal.owner.execute("begin; set local enable_seqscan = off")
    try:
        plan = await portal.owner.fetch(
            "explain select id from driven_objectif where mois @> daterange('2024-01-01', '2024-02-01')"
            " or mois <@ daterange('2024-01-01', '2024-02-01')"
        )
    finally:
        await portal.owner.execute("rollback")
    assert "ix_driven_objectif_mois" in "\n".join(line[0] for line in plan)
