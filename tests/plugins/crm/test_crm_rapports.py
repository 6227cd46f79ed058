"""The reports of crm: figures computed by hand, filters, bounds (contracts/crm.md, "Rapports"; DECISIONS.md
section 5)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from plugins.crm.rapports.domain import FIELDS, LINES, Rapport
from plugins.crm.rapports.resumes import ClosedGroup, EtapeGroup, of_performances, of_pipeline
from tests.sales import Sales, Seller, Team

REPORTS = [str(rapport) for rapport in Rapport]


async def report(seller: Seller, name: str, **query: Any) -> Any:
    found = await seller.read(f"/api/rapports/{name}/", **query)
    assert set(found) == {"rapport", "genere_le", "filtres", "resume", "lignes"}
    assert found["rapport"] == name
    return found


async def dated(sales: Sales, table: str, key: int, column: str, moment: str) -> None:
    """Set a moment of a row, given in UTC."""
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    await sales.owner.execute(f"update {table} set {column} = $1 where id = $2", at, key)


@pytest.mark.parametrize("rapport", Rapport)
def test_columns_are_the_fields_of_the_lines(rapport: Rapport) -> None:
    assert tuple(field.name for field in FIELDS[rapport]) == LINES[rapport].__struct_fields__


async def test_clients(sales: Sales, team: Team) -> None:
    first = await team.ventes.crm_client(nom="Awa", categorie="PME", telephone="01 97 00 00 00")
    second = await team.ventes.crm_client(nom="Bio", categorie="PME", email="bio@example.com")
    third = await team.admin.crm_client(nom="Cica")
    await dated(sales, "crm_client", first["id"], "date_creation", "2025-12-31T22:59:59")
    await dated(sales, "crm_client", second["id"], "date_creation", "2025-12-31T23:00:00")
    await team.ventes.opportunite(client=first["id"], montant="1000.50", probabilite=33)
    await team.ventes.opportunite(client=first["id"], montant="10.00", probabilite=50, etape="conclusion")
    await team.ventes.projet(client=first["id"])

    found = await report(team.lecture, "clients")
    # 23:00 UTC is midnight in Porto-Novo: the second was created in 2026
    assert found["resume"] == {"total": 3, "nouveaux": 1, "par_categorie": {"PME": 2, "": 1}}
    assert [line["nom"] for line in found["lignes"]] == ["Cica", "Bio", "Awa"]
    assert found["lignes"][2] == {
        "id": first["id"],
        "nom": "Awa",
        "societe": "",
        "email": None,
        "telephone": "+2290197000000",
        "categorie": "PME",
        "projets": 1,
        "opportunites": 2,
        "valeur_client": "330.17",  # 1000.50 x 33 / 100 = 330.165
        "date_creation": "2025-12-31T22:59:59Z",
    }
    assert found["filtres"] == {}

    year = await report(team.lecture, "clients", date_debut="2026-01-01")
    assert year["resume"] == {"total": 2, "nouveaux": 2, "par_categorie": {"PME": 1, "": 1}}
    assert year["filtres"] == {"date_debut": "2026-01-01"}
    one = await report(team.lecture, "clients", date_debut="2026-01-01", date_fin="2026-01-01")
    assert [line["nom"] for line in one["lignes"]] == ["Bio"]
    # without a beginning, new are those of the month that the period ends in
    until = await report(team.lecture, "clients", date_fin="2026-01-31")
    assert until["resume"] == {"total": 2, "nouveaux": 1, "par_categorie": {"PME": 2}}
    assert third["id"] not in [line["id"] for line in until["lignes"]]


async def test_projets(sales: Sales, team: Team) -> None:
    client = (await team.ventes.crm_client(nom="Awa"))["id"]
    late = await team.ventes.projet(
        client=client, budget="1500.50", statut="En cours", date_debut="2026-01-01", date_fin="2026-03-01"
    )
    await team.ventes.projet(client=client, budget="99.50", statut="Terminé", date_fin="2026-03-01")
    await team.ventes.projet(client=client, budget="400.00", statut="En cours", date_fin="2037-01-01")
    found = await report(team.lecture, "projets")
    assert found["resume"] == {
        "total": 3,
        "par_statut": {"À faire": 0, "En cours": 2, "Terminé": 1},
        "en_retard": 1,
        "budget_total": "2000.00",
    }
    (line,) = [line for line in found["lignes"] if line["en_retard"]]
    assert line == {
        "id": late["id"],
        "titre": late["titre"],
        "client": client,
        "client_nom": "Awa",
        "statut": "En cours",
        "date_debut": "2026-01-01",
        "date_fin": "2026-03-01",
        "en_retard": True,
        "budget": "1500.50",
        "date_creation": late["date_creation"],
    }
    # the period is that of creation; the project's own dates have ranges
    await dated(sales, "crm_projet", late["id"], "date_creation", "2025-06-01T12:00:00")
    assert (await report(team.lecture, "projets", date_fin="2025-12-31"))["resume"]["total"] == 1
    assert (await report(team.lecture, "projets", date_fin_avant="2026-12-31"))["resume"]["total"] == 2
    assert (await report(team.lecture, "projets", en_retard="true"))["resume"]["total"] == 1
    assert (await report(team.lecture, "projets", statut="terminé"))["resume"]["budget_total"] == "99.50"


async def test_opportunites_and_pipeline(team: Team) -> None:
    client = (await team.ventes.crm_client())["id"]
    for etape, montant, probabilite in (
        ("prospect", "1000.50", 33),  # 330.17
        ("prospect", "0.01", 50),  # 0.01
        ("négociation", "2000.00", 75),  # 1500.00
        ("conclusion", "500.00", 90),  # 450.00
    ):
        await team.ventes.opportunite(client=client, etape=etape, montant=montant, probabilite=probabilite)
    await team.ventes.opportunite(client=client, montant="800.00", probabilite=10, resultat="perdue")  # 80.00

    found = await report(team.lecture, "opportunites")
    assert found["resume"] == {
        "total": 5,
        "par_etape": {"prospect": 2, "qualification": 0, "proposition": 0, "négociation": 1, "conclusion": 2},
        "montant_total": "4300.51",
        "montant_pondere": "2360.18",
    }
    assert found["lignes"][0]["resultat"] == "perdue"
    assert found["lignes"][-1]["valeur_ponderee"] == "330.17"
    pipeline = await report(team.lecture, "pipeline")
    nothing = {"nombre": 0, "montant": "0.00", "montant_pondere": "0.00"}
    assert pipeline["resume"] == {
        "etapes": [
            {"etape": "prospect", "nombre": 2, "montant": "1000.51", "montant_pondere": "330.18"},
            {"etape": "qualification", **nothing},
            {"etape": "proposition", **nothing},
            {"etape": "négociation", "nombre": 1, "montant": "2000.00", "montant_pondere": "1500.00"},
            {"etape": "conclusion", "nombre": 2, "montant": "1300.00", "montant_pondere": "530.00"},
        ],
        "ouvertes": {"nombre": 3, "montant": "3000.51", "montant_pondere": "1830.18"},
    }
    assert [line["part"] for line in pipeline["lignes"]] == [23.3, 0.0, 0.0, 46.5, 30.2]
    assert (await report(team.lecture, "opportunites", etape="prospect", montant_min="1"))["resume"]["total"] == 1
    least = await report(team.lecture, "opportunites", ordering="valeur_ponderee")
    assert [line["valeur_ponderee"] for line in least["lignes"]] == ["0.01", "80.00", "330.17", "450.00", "1500.00"]
    assert least["filtres"] == {"ordering": "valeur_ponderee"}


async def test_performances(sales: Sales, team: Team) -> None:
    other = await sales.member(team.organisation, "VENTES", first_name="Aïcha", last_name="Sènou")
    client = (await team.ventes.crm_client())["id"]
    won = []
    for seller, montant, resultat in (
        (team.ventes, "1000.00", "gagnee"),
        (team.ventes, "500.01", "gagnee"),
        (team.ventes, "700.00", "perdue"),
        (other, "200.00", "gagnee"),
        (other, "9999.00", None),
    ):
        made = await seller.opportunite(client=client, montant=montant, resultat=resultat)
        won.append(made["id"])
    await dated(sales, "crm_opportunite", won[0], "date_cloture", "2026-01-31T23:30:00")
    await dated(sales, "crm_opportunite", won[1], "date_cloture", "2026-01-15T12:00:00")
    await dated(sales, "crm_opportunite", won[2], "date_cloture", "2026-02-10T12:00:00")
    await dated(sales, "crm_opportunite", won[3], "date_cloture", "2025-12-31T12:00:00")

    found = await report(team.lecture, "performances")
    assert found["resume"] == {
        "taux_conversion": 75.0,
        "montant_gagne": "1700.01",
        "gagnees": 3,
        "perdues": 1,
        "valeur_moyenne": "566.67",
        "personnes": 2,
        "par_mois": [
            {"mois": "2025-12", "gagnees": 1, "perdues": 0, "montant_gagne": "200.00"},
            {"mois": "2026-01", "gagnees": 1, "perdues": 0, "montant_gagne": "500.01"},
            # 23:30 UTC on the 31st is the 1st of February in Porto-Novo
            {"mois": "2026-02", "gagnees": 1, "perdues": 1, "montant_gagne": "1000.00"},
        ],
    }
    first, second = found["lignes"]
    assert first["utilisateur"] == team.ventes.id
    assert {name: first[name] for name in ("gagnees", "perdues", "taux_conversion", "montant_gagne")} == {
        "gagnees": 2,
        "perdues": 1,
        "taux_conversion": 66.7,
        "montant_gagne": "1500.01",
    }
    assert first["valeur_moyenne"] == "750.01"
    assert (second["utilisateur"], second["nom"]) == (other.id, "Aïcha Sènou")
    january = await report(team.lecture, "performances", date_debut="2026-01-01", date_fin="2026-01-31")
    assert january["resume"]["montant_gagne"] == "500.01"
    assert january["resume"]["taux_conversion"] == 100.0
    assert (await report(team.lecture, "performances", cree_par=str(other.id)))["resume"]["gagnees"] == 1


def test_nothing_is_worth_nothing() -> None:
    resume, lines = of_pipeline([])
    assert [(line.nombre, line.montant, line.part) for line in lines] == [(0, Decimal("0.00"), 0.0)] * 5
    assert resume.ouvertes.nombre == 0
    closed, people = of_performances([])
    assert (closed.taux_conversion, closed.valeur_moyenne, people) == (0.0, Decimal("0.00"), [])


def test_shares_are_rounded_half_up() -> None:
    stages = [
        EtapeGroup("prospect", 1, Decimal("6.65"), Decimal(0)),
        EtapeGroup("conclusion", 1, Decimal("93.35"), Decimal(0)),
    ]
    assert [line.part for line in of_pipeline(stages)[1] if line.nombre] == [6.7, 93.4]


def test_people_stand_in_the_order_of_what_they_won() -> None:
    groups = [
        ClosedGroup(1, "B", "2026-01", 1, 0, Decimal("5.00")),
        ClosedGroup(2, "A", "2026-01", 1, 0, Decimal("5.00")),
        ClosedGroup(1, "B", "2026-02", 1, 1, Decimal("0.00")),
        ClosedGroup(None, "", "2026-02", 0, 3, Decimal("0.00")),
    ]
    resume, people = of_performances(groups)
    assert [line.utilisateur for line in people] == [1, 2, None]
    assert (resume.gagnees, resume.perdues, resume.taux_conversion) == (3, 4, 42.9)


@pytest.mark.parametrize("name", REPORTS)
async def test_an_organisation_sees_its_own_figures(sales: Sales, team: Team, name: str) -> None:
    await team.ventes.opportunite(resultat="gagnee")
    await team.ventes.projet()
    stranger = await sales.member(await sales.organisation(), "ADMIN")
    found = await report(stranger, name)
    counted = found["resume"].get("total", found["resume"].get("personnes", found["resume"].get("ouvertes")))
    assert counted in (0, {"nombre": 0, "montant": "0.00", "montant_pondere": "0.00"})
    assert all(line.get("nombre") == 0 for line in found["lignes"])


async def test_lines_are_bounded_and_the_total_is_exact(sales: Sales, team: Team) -> None:
    await sales.owner.execute(
        "insert into crm_client (entreprise, nom, societe, telephone, notes, categorie) "
        "select $1, 'Client ' || n, '', '', '', 'Lot' from generate_series(1, 1234) n",
        team.organisation,
    )
    found = await report(team.lecture, "clients")
    assert found["resume"]["total"] == 1234
    assert len(found["lignes"]) == 1000
    assert (await report(team.lecture, "clients", search="client 123"))["resume"]["total"] == 6


async def test_a_superuser_sees_all_organisations(sales: Sales, team: Team) -> None:
    await team.ventes.crm_client(categorie="Rareté")
    root = await sales.superuser()
    everything = await report(root, "clients", categorie="rareté")
    assert everything["resume"]["par_categorie"]["Rareté"] >= 1
    narrowed = await root.client.get("/api/rapports/clients/", headers={"x-organisation": str(team.organisation)})
    assert narrowed.json()["resume"]["total"] == 1


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("date_debut", "hier"),
        ("date_fin", "2026-13-01"),
        ("date_debut", "2026-W01-1"),
        ("date_debut", "9999-12-31"),
        ("date_fin", "0001-01-01"),
        ("date_creation_apres", "2026-02-30T25:00:00Z"),
        ("search", "x" * 300),
    ],
)
async def test_hostile_filters_are_refused_on_their_name(team: Team, name: str, parameter: str, value: str) -> None:
    answer = await team.lecture.client.get(f"/api/rapports/{name}/", params={parameter: value})
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == [parameter]
    assert answer.json()[parameter]


@pytest.mark.parametrize("parameter", ["date_debut", "search", "inconnu"])
async def test_a_nul_character_is_refused(team: Team, parameter: str) -> None:
    answer = await team.lecture.client.get("/api/rapports/clients/", params={parameter: "a\0b"})
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("opportunites", {"montant_min": "NaN"}),
        ("opportunites", {"montant_max": "1e400"}),
        ("pipeline", {"probabilite_min": "9" * 30}),
        ("performances", {"etape": "ailleurs"}),
        ("projets", {"client": "abc"}),
        ("projets", {"statut": "Perdu"}),
        ("clients", {"valeur_client_min": "beaucoup"}),
    ],
)
async def test_a_value_of_the_wrong_kind_is_refused(team: Team, name: str, query: dict[str, str]) -> None:
    answer = await team.lecture.client.get(f"/api/rapports/{name}/", params=query)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == set(query)


async def test_all_wrong_filters_are_named_at_once(team: Team) -> None:
    query = {"date_debut": "x", "date_fin": "y", "cree_par": "z", "inconnu": "?", "ordering": "inconnu"}
    answer = await team.lecture.client.get("/api/rapports/clients/", params=query)
    assert answer.status_code == 400
    assert set(answer.json()) == {"date_debut", "date_fin", "cree_par"}


async def test_a_period_does_not_end_before_it_begins(team: Team) -> None:
    query = {"date_debut": "2026-02-01", "date_fin": "2026-01-31"}
    answer = await team.lecture.client.get("/api/rapports/performances/", params=query)
    assert answer.status_code == 400
    assert answer.json() == {"date_debut": ["La date de début suit la date de fin."]}


@pytest.mark.parametrize("term", ["'; drop table crm_client; --", "%", "_", "\\", "é" * 200, "😀", "<script>"])
async def test_a_search_finds_what_it_says_and_does_nothing_else(team: Team, term: str) -> None:
    await team.ventes.crm_client(nom="Sans rapport")
    assert (await report(team.lecture, "clients", search=term))["resume"]["total"] == 0


async def test_the_document_states_the_formulas(sales: Sales) -> None:
    document = (await sales.api().get("/swagger.json")).json()
    operation = document["paths"]["/api/rapports/performances/"]["get"]
    assert "100 x won / (won + lost)" in operation["description"]
    schemas = document["components"]["schemas"]
    (resume,) = [schema for name, schema in schemas.items() if name.endswith("ResumePerformances")]
    assert "gagnées / (gagnées + perdues)" in resume["properties"]["taux_conversion"]["description"]
    names = {parameter["name"] for parameter in operation["parameters"]}
    assert {"date_debut", "date_fin", "montant_min", "search"} <= names
    assert not {"page", "page_size"} & names
    export = document["paths"]["/api/rapports/export/"]["post"]["responses"]
    assert {"200", "202", "400"} <= set(export)
    assert "application/octet-stream" in export["200"]["content"]
