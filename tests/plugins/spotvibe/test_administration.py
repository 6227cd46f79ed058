"""What staff do: in bulk, quickly, and what the list of actions tells of it (contracts/spotvibe.md section 8.4)."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from plugins.spotvibe.rules import StaffOnly
from tests.architecture.operations import declared
from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.ekigega.receipts import PDF, PNG
from tests.plugins.spotvibe.box_office import BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import made
from tests.scene import Person, Scene

BULK, QUICK = "/api/admin/bulk-action/", "/api/admin/quick-action/"
ACTIONS, VERIFICATIONS = "/api/admin/actions/", "/api/admin/verifications/"
DONE = "Action en masse exécutée avec succès."
NOBODY = 2**62


@pytest.fixture(scope="module")
async def office(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BoxOffice]:
    """A box office of its own: closing it closes no other."""
    urls = cluster.clone(unique("administration").replace("-", "_"))
    async with box_office_on(urls, tmp_path_factory.mktemp("administration")) as office:
        yield office


@pytest.fixture
def backstage(office: BoxOffice) -> Scene:
    """The box office's scene."""
    return office.scene


async def bulk(staff: Person, action: str, keys: list[int], reason: str = "", **headers: str) -> Any:
    """Run a bulk action."""
    body = {"action_type": action, "object_ids": keys, "reason": reason}
    return await staff.client.post(BULK, json=body, headers=headers)


async def submitted(person: Person) -> int:
    """Submit documents; the submission's id."""
    files = {"document_identite": ("carte.pdf", PDF), "document_selfie": ("moi.png", PNG)}
    key: int = (await person.client.post("/api/users/verification/", files=files)).json()["id"]
    return key


async def newest(staff: Person, language: str = "fr") -> dict[str, Any]:
    """The newest action."""
    answer = await staff.client.get(ACTIONS, params={"limit": 1}, headers={"accept-language": language})
    shown: dict[str, Any] = answer.json()[0]
    return shown


async def statut(scene: Scene, key: int) -> str:
    """How an event stands."""
    found: str = await scene.owner.fetchval("select statut from spotvibe_evenement where id = $1", key)
    return found


async def test_events_are_approved_and_rejected(backstage: Scene) -> None:
    staff, organiser = await backstage.person(staff=True), await backstage.person()
    first, second = await made(organiser), await made(organiser)
    answer = await bulk(staff, "approve_events", [first["id"], first["id"]], "Conforme aux directives")
    assert answer.status_code == 200, answer.text
    results = [{"id": first["id"], "success": True}]
    assert answer.json() == {"message": DONE, "processed_count": 1, "results": results}
    assert await statut(backstage, first["id"]) == "VALIDE"
    shown = await newest(staff)
    assert shown == {
        "id": shown["id"],
        "admin_user": staff.username,
        "action": "APPROVE",
        "description": f"Approbation de l'événement '{first['titre']}'",
        "date_action": shown["date_action"],
        "reason": "Conforme aux directives",
    }
    assert (await bulk(staff, "reject_events", [second["id"]])).json()["processed_count"] == 1
    assert await statut(backstage, second["id"]) == "REJETE"
    shown = await newest(staff, "en")
    assert (shown["action"], shown["description"]) == ("REJECT", f"Rejected the event '{second['titre']}'")


async def test_one_that_cannot_be_keeps_none_of_the_others(backstage: Scene) -> None:
    staff, organiser = await backstage.person(staff=True), await backstage.person()
    decided, waiting = await made(organiser), await made(organiser)
    await bulk(staff, "approve_events", [decided["id"]])
    answer = await bulk(staff, "approve_events", [decided["id"], NOBODY, waiting["id"]])
    assert (answer.status_code, answer.json()["processed_count"]) == (200, 1)
    results = answer.json()["results"]
    assert [(each["id"], each["success"]) for each in results] == [
        (decided["id"], False),
        (NOBODY, False),
        (waiting["id"], True),
    ]
    assert all(results[place]["error"] for place in (0, 1))
    assert "error" not in results[2]
    assert await statut(backstage, waiting["id"]) == "VALIDE"


