"""spotvibe's document, replayed (contracts/spotvibe.md): errors as `{"error", "code"}`, with `details` where fields
fail."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from adapters.identity.signing import Ed25519Signer
from core.access.principal import SYSTEM
from plugins.spotvibe.tickets.code import KEY_USE, TicketCodes
from tests.contracts.cases import ROOT, Case, CaseFile
from tests.contracts.catalogue import is_in
from tests.contracts.replay import Replay, unplayed
from tests.contracts.shapes import error_faults, faults, texts_of
from tests.contracts.stage import Stage
from tests.installation import Api
from tests.plugins.spotvibe.subscribers import signature
from tests.scene import Scene

FOLDER = ROOT / "spotvibe"
STORIES = sorted(path.stem for path in FOLDER.glob("*.json"))


def files() -> dict[str, CaseFile]:
    """The case files by name."""
    return {story: msgspec.json.decode((FOLDER / f"{story}.json").read_bytes(), type=CaseFile) for story in STORIES}


def shapes() -> dict[str, Any]:
    """The shapes of all slices."""
    found: dict[str, Any] = {}
    for path in sorted((FOLDER / "shapes.d").glob("*.json")):
        found |= json.loads(path.read_text())
    return found


async def approve(scene: Scene, key: int) -> int:
    """Approve an event as staff do, unless that was done; returns its id."""
    reviewer = await scene.person(staff=True)
    waits = "select statut = 'EN_ATTENTE' from spotvibe_evenement where id = $1"
    if await scene.owner.fetchval(waits, key):
        async with scene.kernel.works.everywhere(SYSTEM) as work:
            await scene.installed.composition.wired["spotvibe_events"].api.approve(work, key, reviewer.id)
            await work.commit()
    return key


def code_of(scene: Scene, ticket: dict[str, Any]) -> str:
    """What the QR of a ticket says."""
    codes = TicketCodes(Ed25519Signer(scene.kernel.derive_key(KEY_USE)))
    return codes.write(UUID(ticket["uuid"]), ticket["evenement_id"])


class SceneStage(Stage):
    """What a file plays on: `staff` is staff, `stranger` has no profile, `anonymous` is nobody, any other name is a
    user; an answer that holds an `access` token is an actor by the name it was saved under. `{settled.NAME}` and
    `{declined.NAME}` are the `payment_uuid` of a saved answer, once the payment by MOMO_FAKE has ended so;
    `{approved.NAME}` is the id of a saved event, once staff have approved it; `{scanned.NAME.0}` is what the QR of a
    ticket of a saved list says."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.installed)
        self._scene = scene
        # with it the method MOMO_FAKE is there
        self.saved["operator"] = scene.operator

    async def _value(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first == "approved":
            return await approve(self._scene, self.saved[rest[0]]["event"]["id"])
        if first == "scanned":
            return code_of(self._scene, self.saved[rest[0]][int(rest[1])])
        if first not in ("settled", "declined"):
            return await super()._value(path)
        payment = self.saved[rest[0]]["payment_uuid"]
        await (self._scene.settle if first == "settled" else self._scene.decline)(payment)
        return payment

    async def _enter(self, name: str) -> Api:
        if name == "anonymous":
            return self._scene.api()
        person = await self._scene.person(profile=name != "stranger", staff=name == "staff")
        self.saved[name] = {"id": person.id, "username": person.username, "email": person.email}
        return person.client


class SceneReplay(Replay):
    """Answers of spotvibe. A `raw` body under the header `x-signature: signed` is signed."""

    async def _options(self, case: Case, language: str) -> dict[str, Any]:
        options = await super()._options(case, language)
        if case.headers.get("x-signature") == "signed":
            options["headers"]["x-signature"] = signature(options["content"])
        return options

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare headers, shape, values and language."""
        if case.shape == "bytes":
            return [] if answer.content else ["there is no content"]
        if case.shape == "nothing":
            return ["there is content"] if answer.content else []
        body = answer.json()
        wanted = {"x-request-id": "*", **case.answer_headers}
        found = [
            f"header {name} is {answer.headers.get(name)!r}, not {value!r}"
            for name, value in wanted.items()
            if name not in answer.headers or value not in ("*", answer.headers[name])
        ]
        if case.succeeds:
            found += faults(body, case.shape, self.shapes, case.extra) if case.shape else ["the case names no shape"]
            # the `message` beside a `titre` is a notification's own text, in its reader's language
            said = isinstance(body, dict) and "message" in body and "titre" not in body
            texts = [body["message"]] if said else []
        else:
            found += _failure(case, body)
            texts = texts_of({name: value for name, value in body.items() if name not in case.extra})
        if language == (case.language or "fr"):
            found += await self.value_faults(case, body)
        return found + [f"{text!r} is not {language}" for text in texts if not is_in(language, text)]


def _failure(case: Case, body: Any) -> list[str]:
    shape = {"error": "text", "code": "text"} | ({"details": "object"} if case.errors is not None else {})
    found = faults(body, shape, {}, case.extra)
    return found or (error_faults(body["details"], case.errors) if case.errors is not None else [])


@pytest.mark.parametrize("story", STORIES)
async def test_answers_are_those_of_the_contract(scene: Scene, story: str) -> None:
    replay = SceneReplay(SceneStage(scene), shapes())
    await replay.play(files()[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


def test_every_operation_has_a_success_and_a_failure(tmp_path: Path) -> None:
    assert unplayed("spotvibe", files().values(), tmp_path) == {"success": set(), "failure": set()}


@pytest.mark.parametrize("story", STORIES)
def test_names_of_cases_tell_them_apart(story: str) -> None:
    names = [case.name for case in files()[story].cases]
    assert len(set(names)) == len(names)
