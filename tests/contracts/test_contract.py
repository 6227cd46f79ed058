"""Every case of every product's contract, replayed; and that no operation is without them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from socle.composition import compose_unconnected
from socle.installation import load
from socle.web import schema_of
from tests.contracts.cases import Case, CaseFile, files_of, products, shapes_of
from tests.contracts.catalogue import is_in
from tests.contracts.shapes import at, error_faults, faults, texts_of
from tests.contracts.stage import Stage
from tests.installation import Installed

REFUSAL = {"detail": "text", "code": "text"}
STORIES = [(product, name) for product in products() for name in files_of(product)]


class Replay:
    """Asks the cases of a file in order and collects what differs."""

    def __init__(self, stage: Stage, shapes: dict[str, Any]) -> None:
        self.stage = stage
        self.shapes = shapes
        self.differences: list[str] = []

    async def play(self, file: CaseFile) -> None:
        """Ask every case."""
        for case in file.cases:
            await self._ask(case, case.language or "fr")
            if not case.succeeds and not case.language and not case.once:
                await self._ask(case, "en")

    async def _ask(self, case: Case, language: str) -> None:
        client = await self.stage.actor(case.actor)
        headers = {**await self.stage.fill(case.headers)}
        if language != "fr":
            headers["accept-language"] = language
        options: dict[str, Any] = {}
        if case.raw is not None:
            options["content"] = case.raw.encode()
        elif case.form is not None:
            options["data"] = await self.stage.fill(case.form)
            options["files"] = {field: (name, text.encode()) for field, (name, text) in case.files.items()}
        elif case.body is not msgspec.UNSET:
            options["json"] = await self.stage.fill(case.body)
        if case.query:
            options["params"] = await self.stage.fill(case.query)
        path = await self.stage.fill(case.asked)
        answer = await client.request(case.method, path, headers=headers, **options)
        client.cookies.clear()
        found = await self._compare(case, answer, language)
        said = f"{case.name} [{language}] {case.method} {path} -> {answer.status_code}"
        self.differences += [f"{said}: {fault}" for fault in found]
        if found:
            self.differences.append(f"    {answer.text[:500]}")

    async def _compare(self, case: Case, answer: Any, language: str) -> list[str]:
        if answer.status_code != case.status:
            return [f"the status is not {case.status}"]
        found = self._header_faults(case, answer)
        if case.shape in ("html", "nothing"):
            return found + _bare_faults(case, answer)
        if answer.headers.get("content-type") != "application/json":
            return [*found, f"the content type is {answer.headers.get('content-type')!r}"]
        body = answer.json()
        if case.shape == "openapi":
            return found if body.get("openapi", "").startswith("3.1") and body["paths"] else [*found, "no OpenAPI"]
        if case.status == 400:
            found += error_faults(body, case.errors or [])
        else:
            shape = case.shape or (REFUSAL if case.status > 400 else "")
            found += faults(body, shape, self.shapes, case.extra) if shape else ["the case names no shape"]
        if language == (case.language or "fr"):
            found += await self._value_faults(case, body)
        found += _language_faults(case, body, language)
        if case.save:
            self.stage.saved[case.save] = body
        return found

    async def _value_faults(self, case: Case, body: Any) -> list[str]:
        found = []
        for path, expected in case.values.items():
            wanted = await self.stage.fill(expected)
            try:
                value = at(body, path)
            except (KeyError, IndexError, TypeError):
                found.append(f"there is no {path}")
                continue
            if value != wanted:
                found.append(f"{path} is {value!r}, not {wanted!r}")
        return found

    def _header_faults(self, case: Case, answer: Any) -> list[str]:
        wanted = {"x-request-id": "*", **case.answer_headers}
        if case.status == 401:
            wanted["www-authenticate"] = "Bearer"
        return [
            f"header {name} is {answer.headers.get(name)!r}, not {value!r}"
            for name, value in wanted.items()
            if name not in answer.headers or (value != "*" and _listed(value) != _listed(answer.headers[name]))
        ]


def _listed(header: str) -> list[str]:
    """The members of a header that is a list, whose order means nothing."""
    return sorted(member.strip() for member in header.split(","))


def _bare_faults(case: Case, answer: Any) -> list[str]:
    if case.shape == "nothing":
        return [f"the body is {answer.text[:50]!r}"] if answer.content else []
    return [] if answer.headers["content-type"].startswith("text/html") else ["this is no page"]


def _language_faults(case: Case, body: Any, language: str) -> list[str]:
    texts = texts_of(body) if not case.succeeds else [body["message"]] if "message" in body else []
    return [f"{text!r} is not {language}" for text in texts if not is_in(language, text)]


@pytest.mark.parametrize(("product", "story"), STORIES)
async def test_answers_are_those_of_the_contract(installed: Installed, product: str, story: str) -> None:
    stage = Stage(installed)
    await stage.open()
    replay = Replay(stage, shapes_of(product))
    await replay.play(files_of(product)[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


@pytest.mark.parametrize("product", products())
def test_every_operation_has_a_success_and_a_failure(product: str, tmp_path: Path) -> None:
    document = json.loads(schema_of(compose_unconnected(load(tmp_path, {}, edition=product)))())
    served = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    cases = [case for file in files_of(product).values() for case in file.cases]
    succeed = {case.call for case in cases if case.succeeds}
    fail = {case.call for case in cases if not case.succeeds}
    assert served - succeed == set(), "operations without a success"
    assert served - fail == set(), "operations without a failure"


@pytest.mark.parametrize(("product", "story"), STORIES)
def test_names_of_cases_tell_them_apart(product: str, story: str) -> None:
    names = [case.name for case in files_of(product)[story].cases]
    assert len(set(names)) == len(names)
