"""Clients of crm (contracts/crm.md, "Client"; DECISIONS.md sections 0 and 5)."""

import asyncio
from typing import Any

import pytest

from tests.installation import unique
from tests.matrices.footprint import footprint
from tests.sales import Sales, Team


async def test_a_client_is_made_read_changed_and_deleted(team: Team) -> None:
    made = await team.ventes.crm_client(nom="Awa Kouassi", societe="Boulangerie", telephone="01 97 00 00 00")
    assert made["telephone"] == "+2290197000000"
    assert (made["valeur_client"], made["cree_par"], made["email"]) == ("0.00", team.ventes.id, None)
    path = f"/api/clients/{made['id']}/"
    assert await team.lecture.read(path) == made
    changed = await team.ventes.client.patch(path, json={"categorie": "Commerce"})
    assert changed.json()["categorie"] == "Commerce"
    assert changed.json()["date_modification"] >= made["date_modification"]
    assert (await team.ventes.client.delete(path)).status_code == 403
    assert (await team.admin.client.delete(path)).status_code == 204
    assert (await team.ventes.client.get(path)).status_code == 404


async def test_an_email_is_unique_in_its_organisation_alone(sales: Sales, team: Team) -> None:
    email = f"{unique('Client')}@Example.com"
    made = await team.ventes.crm_client(email=email)
    assert made["email"] == email.lower()
    again = await team.ventes.client.post("/api/clients/", json={"nom": "Double", "email": email.upper()})
    assert (again.status_code, list(again.json())) == (400, ["email"])
    other = await team.ventes.crm_client()
    taken = await team.ventes.client.patch(f"/api/clients/{other['id']}/", json={"email": email})
    assert (taken.status_code, list(taken.json())) == (400, ["email"])
    assert (await (await sales.team()).ventes.crm_client(email=email))["email"] == email.lower()
    for none in ("", "  ", None):
        assert (await team.ventes.crm_client(email=none))["email"] is None


async def test_of_parallel_clients_with_one_email_one_is_made(team: Team) -> None:
    body = {"nom": "Course", "email": f"{unique('course')}@example.com"}
    answers = await asyncio.gather(*(team.ventes.client.post("/api/clients/", json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7
    assert (await team.ventes.read("/api/clients/", email=body["email"]))["count"] == 1


async def test_a_key_makes_a_client_once(team: Team) -> None:
    headers = {"idempotency-key": unique("cle")}
    body = {"nom": "Une fois"}
    first = await team.ventes.client.post("/api/clients/", json=body, headers=headers)
    second = await team.ventes.client.post("/api/clients/", json=body, headers=headers)
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    other = await team.ventes.client.post("/api/clients/", json={"nom": "Autre"}, headers=headers)
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["nom"]),
        ({"nom": "x" * 256}, ["nom"]),
        ({"nom": "X", "notes": "x" * 5001}, ["notes"]),
        (
            {"nom": ["X"], "email": 3, "telephone": "abc\u0000", "categorie": {}},
            ["nom", "email", "telephone", "categorie"],
        ),
        ({"nom": "X", "telephone": "+229"}, ["telephone"]),
        ({"nom": "X", "email": "a@b"}, ["email"]),
        ([], ["non_field_errors"]),
    ],
)
async def test_every_failing_field_is_named(team: Team, body: Any, fields: list[str]) -> None:
    answer = await team.ventes.client.post("/api/clients/", json=body)
    assert (answer.status_code, sorted(answer.json())) == (400, sorted(fields)), answer.text
    assert (await team.ventes.read("/api/clients/"))["count"] == 0


