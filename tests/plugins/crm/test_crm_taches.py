"""Tasks of crm (contracts/crm.md, "Tâche"; DECISIONS.md section 5, "Tasks" and "Scope")."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.installation import unique
from tests.matrices.footprint import footprint
from tests.sales import Sales, Team

ZONE = ZoneInfo("Africa/Porto-Novo")


async def test_a_task_is_written_done_and_written_again(team: Team) -> None:
    client = (await team.ventes.crm_client())["id"]
    made = await team.ventes.tache(client_associe=client, description="Après 15 heures", priorite="Haute")
    assert (made["statut"], made["assigne_a"], made["cree_par"]) == ("À faire", team.ventes.id, team.ventes.id)
    assert (made["en_retard"], made["terminee_le"], made["projet_associe"]) == (False, None, None)
    path = f"/api/taches/{made['id']}/"
    assert await team.ventes.read(path) == made
    done = await team.ventes.client.patch(f"{path}complete/")
    assert (done.status_code, done.json()["statut"], done.headers["etag"]) == (200, "Terminée", '"2"')
    again = await team.ventes.client.patch(f"{path}complete/", json={})
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, done.json(), '"2"')
    assert done.json()["terminee_le"] is not None
    reopened = await team.ventes.client.patch(path, json={"statut": "En cours"})
    assert (reopened.json()["statut"], reopened.json()["terminee_le"]) == ("En cours", None)
    replaced = await team.ventes.client.put(
        path, json={"titre": "Autre", "priorite": "Basse", "date_echeance": "2037-02-01", "assigne_a": None}
    )
    assert replaced.status_code == 200, replaced.text
    shown = replaced.json()
    assert (shown["titre"], shown["description"], shown["assigne_a"]) == ("Autre", "", None)
    assert (shown["statut"], shown["client_associe"]) == ("En cours", client), "what is not given stays"


async def test_what_is_required_and_what_is_no_value(team: Team) -> None:
    refused = await team.ventes.client.post("/api/taches/", json={})
    assert (refused.status_code, set(refused.json())) == (400, {"titre", "priorite", "date_echeance"})
    body = {"titre": "X", "priorite": "Haute", "date_echeance": "2037-01-01"}
    refused = await team.ventes.client.post("/api/taches/", json=body)
    assert (refused.status_code, refused.json()) == (400, {"client_associe": ["Précisez un client ou un projet."]})
    client = (await team.ventes.crm_client())["id"]
    for field, value in (
        ("titre", " "),
        ("priorite", "haute"),
        ("statut", "Terminé"),
        ("date_echeance", "2037-02-30"),
        ("date_echeance", None),
        ("assigne_a", 2**63),
        ("assigne_a", 2**62),
        ("assigne_a", "1"),
        ("client_associe", 2**62),
        ("client_associe", None),
        ("projet_associe", 2**62),
        ("projet_associe", 0),
        ("description", "\u0000"),
    ):
        answer = await team.ventes.client.post("/api/taches/", json={**body, "client_associe": client, field: value})
        assert (answer.status_code, list(answer.json())) == (400, [field]), (field, value, answer.text)


async def test_a_task_of_a_project_is_of_its_client(sales: Sales, team: Team) -> None:
    projet = await team.ventes.projet()
    made = await team.ventes.tache(projet_associe=projet["id"])
    assert (made["projet_associe"], made["client_associe"]) == (projet["id"], projet["client"])
    other = await team.ventes.projet()
    body = {"titre": "X", "priorite": "Haute", "date_echeance": "2037-01-01"}
    crossed = await team.ventes.client.post(
        "/api/taches/", json={**body, "projet_associe": projet["id"], "client_associe": other["client"]}
    )
    assert (crossed.status_code, crossed.json()) == (
        400,
        {"client_associe": ["Le projet est celui d'un autre client."]},
    )
    path = f"/api/taches/{made['id']}/"
    crossed = await team.ventes.client.patch(path, json={"client_associe": other["client"]})
    assert (crossed.status_code, list(crossed.json())) == (400, ["client_associe"])
    moved = await team.ventes.client.patch(path, json={"projet_associe": other["id"]})
    assert (moved.json()["projet_associe"], moved.json()["client_associe"]) == (other["id"], other["client"])
    # the project gets another client: its tasks follow, and are another version
    tag = moved.headers["etag"]
    await team.ventes.client.patch(f"/api/projets/{other['id']}/", json={"client": projet["client"]})
    followed = await team.ventes.client.get(path, headers={"if-none-match": tag})
    assert (followed.status_code, followed.json()["client_associe"]) == (200, projet["client"])
    left = await team.ventes.client.patch(path, json={"projet_associe": None})
    assert (left.json()["projet_associe"], left.json()["client_associe"]) == (None, projet["client"])
    strangers = await sales.team()
    theirs = await strangers.ventes.projet()
    for field, value in (("projet_associe", theirs["id"]), ("client_associe", theirs["client"])):
        refused = await team.ventes.client.patch(path, json={field: value})
        assert (refused.status_code, list(refused.json())) == (400, [field]), "another organisation's"


async def test_whom_a_task_is_shown_to(sales: Sales, team: Team) -> None:
    colleague = await sales.member(team.organisation)
    client = (await team.ventes.crm_client())["id"]
    own = await team.ventes.tache(client_associe=client)
    given = await team.ventes.tache(client_associe=client, assigne_a=colleague.id)
    secret = await team.admin.tache(client_associe=client)
    lists = ("/api/taches/", f"/api/clients/{client}/taches/")
    for seller, seen in (
        (team.ventes, {own["id"], given["id"]}),
        (colleague, {given["id"]}),
        (team.lecture, set()),
        (team.admin, {own["id"], given["id"], secret["id"]}),
        (team.owner, {own["id"], given["id"], secret["id"]}),
    ):
        for path in lists:
            page = await seller.read(path)
            assert ({task["id"] for task in page["results"]}, page["count"]) == (seen, len(seen)), path
            assert (await seller.read(path, vue_par="1"))["count"] == len(seen), "nobody names another reader"
    before = await footprint(sales.owner)
    path = f"/api/taches/{own['id']}/"
    for method, below, body in (
        ("GET", "", None),
        ("PATCH", "", {"titre": "X"}),
        ("PUT", "", own),
        ("PATCH", "complete/", None),
        ("PATCH", "", {"assigne_a": colleague.id}),
    ):
        answer = await colleague.client.request(method, path + below, json=body)
        assert answer.status_code == 404, (method, below)
    assert await footprint(sales.owner) == before
    assert (await team.ventes.client.delete(path)).status_code == 403
    assert (await team.admin.client.delete(path)).status_code == 204
    assert (await team.ventes.client.get(path)).status_code == 404


async def test_a_task_is_handed_on_to_an_active_member(sales: Sales, team: Team) -> None:
    colleague, leaving = await sales.member(team.organisation), await sales.member(team.organisation)
    strangers = await sales.team()
    made = await team.ventes.tache(projet_associe=(await team.ventes.projet())["id"])
    path = f"/api/taches/{made['id']}/"
    handed = await team.ventes.client.patch(path, json={"assigne_a": colleague.id})
    assert handed.json()["assigne_a"] == colleague.id
    assert (await colleague.client.patch(path, json={"statut": "En cours"})).status_code == 200
    await sales.owner.execute(
        "update membership set status = 'inactif' where account_id = (select id from account where number = $1)",
        leaving.id,
    )
    for nobody in (leaving.id, strangers.ventes.id, 2**62):
        refused = await team.ventes.client.patch(path, json={"assigne_a": nobody})
        assert refused.status_code == 400, nobody
        assert refused.json() == {"assigne_a": ["Cette personne n'est pas un membre actif de l'organisation."]}
    assert (await team.ventes.read(path))["assigne_a"] == colleague.id


async def test_who_has_left_keeps_its_tasks_until_they_are_handed_on(sales: Sales, team: Team) -> None:
    leaving = await sales.member(team.organisation)
    made = await team.ventes.tache(client_associe=(await team.ventes.crm_client())["id"], assigne_a=leaving.id)
    await sales.owner.execute(
        "delete from membership where account_id = (select id from account where number = $1)", leaving.id
    )
    kept = await team.ventes.client.put(f"/api/taches/{made['id']}/", json={**made, "titre": "Encore là"})
    assert (kept.status_code, kept.json()["assigne_a"]) == (200, leaving.id)


async def test_late_tasks_filters_search_and_orders(team: Team) -> None:
    today = datetime.now(ZONE).date()
    client = (await team.ventes.crm_client())["id"]
    for days, statut, priorite in ((-2, "À faire", "Haute"), (-1, "Terminée", "Basse"), (0, "En cours", "Haute")):
        await team.ventes.tache(
            client_associe=client, titre=f"Tâche {days}", date_echeance=str(today + timedelta(days)),
            statut=statut, priorite=priorite,
        )  # fmt: skip
    page = await team.ventes.read("/api/taches/", ordering="date_echeance")
    assert [(each["titre"], each["en_retard"]) for each in page["results"]] == [
        ("Tâche -2", True),
        ("Tâche -1", False),
        ("Tâche 0", False),
    ]
    for query, count in (
        ({"en_retard": "true"}, 1),
        ({"statut": "Terminée"}, 1),
        ({"priorite": "Haute", "date_echeance_apres": str(today)}, 1),
        ({"date_echeance_avant": str(today - timedelta(1))}, 2),
        ({"search": "TACHE"}, 3),
        ({"assigne_a": str(team.ventes.id)}, 3),
        ({"client_associe": "1"}, 0),
    ):
        assert (await team.ventes.read("/api/taches/", **query))["count"] == count, query
    refused = await team.ventes.client.get("/api/taches/", params={"statut": "fini", "date_echeance_apres": "demain"})
    assert (refused.status_code, set(refused.json())) == (400, {"statut", "date_echeance_apres"})


async def test_what_has_tasks_is_not_deleted(team: Team) -> None:
    projet = await team.ventes.projet()
    made = await team.ventes.tache(projet_associe=projet["id"])
    for path in (f"/api/projets/{projet['id']}/", f"/api/clients/{projet['client']}/"):
        refused = await team.admin.client.delete(path)
        assert (refused.status_code, "1 tâche" in refused.text) == (400, True), refused.text
    assert (await team.admin.client.delete(f"/api/taches/{made['id']}/")).status_code == 204
    assert (await team.admin.client.delete(f"/api/projets/{projet['id']}/")).status_code == 204


async def test_tasks_below_what_is_not_there(sales: Sales, team: Team) -> None:
    strangers = await sales.team()
    projet = await strangers.ventes.projet()
    for path in (f"/api/projets/{projet['id']}/taches/", f"/api/clients/{projet['client']}/taches/"):
        assert (await team.owner.client.get(path)).status_code == 404
    assert (await strangers.ventes.read(f"/api/projets/{projet['id']}/taches/"))["count"] == 0


async def test_parallel_completions_are_one(sales: Sales, team: Team) -> None:
    made = await team.ventes.tache(client_associe=(await team.ventes.crm_client())["id"])
    path = f"/api/taches/{made['id']}/complete/"
    answers = await asyncio.gather(*(team.ventes.client.patch(path) for _ in range(8)))
    assert {(answer.status_code, answer.headers["etag"]) for answer in answers} == {(200, '"2"')}
    done = "select count(*) from audit_entry where object_type = 'Tache' and action = 'COMPLETE' and object_id = $1"
    assert await sales.owner.fetchval(done, str(made["id"])) == 1


async def test_parallel_moves_never_leave_a_task_with_another_projects_client(sales: Sales, team: Team) -> None:
    first, second = await team.ventes.projet(), await team.ventes.projet()
    made = await team.ventes.tache(projet_associe=first["id"])
    clients = [(await team.ventes.crm_client(nom=unique("C")))["id"] for _ in range(4)]
    answers = await asyncio.gather(
        *(team.ventes.client.patch(f"/api/projets/{first['id']}/", json={"client": each}) for each in clients),
        *(
            team.ventes.client.patch(f"/api/taches/{made['id']}/", json={"projet_associe": each["id"]})
            for each in (second, first, second, first)
        ),
    )
    assert {answer.status_code for answer in answers} <= {200, 400}
    astray = """
    select count(*) from crm_tache t join crm_projet p on p.id = t.projet_associe where p.client <> t.client_associe
    """
    assert await sales.owner.fetchval(astray) == 0
