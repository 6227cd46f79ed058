"""driven's document, replayed (contracts/driven.md): every answer in its envelope, both languages in every message."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from socle.composition import compose_unconnected
from socle.installation import load
from socle.web import schema_of
from tests.contracts.cases import ROOT, Case, CaseFile
from tests.contracts.catalogue import is_in
from tests.contracts.shapes import at, error_faults, faults, texts_of
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


class PortalReplay:
    """Plays a file, and keeps what differs."""

    def __init__(self, stage: PortalStage) -> None:
        self.stage = stage
        self.shapes = shapes()
        self.differences: list[str] = []

    async def play(self, file: CaseFile) -> None:
        """Play every case; failures are asked again in English, where they may be."""
        for case in file.cases:
            await self._ask(case, case.language or "fr")
            if not case.succeeds and not case.once and not case.language:
                await self._ask(case, "en")

    async def _ask(self, case: Case, language: str) -> None:
        client = await self.stage.actor(case.actor)
        fill = self.stage.fill
        options: dict[str, Any] = {
            "headers": {"accept-language": language, **await fill(dict(case.headers))},
            "params": await fill(case.query),
        }
        if case.raw is not None:
            options["content"] = case.raw.encode()
        elif case.form is not None or case.files:
            options["data"] = await fill(case.form or {})
            options["files"] = {field: (name, content.encode()) for field, (name, content) in case.files.items()}
        elif case.body is not msgspec.UNSET:
            options["content"] = json.dumps(await fill(case.body)).encode()
            options["headers"].setdefault("content-type", "application/json")
        answer = await client.request(case.method, await fill(case.asked), **options)
        found = await self._compare(case, answer, language)
        if found:
            self.differences += [f"{case.name} [{language}]", *(f"    {each}" for each in found)]
            self.differences.append(f"    {answer.text[:500]}")

    async def _compare(self, case: Case, answer: Any, language: str) -> list[str]:
        if answer.status_code != case.status:
            return [f"the status is {answer.status_code}, not {case.status}"]
        if case.shape == "bytes":
            return [] if answer.content else ["there is no content"]
        body = answer.json()
        found = self._success(case, body) if case.succeeds else _failure(case, body, language)
        for path, expected in case.values.items():
            if language != (case.language or "fr") and path.startswith("details"):
                continue
            wanted = await self.stage.fill(expected)
            try:
                value = at(body, path)
            except (KeyError, IndexError, TypeError):
                found.append(f"there is no {path}")
                continue
            if value != wanted:
                found.append(f"{path} is {value!r}, not {wanted!r}")
        if case.save:
            self.stage.saved[case.save] = body.get("data", body)
        return found

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
    replay = PortalReplay(PortalStage(portal))
    await replay.play(files()[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


def test_every_operation_has_a_success_and_a_failure(tmp_path: Path) -> None:
    document = json.loads(schema_of(compose_unconnected(load(tmp_path, {}, edition="driven")))())
    served = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    cases = [case for file in files().values() for case in file.cases]
    succeed = {_shape_of(case.call) for case in cases if case.succeeds}
    fail = {_shape_of(case.call) for case in cases if not case.succeeds}
    assert {call for call in served if _shape_of(call) not in succeed} == set(), "operations without a success"
    assert {call for call in served if _shape_of(call) not in fail} == set(), "operations without a failure"


def _shape_of(call: str) -> str:
    return re.sub(r"\{\w+\}", "{}", call.rstrip("/"))


@pytest.mark.parametrize("story", STORIES)
def test_names_of_cases_tell_them_apart(story: str) -> None:
    names = [case.name for case in files()[story].cases]
    assert len(set(names)) == len(names)