async def test_where_all_are_decided_nothing_is_done(backstage: Scene) -> None:
    staff, organiser = await backstage.person(staff=True), await backstage.person()
    event = await made(organiser)
    await bulk(staff, "approve_events", [event["id"]])
    answer = await bulk(staff, "reject_events", [event["id"]])
    shown = answer.json()
    assert (answer.status_code, shown["processed_count"]) == (200, 0)
    assert shown["message"] == "Aucun objet n'a été traité."
    assert await statut(backstage, event["id"]) == "VALIDE"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"action_type", "object_ids"}),
        ({"action_type": "delete_everything", "object_ids": [1]}, {"action_type"}),
        ({"action_type": "approve_events", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "approve_verifications", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "approve_refunds", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "mark_refunds_paid", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "deactivate_users", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "activate_users", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "cancel_events", "object_ids": [NOBODY]}, {"object_ids"}),
        ({"action_type": "approve_events", "object_ids": []}, {"object_ids"}),
        ({"action_type": "approve_events", "object_ids": list(range(1, 502))}, {"object_ids"}),
        ({"action_type": "approve_events", "object_ids": "1"}, {"object_ids"}),
        ({"action_type": "approve_events", "object_ids": [1], "reason": "r" * 1001}, {"reason"}),
    ],
)
async def test_every_wrong_field_is_named(backstage: Scene, body: dict[str, Any], wrong: set[str]) -> None:
    staff = await backstage.person(staff=True)
    refused = await staff.client.post(BULK, json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)


@pytest.mark.parametrize("key", [0, -1, 2**63, "1", 1.5, None])
async def test_what_is_no_id_is_named(backstage: Scene, key: Any) -> None:
    staff = await backstage.person(staff=True)
    refused = await staff.client.post(BULK, json={"action_type": "approve_events", "object_ids": [key]})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"object_ids"})


async def test_identities_are_reviewed_with_their_documents(backstage: Scene) -> None:
    staff, person, other = await backstage.person(staff=True), await backstage.person(), await backstage.person()
    good, bad = await submitted(person), await submitted(other)
    listed = await staff.client.get(VERIFICATIONS, params={"statut": "EN_ATTENTE"})
    assert int(listed.headers["x-total-count"]) == 2
    shown = next(each for each in listed.json() if each["id"] == good)
    assert shown["user"] == {"id": person.id, "username": person.username, "first_name": "", "last_name": ""}
    for field, content in (("document_identite", PDF), ("document_selfie", PNG)):
        assert shown[field].startswith("http://testserver/files/")
        document = await backstage.api().get(shown[field])
        assert (document.status_code, document.content) == (200, content)
    assert (await bulk(staff, "approve_verifications", [good], "Lisible")).json()["processed_count"] == 1
    described = await newest(staff)
    assert (described["action"], described["description"]) == (
        "APPROVE",
        f"Approbation de l'identité de '{person.username}'",
    )
    assert (await bulk(staff, "reject_verifications", [bad], "Illisible")).json()["processed_count"] == 1
    assert (await newest(staff))["action"] == "REJECT"
    assert (await person.client.get("/api/users/profile/")).json()["est_verifie"] is True
    status = (await other.client.get("/api/users/verification/status/")).json()
    assert (status["statut"], status["commentaire_admin"]) == ("REJETE", "Illisible")
    listed = (await staff.client.get(VERIFICATIONS, params={"statut": "REJETE"})).json()
    assert [(each["id"], each["traite_par"], each["commentaire_admin"]) for each in listed] == [
        (bad, staff.username, "Illisible")
    ]
    assert (await staff.client.get(VERIFICATIONS, params={"statut": "PERDU"})).status_code == 400


async def test_refunds_are_approved_and_rejected(office: BoxOffice) -> None:
    scene = office.scene
    staff, buyer = await scene.person(staff=True), await scene.person()
    concert = await office.concert()
    keys = []
    for _ in range(2):
        payment = await office.paid(buyer, concert)
        body = {"payment_uuid": payment, "raison": "DEMANDE_CLIENT", "description": "Empêchement."}
        asked = await buyer.client.post("/api/payments/refunds/", json=body)
        assert asked.status_code == 201, asked.text
        keys.append(asked.json()["id"])
    good, bad = keys
    assert (await bulk(staff, "approve_refunds", [good], "Accordé")).json()["processed_count"] == 1
    assert (await newest(staff))["description"] == f"Approbation du remboursement n° {good}"
    assert (await bulk(staff, "reject_refunds", [bad, good], "Trop tard")).json()["processed_count"] == 1
    shown = await newest(staff)
    assert (shown["description"], shown["reason"]) == (f"Rejet du remboursement n° {bad}", "Trop tard")
    await office.settle()
    refunds = (await staff.client.get("/api/payments/refunds/", params={"tous": "true"})).json()
    statuts = {each["id"]: each["statut"] for each in refunds}
    assert statuts[bad] == "REJETE"
    assert statuts[good] in ("APPROUVE", "TRAITE")


