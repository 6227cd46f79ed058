"""Asking the cases of a file in order, and collecting what differs. How an answer is judged is a product's own."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from socle.composition import compose_unconnected
from socle.installation import load
from socle.web import schema_of
from tests.contracts.cases import Case, CaseFile
from tests.contracts.shapes import at
from tests.contracts.stage import Stage


class Replay(ABC):
    """Asks cases on a stage; `differences` says what is not as the contract has it."""

    def __init__(self, stage: Stage, shapes: dict[str, Any]) -> None:
        self.stage = stage
        self.shapes = shapes
        self.differences: list[str] = []

    async def play(self, file: CaseFile) -> None:
        """Ask every case; failures are asked again in English, where they may be."""
        for case in file.cases:
            await self._ask(case, case.language or "fr")
            if not case.succeeds and not case.language and not case.once:
                await self._ask(case, "en")

    async def _ask(self, case: Case, language: str) -> None:
        client = await self.stage.actor(case.actor)
        path = await self.stage.fill(case.asked)
        answer = await client.request(case.method, path, **await self._options(case, language))
        client.cookies.clear()
        found = await self._compare(case, answer, language)
        if found:
            said = f"{case.name} [{language}] {case.method} {path} -> {answer.status_code}"
            self.differences += [said, *(f"    {fault}" for fault in found), f"    {answer.text[:500]}"]

    async def _options(self, case: Case, language: str) -> dict[str, Any]:
        fill = self.stage.fill
        headers = dict(await fill(case.headers))
        if language != "fr":
            headers["accept-language"] = language
        options: dict[str, Any] = {"headers": headers}
        if case.query:
            options["params"] = await fill(case.query)
        if case.raw is not None:
            options["content"] = case.raw.encode()
        elif case.form is not None or case.files:
            options["data"] = await fill(case.form or {})
            options["files"] = {field: (name, text.encode()) for field, (name, text) in case.files.items()}
        elif case.body is not msgspec.UNSET:
            options["json"] = await fill(case.body)
        return options

    async def _compare(self, case: Case, answer: Any, language: str) -> list[str]:
        if answer.status_code != case.status:
            return [f"the status is not {case.status}"]
        found = await self.judge(case, answer, language)
        if case.save:
            self.stage.saved[case.save] = self.kept(answer.json())
        return found

    @abstractmethod
    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """What is wrong with an answer that has the status it must have."""

    def kept(self, body: Any) -> Any:
        """What of a body is saved for later cases."""
        return body

    async def value_faults(self, case: Case, body: Any) -> list[str]:
        """Which literal values of a case a body does not have."""
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


def unplayed(edition: str, files: Iterable[CaseFile], home: Path) -> dict[str, set[str]]:
    """The operations of an edition that have no case which succeeds, and none which fails."""
    document = json.loads(schema_of(compose_unconnected(load(home, {}, edition=edition)))())
    served = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    cases = [case for file in files for case in file.cases]
    return {
        outcome: {call for call in served if _nameless(call) not in played}
        for outcome, played in (
            ("success", {_nameless(case.call) for case in cases if case.succeeds}),
            ("failure", {_nameless(case.call) for case in cases if not case.succeeds}),
        )
    }


def _nameless(call: str) -> str:
    """An operation without its slash at the end and the names of its keys."""
    return re.sub(r"\{\w+\}", "{}", call.rstrip("/"))
