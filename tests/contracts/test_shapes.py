"""The comparison itself: each kind of difference is found."""

from typing import Any

import pytest

from tests.contracts.catalogue import is_in
from tests.contracts.shapes import error_faults, faults

SHAPES = {"Ligne": {"quantite": "integer"}, "Vente": {"id": "uuid", "total": "decimal", "items": ["Ligne"]}}
ID = "01935d0e-0000-7000-8000-000000000001"
RIGHT = {"id": ID, "total": "1.00", "items": [{"quantite": 1}]}


def test_a_right_answer_has_no_faults() -> None:
    assert faults(RIGHT, "Vente", SHAPES, []) == []
    assert faults({**RIGHT, "plus": 1}, "Vente", SHAPES, ["plus"]) == []
    assert faults({"count": 1, "next": None, "previous": None, "results": [RIGHT]}, "page of Vente", SHAPES, []) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ID, "items": []},
        {**RIGHT, "plus": 1},
        {**RIGHT, "total": 1.0},
        {**RIGHT, "total": "1.0"},
        {**RIGHT, "total": "NaN"},
        {**RIGHT, "id": ID.upper()},
        {**RIGHT, "id": None},
        {**RIGHT, "items": {}},
        {**RIGHT, "items": [{"quantite": True}]},
        {**RIGHT, "items": [{"quantite": "1"}]},
        {**RIGHT, "items": [{"quantite": 1, "plus": 1}]},
        [RIGHT],
        None,
    ],
)
def test_every_difference_is_found(wrong: Any) -> None:
    assert faults(wrong, "Vente", SHAPES, [])


@pytest.mark.parametrize(
    "wrong", ["2026-01-07", "2026-01-07T10:00:00", "2026-01-07T10:00:00+00:00", "2026-01-07 10:00:00Z", "", None, 1]
)
def test_a_time_is_in_utc_with_z(wrong: Any) -> None:
    assert faults(wrong, "time", {}, [])
    assert faults("2026-01-07T10:00:00.123456Z", "time", {}, []) == []


@pytest.mark.parametrize(
    "wrong", [{}, {"nom": ["x"]}, {"nom": ["x"], "prix": ["x"], "plus": ["x"]}, {"nom": [], "prix": ["x"]}, ["nom"]]
)
def test_exactly_the_failing_fields_must_be_named(wrong: Any) -> None:
    assert error_faults(wrong, ["nom", "prix"])
    assert error_faults({"nom": ["x"], "prix": [{}, {"y": ["x"]}]}, ["nom", "prix"]) == []


def test_the_catalogue_tells_the_languages_apart() -> None:
    assert is_in("fr", "Ressource non trouvée.")
    assert not is_in("en", "Ressource non trouvée.")
    assert not is_in("fr", "Ressource non trouvee.")
    assert is_in("en", "Method POST is not allowed.")
    assert not is_in("fr", "Method POST is not allowed.")