async def test_an_event_is_cancelled_and_its_buyers_refunded(office: BoxOffice) -> None:
    staff, buyer = await office.scene.person(staff=True), await office.scene.person()
    concert = await office.concert()
    await office.paid(buyer, concert, quantity=2)
    answer = await bulk(staff, "cancel_events", [concert["id"]], "Salle fermée")
    assert (answer.status_code, answer.json()["processed_count"]) == (200, 1)
    await office.settle()
    assert await statut(office.scene, concert["id"]) == "ANNULE"
    assert await office.statuts(buyer) == ["REMBOURSE", "REMBOURSE"]
    assert (await newest(staff))["description"] == f"Annulation de l'événement '{concert['titre']}'"
    again = await bulk(staff, "cancel_events", [concert["id"]])
    assert (again.status_code, again.json()["processed_count"]) == (200, 0)


async def test_a_user_is_kept_out_and_let_in_again(backstage: Scene) -> None:
    staff, person = await backstage.person(staff=True), await backstage.person(last_name=unique("Bruyant"))
    name = await backstage.owner.fetchval("select last_name from account where number = $1", person.id)
    assert (await bulk(staff, "deactivate_users", [person.id], "Spam")).json()["processed_count"] == 1
    await asyncio.sleep(0.6)
    refused = await person.client.get("/api/users/profile/")
    assert (refused.status_code, refused.json()["code"]) == (403, "spotvibe_suspended")
    assert (await person.client.put("/api/users/profile/", json={"bio": "Encore moi"})).status_code == 403
    found = await staff.client.get("/api/core/search/", params={"q": name})
    assert found.json()["users"] == []
    kept = await backstage.owner.fetchrow(
        "select reason, suspended_by from spotvibe_suspension where user_id = $1", person.id
    )
    assert tuple(kept) == ("Spam", staff.id)
    assert await backstage.owner.fetchval("select is_active from account where number = $1", person.id)
    again = (await bulk(staff, "deactivate_users", [person.id])).json()
    assert again["results"] == [{"id": person.id, "success": False, "error": "Cet utilisateur est déjà suspendu."}]
    assert (await bulk(staff, "activate_users", [person.id])).json()["processed_count"] == 1
    assert (await newest(staff))["description"] == f"Réactivation de l'utilisateur '{person.username}'"
    await asyncio.sleep(0.6)
    assert (await person.client.get("/api/users/profile/")).status_code == 200
    assert (await bulk(staff, "activate_users", [person.id])).json()["processed_count"] == 0


async def test_staff_do_not_keep_each_other_out(backstage: Scene) -> None:
    staff, colleague = await backstage.person(staff=True), await backstage.person(staff=True)
    superuser = await backstage.person(superuser=True)
    refused = (await bulk(staff, "deactivate_users", [staff.id, colleague.id, superuser.id])).json()
    assert (refused["processed_count"], len(refused["results"])) == (0, 3)
    assert (
        await backstage.owner.fetchval("select count(*) from spotvibe_suspension where suspended_by = $1", staff.id)
        == 0
    )
    assert (await bulk(superuser, "deactivate_users", [colleague.id])).json()["processed_count"] == 1
    assert (await bulk(superuser, "deactivate_users", [superuser.id])).json()["processed_count"] == 0
    assert (await bulk(superuser, "activate_users", [colleague.id])).json()["processed_count"] == 1


async def test_parallel_decisions_of_one_event_are_one(backstage: Scene) -> None:
    organiser = await backstage.person()
    crew = [await backstage.person(staff=True) for _ in range(4)]
    event = await made(organiser)
    actions = ["approve_events", "reject_events"] * 2
    answers = await asyncio.gather(
        *(bulk(staff, action, [event["id"]]) for staff, action in zip(crew, actions, strict=True))
    )
    assert sorted(answer.json()["processed_count"] for answer in answers) == [0, 0, 0, 1]
    recorded = await backstage.owner.fetchval(
        "select count(*) from audit_entry where object_type = 'Evenement' and object_id = $1"
        " and action in ('APPROVE', 'REJECT')",
        str(event["id"]),
    )
    assert recorded == 1


