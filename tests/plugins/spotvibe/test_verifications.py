"""Identity verification: private files checked by content, reviewed by staff (contracts/spotvibe.md section 2.3;
DECISIONS.md section 2, "Verification")."""

import asyncio
from typing import Any

import asyncpg
import pytest

from core.access.principal import SYSTEM
from core.organisations.entities import OWN_ORGANISATION
from core.primitives.errors import DomainError, Kind
from tests.installation import unique
from tests.plugins.ekigega.receipts import JPEG, PDF, PNG
from tests.scene import Person, Scene

PATH = "/api/users/verification/"
STATUS = f"{PATH}status/"


async def submit(person: Person, **options: Any) -> Any:
    """Submit a document and a selfie."""
    files = {"document_identite": ("carte.pdf", PDF), "document_selfie": ("moi.jpg", JPEG)}
    return await person.client.post(PATH, **{"files": files, **options})


async def decide(scene: Scene, key: int, *, approve: bool, comment: str = "") -> int:
    """Decide as the administration does."""
    reviewer = await scene.person(staff=True)
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        decide = scene.users.approve_verification if approve else scene.users.reject_verification
        number: int = await decide(work, key, reviewer.id, comment)
        await work.commit()
    return number


async def test_documents_are_submitted_rejected_submitted_again_and_approved(scene: Scene) -> None:
    person = await scene.person()
    nothing = await person.client.get(STATUS)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "spotvibe_nothing_submitted")
    made = await submit(person)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    said = "Documents soumis pour vérification. Statut: EN_ATTENTE."
    assert made.json() == {"message": said, "id": key, "statut": "EN_ATTENTE"}
    status = (await person.client.get(STATUS)).json()
    assert status == {
        "id": key,
        "statut": "EN_ATTENTE",
        "date_soumission": status["date_soumission"],
        "commentaire_admin": "",
    }
    again = await submit(person)
    assert (again.status_code, again.json()["code"]) == (400, "spotvibe_verification_pending")
    assert await decide(scene, key, approve=False, comment="Illisible.") == person.id
    status = (await person.client.get(STATUS)).json()
    assert (status["statut"], status["commentaire_admin"]) == ("REJETE", "Illisible.")
    assert not (await person.client.get("/api/users/profile/")).json()["est_verifie"]
    second = (await submit(person)).json()["id"]
    await decide(scene, second, approve=True)
    assert (await person.client.get(STATUS)).json()["statut"] == "APPROUVE"
    assert (await person.client.get("/api/users/profile/")).json()["est_verifie"]
    more = await submit(person)
    assert (more.status_code, more.json()["code"]) == (400, "spotvibe_verified_already")


async def test_what_nobody_reviews_in_time_expires(scene: Scene) -> None:
    late, waiting = await scene.person(), await scene.person()
    key = (await submit(late)).json()["id"]
    await submit(waiting)
    await scene.owner.execute(
        "update spotvibe_verification set date_soumission = now() - interval '31 days' where id = $1", key
    )
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        work.ask("spotvibe_users.expire_verifications")
        await work.commit()
    await scene.installed.drain()
    assert (await late.client.get(STATUS)).json()["statut"] == "EXPIRE"
    assert (await waiting.client.get(STATUS)).json()["statut"] == "EN_ATTENTE"
    with pytest.raises(DomainError):
        await decide(scene, key, approve=True)
    assert (await submit(late)).status_code == 201


async def test_a_decision_stands(scene: Scene) -> None:
    key = (await submit(await scene.person())).json()["id"]
    await decide(scene, key, approve=False)
    with pytest.raises(DomainError) as refused:
        await decide(scene, key, approve=True)
    assert refused.value.kind is Kind.CONFLICT
    with pytest.raises(DomainError) as refused:
        await decide(scene, 2**62, approve=True)
    assert refused.value.kind is Kind.MISSING


async def test_documents_are_shown_by_signed_addresses_alone(scene: Scene) -> None:
    person = await scene.person()
    key = (await submit(person)).json()["id"]
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        document, selfie = await scene.users.verification_paths(work, key)
    shown = await scene.api().get(document)
    assert (shown.status_code, shown.content) == (200, PDF)
    assert (await scene.api().get(selfie)).content == JPEG
    assert (await scene.api().get(document.partition("?")[0])).status_code == 404
    kept = await scene.owner.fetch(
        "select f.organisation_id, f.state from spotvibe_verification v"
        " join stored_file f on f.id in (v.document_identite, v.document_selfie) where v.id = $1",
        key,
    )
    assert [tuple(each) for each in kept] == [(OWN_ORGANISATION, "kept")] * 2


async def test_the_selfie_is_optional(scene: Scene) -> None:
    person = await scene.person()
    made = await submit(person, files={"document_identite": ("carte.png", PNG)})
    assert made.status_code == 201
    async with scene.kernel.works.everywhere(SYSTEM) as work:
        assert (await scene.users.verification_paths(work, made.json()["id"]))[1] is None


async def test_every_wrong_file_is_named_and_nothing_is_kept(scene: Scene) -> None:
    person = await scene.person()
    files = await scene.owner.fetchval("select count(*) from stored_file")
    bad = {"document_identite": ("carte.pdf", b"MZ"), "document_selfie": ("moi.jpg", b"<html>")}
    refused = await submit(person, files=bad)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"document_identite", "document_selfie"})
    for options in ({"files": {"document_selfie": ("moi.jpg", JPEG)}}, {"json": {}, "files": None}):
        refused = await submit(person, **options)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"document_identite"})
    huge = await submit(person, files={"document_identite": ("carte.png", PNG + b"\0" * 5_000_000)})
    assert (huge.status_code, set(huge.json()["details"])) == (400, {"document_identite"})
    refused = await submit(person, json={"document_identite": "carte.pdf"}, files=None)
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"document_identite"})
    assert await scene.owner.fetchval("select count(*) from stored_file") == files
    assert (await person.client.get(STATUS)).status_code == 404


async def test_one_submission_awaits_review_however_many_come_at_once(scene: Scene) -> None:
    person = await scene.person()
    answers = await asyncio.gather(*(submit(person) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    waiting = "select count(*) from spotvibe_verification where user_id = $1"
    assert await scene.owner.fetchval(waiting, person.id) == 1


async def test_an_idempotency_key_gives_the_first_answer_again(scene: Scene) -> None:
    person = await scene.person()
    headers = {"idempotency-key": unique("clef")}
    first, second = [await submit(person, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


async def test_the_database_knows_every_statut(scene: Scene) -> None:
    key = (await submit(await scene.person())).json()["id"]
    for wrong in ("statut = 'PERDU', date_traitement = now()", "statut = 'APPROUVE'", "date_traitement = now()"):
        with pytest.raises(asyncpg.CheckViolationError):
            await scene.owner.execute(f"update spotvibe_verification set {wrong} where id = $1", key)
