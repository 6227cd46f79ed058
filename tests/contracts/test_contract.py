"""Every case of every product's contract, replayed; and that no operation is without them."""

from pathlib import Path
from typing import Any

import pytest

from tests.contracts.cases import Case, files_of, products, shapes_of
from tests.contracts.catalogue import is_in
from tests.contracts.replay import Replay, unplayed
from tests.contracts.shapes import error_faults, faults, texts_of
from tests.contracts.stage import Stage
from tests.installation import Installed

REFUSAL = {"detail": "text", "code": "text"}
STORIES = [(product, name) for product in products() for name in files_of(product)]


class PlainReplay(Replay):
    """Answers without an envelope: bodies, fields and their messages, `detail`."""

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare headers, shape, values and language."""
        found = _header_faults(case, answer)
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
            found += await self.value_faults(case, body)
        return found + _language_faults(case, body, language)


def _header_faults(case: Case, answer: Any) -> list[str]:
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
    replay = PlainReplay(stage, shapes_of(product))
    await replay.play(files_of(product)[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


@pytest.mark.parametrize("product", products())
def test_every_operation_has_a_success_and_a_failure(product: str, tmp_path: Path) -> None:
    assert unplayed(product, files_of(product).values(), tmp_path) == {"success": set(), "failure": set()}


@pytest.mark.parametrize(("product", "story"), STORIES)
def test_names_of_cases_tell_them_apart(product: str, story: str) -> None:
    names = [case.name for case in files_of(product)[story].cases]
    assert len(set(names)) == len(names)