async def test_two_people_editing_one_client_do_not_overwrite_each_other(team: Team) -> None:
    made = await team.ventes.crm_client(nom="Avant")
    path = f"/api/clients/{made['id']}/"
    tag = (await team.ventes.client.get(path)).headers["etag"]
    first = await team.ventes.client.patch(path, json={"nom": "Première"}, headers={"if-match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    for method, body in (("PATCH", {"nom": "Seconde"}), ("PUT", {"nom": "Seconde"})):
        late = await team.admin.client.request(method, path, json=body, headers={"if-match": tag})
        assert late.status_code == 412
        assert set(late.json()) == {"detail", "code"}
    assert (await team.admin.client.delete(path, headers={"if-match": tag})).status_code == 412
    assert (await team.lecture.read(path))["nom"] == "Première"
    fresh = await team.lecture.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (fresh.status_code, fresh.content) == (304, b"")
    raced = [
        team.ventes.client.patch(path, json={"nom": f"N{number}"}, headers={"if-match": first.headers["etag"]})
        for number in range(6)
    ]
    assert sorted([answer.status_code for answer in await asyncio.gather(*raced)]) == [200] + [412] * 5


async def test_another_organisation_sees_and_changes_nothing(sales: Sales, team: Team) -> None:
    made = await team.ventes.crm_client(nom="Secret de maison")
    await team.ventes.projet(client=made["id"])
    other = await sales.team()
    before = await footprint(sales.owner)
    path = f"/api/clients/{made['id']}/"
    for method, options in (
        ("GET", {}),
        ("PUT", {"json": {"nom": "Volé"}}),
        ("PATCH", {"json": {"nom": "Volé"}}),
        ("PATCH", {"json": {"nom": "Volé"}, "headers": {"if-match": '"1"'}}),
        ("DELETE", {}),
    ):
        answer = await other.owner.client.request(method, path, **options)
        assert answer.status_code == 404, (method, answer.text)
    assert (await other.owner.client.get(f"{path}projets/")).status_code == 404
    assert (await other.owner.read("/api/clients/", search="secret"))["count"] == 0
    assert (await other.owner.read("/api/clients/", nom="secret de maison"))["count"] == 0
    assert (await other.owner.read("/api/clients/"))["count"] == 0
    assert await footprint(sales.owner) == before


async def test_a_superuser_sees_and_changes_all(sales: Sales, team: Team) -> None:
    made = await team.ventes.crm_client(nom=unique("Vu de partout"))
    superuser = await sales.superuser()
    found = await superuser.read("/api/clients/", search=made["nom"])
    assert [client["id"] for client in found["results"]] == [made["id"]]
    path = f"/api/clients/{made['id']}/"
    assert (await superuser.client.patch(path, json={"categorie": "X"})).status_code == 200
    own = await superuser.crm_client()
    assert (await team.owner.client.get(f"/api/clients/{own['id']}/")).status_code == 404
    assert (await superuser.client.delete(path)).status_code == 204


async def test_a_client_with_projects_stays(team: Team) -> None:
    made = await team.ventes.crm_client()
    path = f"/api/clients/{made['id']}/"
    projets = [await team.ventes.projet(client=made["id"]) for _ in range(2)]
    refused = await team.admin.client.delete(path)
    assert (refused.status_code, refused.json()) == (
        400,
        {"non_field_errors": ["Encore utilisé (2 projets) : supprimez-les d'abord."]},
    )
    english = await team.admin.client.delete(path, headers={"accept-language": "en"})
    assert english.json() == {"non_field_errors": ["Still in use (2 projects): delete these first."]}
    for projet in projets:
        assert (await team.admin.client.delete(f"/api/projets/{projet['id']}/")).status_code == 204
    assert (await team.admin.client.delete(path)).status_code == 204


async def test_a_client_does_not_vanish_below_a_project_that_is_being_made(team: Team) -> None:
    for _ in range(5):
        made = await team.ventes.crm_client()
        deleted, created = await asyncio.gather(
            team.admin.client.delete(f"/api/clients/{made['id']}/"),
            team.ventes.client.post("/api/projets/", json={"titre": "Course", "client": made["id"]}),
        )
        assert (deleted.status_code, created.status_code) in ((204, 400), (400, 201)), (deleted.text, created.text)


async def test_what_is_done_to_clients_is_in_the_audit(sales: Sales, team: Team) -> None:
    made = await team.ventes.crm_client()
    path = f"/api/clients/{made['id']}/"
    await team.ventes.client.patch(path, json={"nom": "Autre"})
    await team.admin.client.delete(path)
    rows = await sales.owner.fetch(
        "select e.action, a.number, e.organisation_id from audit_entry e join account a on a.id = e.account_id"
        " where e.object_type = 'Client' and e.object_id = $1 order by e.id",
        str(made["id"]),
    )
    assert [tuple(row) for row in rows] == [
        ("CREATE", team.ventes.id, team.organisation),
        ("UPDATE", team.ventes.id, team.organisation),
        ("DELETE", team.admin.id, team.organisation),
    ]


async def test_pages_neither_repeat_nor_skip(team: Team) -> None:
    made = {(await team.ventes.crm_client(nom="Pareil"))["id"] for _ in range(5)}
    seen: list[int] = []
    path: str | None = "/api/clients/?ordering=nom&page_size=2"
    while path:
        page = await team.lecture.read(path)
        assert page["count"] == 5
        seen += [client["id"] for client in page["results"]]
        path = page["next"] and page["next"].removeprefix("http://testserver")
    assert len(seen) == 5
    assert set(seen) == made


async def test_search_looks_into_name_company_email_and_phone(team: Team) -> None:
    made = await team.ventes.crm_client(
        nom="Éloïse Ahouansou", societe="Savonnerie", email=f"{unique('eloise')}@exemple.bj", telephone="+22961234567"
    )
    await team.ventes.crm_client(nom="Autre", notes="Éloïse")
    for text in ("eloise ahou", "SAVON", made["email"][:12], "61234567"):
        assert [found["id"] for found in (await team.lecture.read("/api/clients/", search=text))["results"]] == [
            made["id"]
        ], text
