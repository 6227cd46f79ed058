"""Opportunities of crm (contracts/crm.md, "Opportunité"; DECISIONS.md section 5, "Opportunities" and "Outcome")."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.primitives.errors import DomainError
from plugins.crm.opportunites.domain import ETAPES, Etape, Outcome, decided, next_stage
from tests.sales import Sales, Team

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
WON = Outcome("conclusion", "gagnee", "", BEFORE)
LOST = Outcome("conclusion", "perdue", "Trop cher", BEFORE)


@pytest.mark.parametrize(
    ("montant", "probabilite", "value"),
    [("1500.00", 60, "900.00"), ("0.01", 50, "0.01"), ("33.33", 50, "16.67"), ("0.33", 1, "0.00"), ("10", 0, "0.00")],
)
async def test_a_weighted_value_is_rounded_half_up(sales: Sales, montant: str, probabilite: int, value: str) -> None:
    found = await sales.owner.fetchval("select crm_valeur_ponderee($1, $2)", Decimal(montant), probabilite)
    assert str(found) == value


async def test_the_formula_of_a_weighted_value_stands_inline_in_statements(sales: Sales) -> None:
    asked = "select crm_valeur_ponderee(montant, probabilite) from crm_opportunite"
    plan = "\n".join(row[0] for row in await sales.owner.fetch(f"explain (verbose) {asked}"))
    assert "Output: round(" in plan
    assert "crm_valeur_ponderee" not in plan


def test_stages_follow_each_other_to_the_conclusion() -> None:
    assert [next_stage(etape) for etape in ETAPES[:-1]] == list(ETAPES[1:])
    with pytest.raises(DomainError) as refused:
        next_stage(Etape.CONCLUSION)
    assert [problem.message.code for problem in refused.value.problems] == ["crm_opportunite_at_the_end"]


@pytest.mark.parametrize(
    ("present", "given", "wanted"),
    [
        (Outcome(), {}, Outcome()),
        (Outcome("proposition"), {"etape": "prospect"}, Outcome("prospect")),
        (Outcome("proposition"), {"resultat": "gagnee"}, Outcome("conclusion", "gagnee", "", NOW)),
        (Outcome(), {"resultat": "perdue", "motif_perte": "Prix"}, Outcome("conclusion", "perdue", "Prix", NOW)),
        (WON, {"resultat": "gagnee", "etape": "conclusion"}, WON),
        (WON, {"motif_perte": ""}, WON),
        (WON, {"etape": "négociation"}, Outcome("négociation")),
        (WON, {"etape": "négociation", "resultat": None}, Outcome("négociation")),
        (WON, {"resultat": None}, Outcome("conclusion")),
        (LOST, {"resultat": "gagnee"}, Outcome("conclusion", "gagnee", "", NOW)),
        (LOST, {"motif_perte": "Délais"}, Outcome("conclusion", "perdue", "Délais", BEFORE)),
    ],
)
def test_stage_and_outcome_are_kept_in_step(present: Outcome, given: dict[str, str], wanted: Outcome) -> None:
    assert decided(present, given, NOW) == wanted


@pytest.mark.parametrize(
    ("present", "given", "fields"),
    [
        (Outcome(), {"etape": "prospect", "resultat": "gagnee"}, ["etape"]),
        (Outcome(), {"motif_perte": "Prix"}, ["motif_perte"]),
        (LOST, {"etape": "prospect", "resultat": "gagnee", "motif_perte": "Prix"}, ["etape", "motif_perte"]),
        (LOST, {"etape": "prospect", "motif_perte": "Prix"}, ["motif_perte"]),
    ],
)
def test_stage_outcome_and_reason_may_not_contradict(
    present: Outcome, given: dict[str, str], fields: list[str]
) -> None:
    with pytest.raises(DomainError) as refused:
        decided(present, given, NOW)
    assert [problem.path for problem in refused.value.problems] == [(field,) for field in fields]


async def test_an_opportunity_goes_from_prospect_to_its_outcome(team: Team) -> None:
    client = await team.ventes.crm_client()
    made = await team.ventes.made(
        "/api/opportunites/", nom="Refonte", client=client["id"], montant="1500.005", probabilite=60
    )
    assert (made["montant"], made["valeur_ponderee"], made["etape"]) == ("1500.01", "900.01", "prospect")
    assert (made["resultat"], made["motif_perte"], made["date_cloture"]) == (None, "", None)
    assert made["cree_par"] == team.ventes.id
    path = f"/api/opportunites/{made['id']}/"
    seen = []
    for _ in range(4):
        moved = await team.ventes.client.post(f"{path}avancer-etape/")
        assert moved.status_code == 200
        seen.append(moved.json()["etape"])
    assert seen == ["qualification", "proposition", "négociation", "conclusion"]
    assert moved.headers["etag"] == '"5"'
    refused = await team.ventes.client.post(f"{path}avancer-etape/")
    assert (refused.status_code, list(refused.json())) == (400, ["etape"])
    lost = await team.ventes.client.patch(path, json={"resultat": "perdue", "motif_perte": "Budget"})
    assert (lost.json()["resultat"], lost.json()["motif_perte"]) == ("perdue", "Budget")
    assert lost.json()["date_cloture"] is not None
    opened = await team.ventes.client.patch(path, json={"etape": "proposition"})
    assert (opened.json()["resultat"], opened.json()["motif_perte"], opened.json()["date_cloture"]) == (None, "", None)


async def test_steps_taken_at_once_are_all_taken(team: Team) -> None:
    made = await team.ventes.opportunite()
    path = f"/api/opportunites/{made['id']}/"
    answers = await asyncio.gather(*(team.ventes.client.post(f"{path}avancer-etape/") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [400] * 2
    assert (await team.ventes.read(path))["etape"] == "conclusion"


async def test_lists_filter_by_every_scalar_and_below_a_client(team: Team, sales: Sales) -> None:
    client = await team.ventes.crm_client()
    small = await team.ventes.opportunite(client=client["id"], nom="Petite", montant="100.00", etape="proposition")
    large = await team.ventes.opportunite(montant="5000.00", probabilite=80, date_conclusion_estimee="2027-03-31")

    async def found(**query: str) -> set[int]:
        return {each["id"] for each in (await team.lecture.read("/api/opportunites/", **query))["results"]}

    assert await found() == {small["id"], large["id"]}
    assert await found(etape="proposition") == {small["id"]}
    assert await found(montant_min="100.01") == {large["id"]}
    assert await found(valeur_ponderee_max="50.00") == {small["id"]}
    assert await found(probabilite="80", date_conclusion_estimee_avant="2027-03-31") == {large["id"]}
    assert await found(search="PETITE") == {small["id"]}
    assert await found(client=str(client["id"])) == {small["id"]}
    below = await team.lecture.read(f"/api/clients/{client['id']}/opportunites/")
    assert [each["id"] for each in below["results"]] == [small["id"]]
    assert (await team.lecture.client.get("/api/clients/999999999/opportunites/")).status_code == 404
    stranger = await sales.member(await sales.organisation(), "ADMIN")
    assert (await stranger.client.get(f"/api/clients/{client['id']}/opportunites/")).status_code == 404
    wrong = await team.lecture.client.get("/api/opportunites/", params={"etape": "ailleurs", "montant_min": "beaucoup"})
    assert (wrong.status_code, set(wrong.json())) == (400, {"etape", "montant_min"})


async def test_a_client_is_worth_open_opportunities_and_accepted_quotes(team: Team) -> None:
    client = await team.ventes.crm_client()
    await team.ventes.opportunite(client=client["id"], montant="33.33", probabilite=50)
    await team.ventes.opportunite(client=client["id"], montant="0.01", probabilite=50)
    closing = await team.ventes.opportunite(client=client["id"], montant="1000.00", probabilite=90)
    quote = await team.ventes.devis(opportunite=closing["id"], montant="1200.00")
    assert (await team.ventes.read(f"/api/clients/{client['id']}/"))["valeur_client"] == "916.68"
    accepted = await team.ventes.client.post(f"/api/devis/{quote['id']}/accepter/")
    assert accepted.status_code == 200, accepted.text
    assert (await team.ventes.read(f"/api/clients/{client['id']}/"))["valeur_client"] == "1216.68"
    listed = await team.ventes.read("/api/clients/")
    assert [each["valeur_client"] for each in listed["results"]] == ["1216.68"]


async def test_what_is_referred_to_is_not_deleted(team: Team) -> None:
    made = await team.ventes.opportunite()
    path = f"/api/opportunites/{made['id']}/"
    assert (await team.ventes.client.delete(path)).status_code == 403
    kept = await team.admin.client.delete(f"/api/clients/{made['client']}/")
    assert (kept.status_code, kept.json()) == (
        400,
        {"non_field_errors": ["Encore utilisé (1 opportunité) : supprimez-les d'abord."]},
    )
    quote = await team.ventes.devis(opportunite=made["id"])
    refused = await team.admin.client.delete(path, headers={"accept-language": "en"})
    assert refused.json() == {"non_field_errors": ["Still in use (1 quote): delete these first."]}
    assert (await team.admin.client.delete(f"/api/devis/{quote['id']}/")).status_code == 204
    assert (await team.admin.client.delete(path)).status_code == 204
    assert (await team.admin.client.delete(f"/api/clients/{made['client']}/")).status_code == 204


async def test_a_client_of_another_organisation_is_unknown(team: Team, sales: Sales) -> None:
    stranger = await sales.member(await sales.organisation(), "ADMIN")
    theirs = await stranger.crm_client()
    body = {"nom": "X", "client": theirs["id"]}
    refused = await team.ventes.client.post("/api/opportunites/", json=body)
    assert (refused.status_code, refused.json()) == (400, {"client": ["Objet inconnu."]})
    made = await team.ventes.opportunite()
    moved = await team.ventes.client.patch(f"/api/opportunites/{made['id']}/", json={"client": theirs["id"]})
    assert (moved.status_code, moved.json()) == (400, {"client": ["Objet inconnu."]})
    assert (await stranger.client.get(f"/api/opportunites/{made['id']}/")).status_code == 404
