"""Projects of crm (contracts/crm.md, "Projet"; DECISIONS.md section 5)."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.access.principal import SYSTEM
from tests.installation import unique
from tests.matrices.footprint import footprint
from tests.sales import Sales, Team

ZONE = ZoneInfo("Africa/Porto-Novo")


async def test_how_long_a_project_takes_and_when_it_is_late(team: Team) -> None:
    today = datetime.now(ZONE).date()
    cases = [
        ({"date_debut": str(today - timedelta(10)), "date_fin": str(today - timedelta(1))}, 9, True),
        ({"date_debut": str(today - timedelta(10)), "date_fin": str(today)}, 10, False),
        (
            {"date_debut": str(today - timedelta(10)), "date_fin": str(today - timedelta(1)), "statut": "Terminé"},
            9,
            False,
        ),
        ({"date_fin": str(today - timedelta(1))}, None, True),
        ({"date_debut": str(today - timedelta(10))}, None, False),
    ]
    for fields, duree, late in cases:
        made = await team.ventes.projet(**fields)
        assert (made["duree"], made["en_retard"]) == (duree, late), fields
        assert await team.lecture.read(f"/api/projets/{made['id']}/") == made
    late = await team.lecture.read("/api/projets/", en_retard="true", ordering="-duree")
    assert late["count"] == 2


async def test_active_projects_of_a_client_are_those_that_are_not_finished(team: Team) -> None:
    client = (await team.ventes.crm_client())["id"]
    for statut in ("À faire", "En cours", "Terminé"):
        await team.ventes.projet(client=client, titre=statut, statut=statut)
    await team.ventes.projet(titre="d'un autre")
    active = await team.lecture.read(f"/api/clients/{client}/projets/", actif="true", ordering="titre")
    assert {projet["titre"] for projet in active["results"]} == {"À faire", "En cours"}
    page = await team.lecture.read(f"/api/clients/{client}/projets/", page_size="1", page="2")
    assert (page["count"], len(page["results"])) == (3, 1)
    assert f"/api/clients/{client}/projets/" in page["next"]
    narrowed = await team.lecture.read(f"/api/clients/{client}/projets/", client="0")
    assert narrowed["count"] == 3, "the path says whose they are"
    for unknown in ("0", "abc", str(2**62), str(2**63)):
        assert (await team.lecture.client.get(f"/api/clients/{unknown}/projets/")).status_code == 404


async def test_one_date_is_judged_with_the_other(team: Team) -> None:
    made = await team.ventes.projet(date_debut="2026-02-01", date_fin="2026-03-01")
    path = f"/api/projets/{made['id']}/"
    for body in ({"date_fin": "2026-02-01"}, {"date_debut": "2026-03-01"}, {"date_debut": "2026-04-01"}):
        refused = await team.ventes.client.patch(path, json=body)
        assert (refused.status_code, list(refused.json())) == (400, ["date_fin"]), body
    assert (await team.ventes.client.patch(path, json={"date_debut": "2026-02-28"})).json()["duree"] == 1
    assert (await team.ventes.client.patch(path, json={"date_fin": None})).json()["duree"] is None
    assert (await team.ventes.client.patch(path, json={"date_debut": "2027-01-01"})).status_code == 200


async def test_parallel_changes_never_leave_an_end_before_the_start(sales: Sales, team: Team) -> None:
    made = await team.ventes.projet(date_debut="2026-02-01", date_fin="2026-03-01")
    path = f"/api/projets/{made['id']}/"
    answers = await asyncio.gather(
        *(team.ventes.client.patch(path, json={"date_debut": "2026-02-20"}) for _ in range(4)),
        *(team.ventes.client.patch(path, json={"date_fin": "2026-02-10"}) for _ in range(4)),
    )
    assert {answer.status_code for answer in answers} == {200, 400}
    kept = await team.lecture.read(path)
    assert kept["date_debut"] < kept["date_fin"]


async def test_a_project_is_of_a_client_of_its_organisation(sales: Sales, team: Team) -> None:
    other = await sales.team()
    theirs = await other.ventes.crm_client()
    before = await footprint(sales.owner)
    for client in (theirs["id"], 2**62):
        refused = await team.ventes.client.post("/api/projets/", json={"titre": "X", "client": client})
        assert (refused.status_code, list(refused.json())) == (400, ["client"])
    assert await footprint(sales.owner) == before
    made = await team.ventes.projet()
    moved = await team.ventes.client.patch(f"/api/projets/{made['id']}/", json={"client": theirs["id"]})
    assert (moved.status_code, list(moved.json())) == (400, ["client"])
    for method, body in (
        ("GET", None),
        ("PUT", {"titre": "X", "client": theirs["id"]}),
        ("PATCH", {"date_fin": "2026-01-01"}),
    ):
        answer = await other.owner.client.request(method, f"/api/projets/{made['id']}/", json=body)
        assert answer.status_code == 404, method
    assert (await other.owner.client.delete(f"/api/projets/{made['id']}/")).status_code == 404
    superuser = await sales.superuser()
    changed = await superuser.client.patch(f"/api/projets/{made['id']}/", json={"client": theirs["id"]})
    assert (changed.status_code, list(changed.json())) == (400, ["client"]), "not across organisations, whoever asks"


async def test_values_that_are_none(team: Team) -> None:
    client = (await team.ventes.crm_client())["id"]
    for field, value in (
        ("budget", "-0.01"),
        ("budget", "NaN"),
        ("budget", "1000000000000"),
        ("budget", True),
        ("client", 0),
        ("client", 2**63),
        ("client", None),
        ("client", "1"),
        ("devis_associe", 2**63),
        ("devis_associe", 2**62),
        ("date_debut", "2026-02-30"),
        ("date_debut", "2026-02-01T10:00:00Z"),
        ("statut", "Fini"),
        ("titre", " "),
        ("description", "\u0000"),
    ):
        answer = await team.ventes.client.post("/api/projets/", json={"titre": "X", "client": client, field: value})
        assert (answer.status_code, list(answer.json())) == (400, [field]), (field, value, answer.text)


async def test_a_project_opens_in_the_transaction_of_who_asks(sales: Sales, team: Team) -> None:
    api = sales.installed.composition.wired["crm_projets"].api
    client = await team.ventes.crm_client()
    devis = await team.ventes.devis(opportunite=(await team.ventes.opportunite(client=client["id"]))["id"])
    titre = unique("Ouverture")
    async with sales.kernel.works.everywhere(SYSTEM) as work:
        await api.open_for(work, client["id"], titre, Decimal("12.50"), devis["id"])
    assert (await team.lecture.read("/api/projets/", titre=titre))["count"] == 0, "nothing was committed"
    async with sales.kernel.works.everywhere(SYSTEM) as work:
        key = await api.open_for(work, client["id"], titre, Decimal("12.50"), devis["id"])
        await work.commit()
    projet = await team.lecture.read(f"/api/projets/{key}/")
    assert (projet["client"], projet["budget"], projet["statut"]) == (client["id"], "12.50", "À faire")
    assert (projet["devis_associe"], projet["cree_par"]) == (devis["id"], None)


async def test_a_project_names_a_quote_of_its_own_client(sales: Sales, team: Team) -> None:
    client = await team.ventes.crm_client()
    devis = await team.ventes.devis(opportunite=(await team.ventes.opportunite(client=client["id"]))["id"])
    made = await team.ventes.projet(client=client["id"], devis_associe=devis["id"])
    assert made["devis_associe"] == devis["id"]
    stranger = await team.ventes.crm_client()
    body = {"titre": "X", "client": stranger["id"], "devis_associe": devis["id"]}
    refused = await team.ventes.client.post("/api/projets/", json=body)
    assert (refused.status_code, refused.json()) == (
        400,
        {"devis_associe": ["Ce devis est celui d'un autre client."]},
    )
    path = f"/api/projets/{made['id']}/"
    moved = await team.ventes.client.patch(path, json={"client": stranger["id"]})
    assert (moved.status_code, list(moved.json())) == (400, ["devis_associe"])
    both = await team.ventes.client.patch(path, json={"client": stranger["id"], "devis_associe": None})
    assert both.status_code == 200
    other = await sales.team()
    theirs = await other.ventes.crm_client()
    body = {"titre": "X", "client": theirs["id"], "devis_associe": devis["id"]}
    refused = await other.ventes.client.post("/api/projets/", json=body)
    assert (refused.status_code, refused.json()) == (400, {"devis_associe": ["Objet inconnu."]})
