"""The README's tours work as they are printed, against the server that `make run` starts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.test_driven_tour import walk
from tests.server import Server

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What `make run` starts, but for the port: the embedded database of a home of its own, a worker, and the
    demonstration."""
    server = Server(tmp_path_factory.mktemp("readme") / "home", {"SOCLE_DEMO": "true"}, worker=True)
    server.start()
    yield server
    server.stop()


def printed(server: Server, name: str, folder: Path) -> list[str]:
    """What a tour of the README prints at a server."""
    marked = rf"<!-- {name} -->\n```sh\n(.+?)```"
    (tour,) = re.findall(marked, README.read_text(encoding="utf-8"), re.DOTALL)
    return walk(tour.replace("http://127.0.0.1:8000", server.base_url), folder)


def test_the_tour_works_as_printed(started: Server, tmp_path: Path) -> None:
    sale, stock, entries = printed(started, "tour", tmp_path)
    assert '"total":"43500.00"' in sale
    assert (stock, entries) == ("37", "5")


def test_the_other_products_answer_as_printed(started: Server, tmp_path: Path) -> None:
    title, organiser, login, application, brands, pipeline, picture = printed(started, "products", tmp_path)
    assert title
    assert organiser == "ysossou"
    assert login
    assert application
    assert (brands, int(pipeline) > 0) == ("4", True)
    assert picture == "image/svg+xml"
    assert (tmp_path / "pipeline.svg").read_text(encoding="utf-8").lstrip().startswith("<")
