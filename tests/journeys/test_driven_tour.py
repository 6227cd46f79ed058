"""The tour of docs/api/driven.md works as it is printed."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.cluster import TestCluster
from tests.installation import unique
from tests.portal import portal_on
from tests.server import serving

PAGE = Path(__file__).parents[2] / "docs" / "api" / "driven.md"
TOUR = re.compile(r"<!-- tour -->\n```sh\n(.+?)```", re.DOTALL)


def walk(tour: str, folder: Path) -> list[str]:
    """Run the tour in a folder of its own; return the lines that it prints."""
    shell = shutil.which("bash")
    assert shell is not None
    ran = subprocess.run(
        [shell, "-eu", "-o", "pipefail", "-c", tour],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


async def test_the_tour_works_as_printed(cluster: TestCluster, tmp_path: Path) -> None:
    (tour,) = TOUR.findall(PAGE.read_text(encoding="utf-8"))
    home, urls = tmp_path / "home", cluster.clone(unique("tour"))
    async with portal_on(urls, home) as portal:
        with serving(home, urls, SOCLE_EDITION="driven") as server:
            asked = tour.replace("http://127.0.0.1:8000/driven", server.base_url)
            assert '"login": "ada"' in asked
            printed = walk(asked.replace('"login": "ada"', f'"login": "{portal.admin.login}"'), tmp_path)
    assert printed == [
        "200",
        "Permissions affectées avec succès",
        "Permissions assignées à la fonction API avec succès",
        "Rôle assigné avec succès",
        "permission",
        "Entrée de trace créée avec succès",
        "OUVERTURE",
    ]
