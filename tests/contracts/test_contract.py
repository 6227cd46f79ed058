"""Every case of every product's contract, replayed; and that no operation is without them."""

from pathlib import Path

import pytest

from tests.contracts.cases import files_of, products, shapes_of
from tests.contracts.plain import PlainReplay
from tests.contracts.replay import unplayed
from tests.contracts.stage import Stage
from tests.installation import Installed

STORIES = [(product, name) for product in products() for name in files_of(product)]


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
