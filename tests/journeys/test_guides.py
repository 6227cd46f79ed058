"""The tours of docs/api/megahub.md and docs/api/crm.md work as they are printed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.journeys.test_driven_tour import walk
from tests.server import Server, database_environment, serving, socle

PAGES = Path(__file__).parents[2] / "docs" / "api"
TOUR = re.compile(r"<!-- tour -->\n```sh\n(.+?)```", re.DOTALL)
CHIEF = ("--email", "chef@example.com", "--username", "chef", "--password", "Grande-Saison-42", "--superuser")


@pytest.fixture(scope="module")
def started(cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, dict[str, str]]]:
    """What `make run` starts, with the demonstration, and the environment of commands beside it."""
    home, urls = tmp_path_factory.mktemp("guides") / "home", cluster.clone(unique("guides"))
    with serving(home, urls, worker=True, SOCLE_DEMO="true") as server:
        yield server, database_environment(urls)


def printed(server: Server, product: str, folder: Path) -> list[str]:
    """What a product's tour prints at a server."""
    (tour,) = TOUR.findall((PAGES / f"{product}.md").read_text(encoding="utf-8"))
    return walk(tour.replace("http://127.0.0.1:8000", server.base_url), folder)


def test_the_tour_of_megahub(started: tuple[Server, dict[str, str]], tmp_path: Path) -> None:
    server, environment = started
    made = socle(server.home, "account", "create", *CHIEF, environment=environment)
    assert made.returncode == 0, made.stderr
    assert printed(server, "megahub", tmp_path) == [
        "5",
        "Limite de marques atteinte (5/5)",
        "Limite de marques atteinte (5/5)",
        "Slots augmentés avec succès",
        "Kétou",
        "Utilisation incrémentée de 45",
        "Limite d'utilisation atteinte (100)",
    ]


def test_the_tour_of_crm(started: tuple[Server, dict[str, str]], tmp_path: Path) -> None:
    assert printed(started[0], "crm", tmp_path) == [
        "qualification",
        "Envoyé",
        "text/html; charset=utf-8",
        "Consulté",
        "Accepté",
        "gagnee",
        "900000.00",
        "application/pdf",
        "text/csv; charset=utf-8",
    ]
    assert (tmp_path / "devis.pdf").read_bytes().startswith(b"%PDF-")
    assert "Cuisine équipée" in (tmp_path / "opportunites.csv").read_text(encoding="utf-8-sig")
