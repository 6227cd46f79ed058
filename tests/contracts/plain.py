"""Judging answers without an envelope: bodies, fields and their messages, `detail` (DECISIONS.md section 0, "Errors,
ekigega and crm")."""

from typing import Any

from tests.contracts.cases import Case
from tests.contracts.catalogue import is_in
from tests.contracts.replay import Replay
from tests.contracts.shapes import error_faults, faults, texts_of

REFUSAL = {"detail": "text", "code": "text"}


class PlainReplay(Replay):
    """Answers without an envelope."""

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare headers, shape, values and language."""
        found = header_faults(case, answer)
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


def header_faults(case: Case, answer: Any) -> list[str]:
    """Which headers an answer does not have."""
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
