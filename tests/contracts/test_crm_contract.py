"""crm's document, replayed (contracts/crm.md; DECISIONS.md section 5): errors as `{"champ": ["message"]}`, others as
`{"detail", "code"}`."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.contracts.cases import ROOT, Case, CaseFile
from tests.contracts.plain import PlainReplay, header_faults
from tests.contracts.replay import unplayed
from tests.contracts.stage import Stage
from tests.installation import Api
from tests.sales import Sales, Seller

FOLDER = ROOT / "crm"
SHARED = {"second_facteur": ROOT / "ekigega" / "01c_second_facteur.json"}
"""Stories of what crm shares with ekigega, played here too."""

STORIES = sorted([*(path.stem for path in FOLDER.glob("*.json")), *SHARED])
ROLES = {"owner": "ADMIN", "admin": "ADMIN", "ventes": "VENTES", "collegue": "VENTES", "lecture": "LECTURE"}


def files() -> dict[str, CaseFile]:
    """The case files by name."""
    paths = {story: SHARED.get(story, FOLDER / f"{story}.json") for story in STORIES}
    return {story: msgspec.json.decode(path.read_bytes(), type=CaseFile) for story, path in paths.items()}


def shapes() -> dict[str, Any]:
    """The shapes of all slices."""
    found: dict[str, Any] = {}
    for path in sorted((FOLDER / "shapes.d").glob("*.json")):
        found |= json.loads(path.read_text())
    return found


class SalesStage(Stage):
    """What a file plays on. `owner`, `admin`, `ventes`, `collegue`, `lecture` are members of the file's organisation,
    `autre` owns another one, `sans` is in none, `superuser` in the installation's own, `anonymous` is nobody; an
    answer that holds an `access` token is an actor by the name it was saved under. `{ventes.id}` is the integer id of
    an account, `{ventes.email}` its address; `{link.ADDRESS}` is the path of the newest address under `/devis/` that
    was mailed to the actor or saved client named ADDRESS."""

    def __init__(self, sales: Sales) -> None:
        super().__init__(sales.installed)
        self._sales = sales

    async def open(self) -> None:
        """Make the organisation and its owner, who must be the first to enter."""
        self.saved["organisation"] = str(await self._sales.organisation())
        await self.actor("owner")

    async def _value(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first != "link":
            return await super()._value(path)
        bodies = [mail["body"] for mail in await self.installed.mail_to(self.saved[rest[0]]["email"])]
        found = [match[1] for body in bodies if (match := re.search(r"https?://[^/\s\"]+(/devis/[\w.-]+)", body))]
        assert found, bodies
        return found[0]

    async def _enter(self, name: str) -> Api:
        if name == "anonymous":
            return self._sales.api()
        if name == "sans":
            return self._known(name, await self._sales.stranger())
        if name == "superuser":
            return self._known(name, await self._sales.superuser())
        if name == "autre":
            return self._known(name, await self._sales.member(await self._sales.organisation(), "ADMIN"))
        return self._known(name, await self._sales.member(UUID(self.saved["organisation"]), ROLES[name]))

    def _known(self, name: str, seller: Seller) -> Api:
        self.saved[name] = {"id": seller.id, "email": seller.email}
        return seller.client


class SalesReplay(PlainReplay):
    """Answers of crm; a shape `bytes` is any content, a shape `redirect` nothing but its headers."""

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare headers, shape, values and language."""
        if case.shape == "bytes":
            return header_faults(case, answer) + ([] if answer.content else ["there is no content"])
        if case.shape == "redirect":
            return header_faults(case, answer)
        return await super().judge(case, answer, language)


@pytest.mark.parametrize("story", STORIES)
async def test_answers_are_those_of_the_contract(sales: Sales, story: str) -> None:
    stage = SalesStage(sales)
    await stage.open()
    replay = SalesReplay(stage, shapes())
    await replay.play(files()[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


def test_every_operation_has_a_success_and_a_failure(tmp_path: Path) -> None:
    assert unplayed("crm", files().values(), tmp_path) == {"success": set(), "failure": set()}


@pytest.mark.parametrize("story", STORIES)
def test_names_of_cases_tell_them_apart(story: str) -> None:
    names = [case.name for case in files()[story].cases]
    assert len(set(names)) == len(names)
