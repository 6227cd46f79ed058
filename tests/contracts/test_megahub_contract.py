"""megahub's document, replayed (contracts/megahub.md; DECISIONS.md section 4): errors as `{"error", "code"}`, with
`details` where fields fail and `message` on 403."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cluster import TestCluster
from tests.contracts.cases import ROOT, Case, CaseFile
from tests.contracts.catalogue import is_in
from tests.contracts.plain import header_faults
from tests.contracts.replay import Replay, unplayed
from tests.contracts.shapes import error_faults, faults, texts_of
from tests.contracts.stage import Stage
from tests.hub import Hub, HubCompany, hub_of_worker
from tests.installation import Api

FOLDER = ROOT / "megahub"
STORIES = sorted(path.stem for path in FOLDER.glob("*.json"))
SOLD = FOLDER / "sold"
"""Stories of an installation that sells slots."""
SOLD_STORIES = sorted(path.stem for path in SOLD.glob("*.json"))
PRICES = {"megahub_slots": {"brand_slot_price": 1000, "user_slot_price": 500}}
OWN = "/companies"
"""Where megahub's own operations are. Those of accounts are replayed with ekigega's document, whose they are."""


def files() -> dict[str, CaseFile]:
    """The case files by name."""
    return {
        story: msgspec.json.decode((folder / f"{story}.json").read_bytes(), type=CaseFile)
        for folder, stories in ((FOLDER, STORIES), (SOLD, SOLD_STORIES))
        for story in stories
    }


def shapes() -> dict[str, Any]:
    """The shapes of all slices."""
    found: dict[str, Any] = {}
    for path in sorted((FOLDER / "shapes.d").glob("*.json")):
        found |= json.loads(path.read_text())
    return found


class HubStage(Stage):
    """What a file plays on. `owner` administers the file's company, `member` (brand_member) and `chef` (brand_admin)
    are its users, `autre` administers another company, `sans` is in none, `superuser` sees all, `anonymous` is nobody.
    `{company.id}` and `{autre_company.id}` are the two companies, `{settled.NAME}` and `{declined.NAME}` the
    `payment_uuid` of a saved answer once its payment by MOMO_FAKE has ended so."""

    company: HubCompany

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub.installed)
        self._hub = hub
        self.saved["operator"] = hub.operator

    async def open(self) -> None:
        """Make the company."""
        self.company = await self._hub.company()
        self.saved["company"] = self.company.body

    async def _value(self, path: str) -> Any:
        first, *rest = path.split(".")
        if first == "autre_company":
            await self.actor("autre")
        if first not in ("settled", "declined"):
            return await super()._value(path)
        payment = self.saved[rest[0]]["payment_uuid"]
        await (self._hub.settle if first == "settled" else self._hub.decline)(payment)
        return payment

    async def _enter(self, name: str) -> Api:
        if name == "anonymous":
            return self._hub.api()
        if name == "superuser":
            return await self._hub.superuser()
        if name == "sans":
            return await self._hub.outsider()
        if name == "autre":
            other = await self._hub.company()
            self.saved["autre_company"] = other.body
            return other.admin
        if name == "owner":
            return self.company.admin
        user = await self.company.user("brand_admin" if name == "chef" else "brand_member")
        self.saved[name] = user
        return self._hub.api(await self._hub.token(user["email"]))


class HubReplay(Replay):
    """Answers of megahub."""

    async def judge(self, case: Case, answer: Any, language: str) -> list[str]:
        """Compare headers, shape, values and language."""
        found = header_faults(case, answer)
        if case.shape == "nothing":
            return [*found, "there is content"] if answer.content else found
        body = answer.json()
        if case.succeeds:
            found += faults(body, case.shape, self.shapes, case.extra) if case.shape else ["the case names no shape"]
            texts = [body["message"]] if isinstance(body, dict) and "message" in body else []
        else:
            found += _failure(case, body)
            texts = texts_of({name: value for name, value in body.items() if name not in case.extra})
        if language == (case.language or "fr"):
            found += await self.value_faults(case, body)
        return found + [f"{text!r} is not {language}" for text in texts if not is_in(language, text)]


def _failure(case: Case, body: Any) -> list[str]:
    shape = {"error": "text", "code": "text"}
    if case.status == 403:
        shape["message"] = "text"
    if case.errors is not None:
        shape["details"] = "object"
    found = faults(body, shape, {}, case.extra)
    return found or (error_faults(body["details"], case.errors) if case.errors is not None else [])


@pytest.fixture(scope="module")
async def selling(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """A hub that sells slots."""
    async with hub_of_worker(cluster, tmp_path_factory, "selling", settings=PRICES) as running:
        yield running


@pytest.mark.parametrize("story", STORIES)
async def test_answers_are_those_of_the_contract(hub: Hub, story: str) -> None:
    await _play(hub, story)


@pytest.mark.parametrize("story", SOLD_STORIES)
async def test_answers_where_slots_are_sold(selling: Hub, story: str) -> None:
    await _play(selling, story)


async def _play(hub: Hub, story: str) -> None:
    stage = HubStage(hub)
    await stage.open()
    replay = HubReplay(stage, shapes())
    await replay.play(files()[story])
    assert not replay.differences, "\n" + "\n".join(replay.differences)


def test_every_operation_has_a_success_and_a_failure(tmp_path: Path) -> None:
    missing = unplayed("megahub", files().values(), tmp_path)
    own = {outcome: {call for call in calls if OWN in call} for outcome, calls in missing.items()}
    assert own == {"success": set(), "failure": set()}


@pytest.mark.parametrize("story", [*STORIES, *SOLD_STORIES])
def test_names_of_cases_tell_them_apart(story: str) -> None:
    names = [case.name for case in files()[story].cases]
    assert len(set(names)) == len(names)
