"""spotvibe's document, replayed (contracts/spotvibe.md): errors as `{"error", "code"}`, with `details` where fields
fail."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.contracts.cases import ROOT, Case, CaseFile
from tests.contracts.catalogue import is_in
from tests.contracts.replay import Replay, unplayed
from tests.contracts.shapes import error_faults, faults, texts_of
from tests.contracts.stage import Stage
from tests.installation import Api
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


class SceneStage(Stage):
    """What a file plays on: `staff` is staff, `stranger` has no profile, `anonymous` is nobody, any other name is a
    user; an answer that holds an `access` token is an actor by the name it was saved under."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.installed)
        self._scene = scene

    async def _enter(self, name: str) -> Api:
        if name == "anonymous":
            return self._scene.api()
        person = await self._scene.person(profile=name != "stranger", staff=name == "staff")
        self.saved[name] = {"id": person.id, "username": person.username, "email": person.email}
        return person.client


class SceneReplay(Replay):
    """Answers of spotvibe."""

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare headers, shape, values and language."""
        if case.shape == "bytes":
            return [] if answer.content else ["there is no content"]
        body = answer.json()
        wanted = {"x-request-id": "*", **case.answer_headers}
        found = [
            f"header {name} is {answer.headers.get(name)!r}, not {value!r}"
            for name, value in wanted.items()
            if name not in answer.headers or value not in ("*", answer.headers[name])
        ]
        if case.succeeds:
            found += faults(body, case.shape, self.shapes, case.extra) if case.shape else ["the case names no shape"]
            texts = [body["message"]] if isinstance(body, dict) and "message" in body else []
        else:
            found += _failure(case, body)
            texts = texts_of(body)
        if language == (case.language or "fr"):
            found += await self.value_faults(case, body)
        return found + [f"{text!r} is not {language}" for text in texts if not is_in(language, text)]


def _failure(case: Case, body: Any) -> list[str]:
    shape = {"error": "text", "code": "text"} | ({"details": "object"} if case.errors is not None else {})
    found = faults(body, shape, {}, [])
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
