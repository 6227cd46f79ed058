"""driven's document, replayed (contracts/driven.md): every answer in its envelope, both languages in every message."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.contracts.cases import ROOT, Case, CaseFile
from tests.contracts.catalogue import is_in
from tests.contracts.replay import Replay, unplayed
from tests.contracts.shapes import error_faults, faults, texts_of
from tests.contracts.stage import Stage
from tests.installation import Api, unique
from tests.portal import Portal

FOLDER = ROOT / "driven"
STORIES = sorted(path.stem for path in FOLDER.glob("*.json"))
MESSAGE = {"en": "text", "fr": "text"}
PAGINATION = {
    "page": "integer",
    "per_page": "integer",
    "total_items": "integer",
    "total_pages": "integer",
    "has_next": "boolean",
    "has_prev": "boolean",
    "next_page": "integer|null",
    "prev_page": "integer|null",
}


def files() -> dict[str, CaseFile]:
    """The case files by name."""
    return {story: msgspec.json.decode((FOLDER / f"{story}.json").read_bytes(), type=CaseFile) for story in STORIES}


def shapes() -> dict[str, Any]:
    """The shapes of all slices."""
    found: dict[str, Any] = {}
    for path in sorted((FOLDER / "shapes.d").glob("*.json")):
        found |= json.loads(path.read_text())
    return found


class PortalStage(Stage):
    """What a file plays on: `admin` is a portal administrator, `lecteur` an utilisateur without roles, `anonymous`
    nobody; an answer that holds an `access_token` is an actor by the name it was saved under. `protege` has a second
    factor by email; `{invitation.NAME}` is the token of an invitation of the utilisateur saved as NAME."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal.installed)
        self._portal = portal
        self.saved["unique"] = unique("u")

    async def actor(self, name: str) -> Api:
        """The client of an actor."""
        if name in self.saved and "access_token" in self.saved[name]:
            return self._portal.api(self.saved[name]["access_token"])
        if name == "anonymous":
            return self._portal.api()
        if name not in self._clients:
            person = await self._portal.person(admin=name == "admin")
            self.saved[name] = {"id": person.id, "login": person.login, "email": person.email}
            self._clients[name] = person.client
            if name == "protege":
                await self._portal.protect(person.login, "EMAIL")
        return self._clients[name]

    async def _value(self, path: str) -> Any:
        first, _, name = path.partition(".")
        if first == "invitation":
            return await self._portal.invitation(self.saved[name]["id_utilisateur"])
        return await super()._value(path)


class PortalReplay(Replay):
    """Answers in driven's envelope."""

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare envelope, shape and values; details of failures speak one language."""
        if case.shape == "bytes":
            return [] if answer.content else ["there is no content"]
        body = answer.json()
        found = self._success(case, body) if case.succeeds else _failure(case, body, language)
        if language == (case.language or "fr"):
            found += await self.value_faults(case, body)
        return found

    def kept(self, body: Any) -> Any:
        """The data, where there is an envelope."""
        return body.get("data", body)

    def _success(self, case: Case, body: Any) -> list[str]:
        if case.shape.startswith("raw "):
            return faults(body, case.shape.removeprefix("raw "), self.shapes, case.extra)
        found = faults(body, _enveloped(case.shape), self.shapes, case.extra)
        return found if body.get("error") is False else [*found, "`error` is not false"]


def _enveloped(shape: str) -> Mapping[str, Any]:
    envelope: dict[str, Any] = {"error": "boolean", "message": MESSAGE}
    if shape == "done":
        return envelope
    kind, _, name = shape.partition(" of ")
    if kind == "page" and name:
        return {**envelope, "data": [name], "pagination": PAGINATION}
    if kind == "list" and name:
        return {**envelope, "data": [name]}
    if kind == "items" and name:
        counts = dict.fromkeys(("total", "pages", "current_page"), "integer")
        return {**envelope, "data": {"items": [name], **counts}}
    return {**envelope, "data": shape}


def _failure(case: Case, body: Any, language: str) -> list[str]:
    keys = {"error", "message", "details", "code"}
    if not isinstance(body, dict) or set(body) != keys or body["error"] is not True:
        return [f"this is no failure of driven: {body!r}"]
    found = faults(body["message"], MESSAGE, {}, [])
    for spoken in ("fr", "en"):
        if not is_in(spoken, body["message"][spoken]):
            found.append(f"{body['message'][spoken]!r} is not {spoken}")
    if case.errors is not None:
        found += error_faults(body["details"], case.errors)
        found += [f"{text!r} is not {language}" for text in texts_of(body["details"]) if not is_in(language, text)]
    return found


@pytest.mark.parametrize("story", STORIES)
async def test_answers_are_those_of_the_contract(portal: Portal, story: str) -> None:
    replay = PortalReplay(PortalStage(portal), shapes())
    await replay.play(files()[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


def test_every_operation_has_a_success_and_a_failure(tmp_path: Path) -> None:
    assert unplayed("driven", files().values(), tmp_path) == {"success": set(), "failure": set()}


@pytest.mark.parametrize("story", STORIES)
def test_names_of_cases_tell_them_apart(story: str) -> None:
    names = [case.name for case in files()[story].cases]
    assert len(set(names)) == len(names)
