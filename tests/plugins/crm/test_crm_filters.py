"""Filters of crm's lists (DECISIONS.md section 5, "Filters"): every scalar field, ranges with both ends included, days
cut in the installation's time zone (Africa/Porto-Novo, UTC+1)."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.primitives.page import Comparison, FilterKind
from plugins.crm.filters import Id, filters_of
from tests.sales import Sales, Team


async def found(team: Team, **query: str) -> set[str]:
    """The titles of the projects that a query finds."""
    return {projet["titre"] for projet in (await team.lecture.read("/api/projets/", **query))["results"]}


@pytest.fixture
async def projets(team: Team) -> Team:
    """A team with three projects: a, b, c."""
    client = (await team.ventes.crm_client())["id"]
    for titre, fields in (
        ("a", {"budget": "100.00", "date_debut": "2026-01-01", "date_fin": "2026-01-11", "statut": "Terminé"}),
        ("b", {"budget": "100.01", "date_debut": "2026-02-01", "date_fin": "2026-02-02", "statut": "En cours"}),
        ("c", {"budget": "300.00", "date_debut": "2026-03-01", "description": "La suite"}),
    ):
        await team.ventes.projet(titre=titre, client=client, **fields)
    return team


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({"titre": "A"}, "a"),
        ({"description": "la SUITE"}, "c"),
        ({"statut": "en cours"}, "b"),
        ({"statut": "TERMINÉ"}, "a"),
        ({"actif": "true"}, "bc"),
        ({"actif": "0"}, "a"),
        ({"budget": "100"}, "a"),
        ({"budget_min": "100.01"}, "bc"),
        ({"budget_max": "100.01"}, "ab"),
        ({"budget_min": "100.001", "budget_max": "299.99"}, "b"),
        ({"budget_min": "999999999999999999999999"}, ""),
        ({"date_debut": "2026-02-01"}, "b"),
        ({"date_debut_apres": "2026-02-01"}, "bc"),
        ({"date_debut_avant": "2026-02-01"}, "ab"),
        ({"date_debut_avant": "2026-01-31T23:30:00Z"}, "ab"),
        ({"date_debut_avant": "2026-01-31T22:30:00Z"}, "a"),
        ({"date_fin_apres": "1900-01-01"}, "ab"),
        ({"duree": "10"}, "a"),
        ({"duree_max": "1"}, "b"),
        ({"duree_min": "2"}, "a"),
        ({"duree_min": "9223372036854775807"}, ""),
        ({"en_retard": "true"}, "b"),
        ({"cree_par": "0"}, ""),
        ({"id": "0"}, ""),
        ({"date_creation_avant": "2000-01-01"}, ""),
        ({"date_creation_apres": "2000-01-01"}, "abc"),
        ({"inconnu": "x"}, "abc"),
        ({"titre": ""}, "abc"),
    ],
)
async def test_filters(projets: Team, query: dict[str, str], titles: str) -> None:
    assert await found(projets, **query) == set(titles)


async def test_days_and_moments_are_cut_in_the_installations_zone(sales: Sales, projets: Team) -> None:
    made = datetime(2026, 5, 9, 23, 30, 0, 250_000, UTC)
    await sales.owner.execute(
        "update crm_projet set date_creation = $1 where titre = 'b' and entreprise = $2", made, projets.organisation
    )
    for query, there in (
        ({"date_creation": "2026-05-10"}, True),
        ({"date_creation": "2026-05-09"}, False),
        ({"date_creation": "2026-05-09T23:30:00.250000Z"}, True),
        ({"date_creation": "2026-05-10T00:30:00.25"}, True),
        ({"date_creation": "2026-05-09T23:30:00.250001Z"}, False),
        ({"date_creation_avant": "2026-05-09"}, False),
        ({"date_creation_avant": "2026-05-10"}, True),
        ({"date_creation_avant": "2026-05-10T00:30:00.250000+01:00"}, True),
        ({"date_creation_avant": "2026-05-10T00:30:00.249999+01:00"}, False),
        ({"date_creation_apres": "2026-05-10", "date_creation_avant": "2026-05-10"}, True),
        ({"date_creation_apres": "2026-05-11", "date_creation_avant": "2026-06-10"}, False),
        ({"date_creation_apres": "2026-05-10T00:30:00.250001", "date_creation_avant": "2026-06-10"}, False),
    ):
        assert ("b" in await found(projets, **query)) is there, query


async def test_every_unreadable_filter_is_told(projets: Team) -> None:
    query = {
        "statut": "Fini",
        "budget_min": "1e3",
        "budget_max": "NaN",
        "date_debut_apres": "01/02/2026",
        "duree": "9223372036854775808",
        "en_retard": "peut-être",
        "client": "abc",
        "date_creation": "2026-13-01T00:00:00Z",
    }
    answer = await projets.lecture.client.get("/api/projets/", params=query)
    assert (answer.status_code, set(answer.json())) == (400, set(query))
    assert (await projets.lecture.client.get("/api/projets/?titre=a%00")).status_code == 400


def test_each_type_has_its_filters() -> None:
    made = filters_of(
        {"nom": str, "etape": str, "montant": Decimal, "client": Id, "fini": bool, "moment": datetime},
        choices={"etape": ("a", "b")},
    )
    assert [(each.name, each.kind, each.target, each.comparison) for each in made] == [
        ("nom", FilterKind.EXACT_FOLDED, "nom", Comparison.EQUAL),
        ("etape", FilterKind.CHOICE, "etape", Comparison.EQUAL),
        ("montant", FilterKind.DECIMAL, "montant", Comparison.EQUAL),
        ("montant_min", FilterKind.DECIMAL, "montant", Comparison.AT_LEAST),
        ("montant_max", FilterKind.DECIMAL, "montant", Comparison.AT_MOST),
        ("client", FilterKind.ID, "client", Comparison.EQUAL),
        ("fini", FilterKind.BOOLEAN, "fini", Comparison.EQUAL),
        ("moment", FilterKind.DAY, "moment", Comparison.EQUAL),
        ("moment_apres", FilterKind.DAY, "moment", Comparison.AT_LEAST),
        ("moment_avant", FilterKind.DAY, "moment", Comparison.AT_MOST),
    ]
    with pytest.raises(KeyError):
        filters_of({"liste": list})