async def test_maintenance_is_toggled_and_recorded(backstage: Scene) -> None:
    staff = await backstage.person(staff=True)
    body = {"action_name": "toggle_maintenance_mode", "value": True, "message": "Maintenance système prévue."}
    try:
        on = await staff.client.post(QUICK, json=body)
        assert (on.status_code, on.json()) == (200, {"message": "Mode maintenance activé."})
        refused = await backstage.api().get("/api/core/info/")
        assert (refused.status_code, refused.json()["error"]) == (503, "Maintenance système prévue.")
        assert (await newest(staff))["description"] == "Mode maintenance activé"
    finally:
        off = await staff.client.post(QUICK, json={"action_name": "toggle_maintenance_mode", "value": False})
    assert off.json() == {"message": "Mode maintenance désactivé."}
    assert (await backstage.api().get("/api/core/info/")).status_code == 200
    assert (await newest(staff, "en"))["description"] == "Switched maintenance mode off"


async def test_without_a_value_the_other_of_what_is(backstage: Scene) -> None:
    staff, body = await backstage.person(staff=True), {"action_name": "toggle_maintenance_mode"}
    said = [(await staff.client.post(QUICK, json=body)).json()["message"] for _ in range(2)]
    assert said == ["Mode maintenance activé.", "Mode maintenance désactivé."]
    assert (await backstage.api().get("/api/core/info/")).status_code == 200


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"action_name"}),
        ({"action_name": "launch_missiles", "value": True}, {"action_name"}),
        ({"action_name": "toggle_maintenance_mode", "value": "oui"}, {"value"}),
        ({"action_name": "toggle_maintenance_mode", "value": True, "message": "m" * 1001}, {"message"}),
    ],
)
async def test_a_wrong_quick_action_changes_nothing(backstage: Scene, body: dict[str, Any], wrong: set[str]) -> None:
    staff = await backstage.person(staff=True)
    refused = await staff.client.post(QUICK, json=body)
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)
    assert (await backstage.api().get("/api/core/info/")).status_code == 200


async def test_every_staff_write_is_listed_and_nobody_elses(backstage: Scene) -> None:
    staff, member = await backstage.person(staff=True), await backstage.person()
    before = int((await staff.client.get(ACTIONS)).headers["x-total-count"])
    cle = unique("CLE").replace("-", "_")
    faq = await staff.client.post("/api/core/faq/", json={"question": "Q", "reponse": "R", "categorie": "C"})
    await staff.client.delete(f"/api/core/faq/{faq.json()['id']}/")
    await staff.client.post("/api/core/settings/", json={"cle": cle, "valeur": "1", "type_valeur": "INTEGER"})
    await staff.client.put(f"/api/core/settings/{cle}/", json={"valeur": "2"})
    sent = {"nom": "A", "email": "a@example.com", "sujet": "S", "message": "M"}
    contact = (await member.client.post("/api/core/contact/", json=sent)).json()["id"]
    await staff.client.put(f"/api/core/contact/{contact}/", json={"statut": "LU"})
    await member.client.put("/api/users/profile/", json={"bio": "Rien d'administratif"})
    listed = await staff.client.get(ACTIONS, params={"limit": 5})
    assert int(listed.headers["x-total-count"]) == before + 5
    assert [each["description"] for each in listed.json()] == [
        f"Modification : message de contact '{contact}'",
        f"Modification : paramètre '{cle}'",
        f"Création : paramètre '{cle}'",
        f"Suppression : question fréquente '{faq.json()['id']}'",
        f"Création : question fréquente '{faq.json()['id']}'",
    ]
    assert {each["admin_user"] for each in listed.json()} == {staff.username}
    assert (await staff.client.get(ACTIONS, params={"limit": 2, "offset": 1})).json() == listed.json()[1:3]
    past = await staff.client.get(ACTIONS, params={"offset": 10_000})
    assert (past.json(), int(past.headers["x-total-count"])) == ([], before + 5)


RECORD = """
insert into audit_entry (
    id, action, method, path, object_type, object_id, ip_address, user_agent, status_code, account_id
)
select gen_random_uuid(), 'CREATE', $1, $2, 'Chose', '1', '', '', 200, id from account limit 1
returning id
"""


async def test_what_is_listed_is_what_staff_alone_may_write(backstage: Scene) -> None:
    await backstage.person()
    for operation in declared("spotvibe"):
        async with backstage.owner.transaction():
            path = re.sub(r"\{[^}]+\}", "1", operation.path)
            entry = await backstage.owner.fetchval(RECORD, operation.method, path)
            listed = "select exists (select from spotvibe_admin_action where audit_id = $1)"
            found = await backstage.owner.fetchval(listed, entry)
            writes = operation.method in ("POST", "PUT", "PATCH", "DELETE")
            wanted = writes and isinstance(operation.handler.opt["rule"], StaffOnly)
            assert found is wanted, f"{operation.method} {operation.path}"
