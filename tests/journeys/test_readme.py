"""The README's tour works as it is printed, against the server that `make run` starts."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.server import Server

README = Path(__file__).parents[2] / "README.md"
TOUR = re.compile(r"<!-- tour -->\n```sh\n(.+?)```", re.DOTALL)


def test_the_tour_works_as_printed(tmp_path: Path) -> None:
    (tour,) = TOUR.findall(README.read_text(encoding="utf-8"))
    # the embedded database of a home of its own, and a worker: what `make run` starts, but for the port
    server = Server(tmp_path / "home", {}, worker=True)
    server.start()
    try:
        shell = shutil.which("bash")
        assert shell is not None
        ran = subprocess.run(
            [shell, "-eu", "-o", "pipefail", "-c", tour.replace("http://127.0.0.1:8000", server.base_url)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        server.stop()
    assert ran.returncode == 0, ran.stderr
    sale, stock, entries = ran.stdout.strip().splitlines()
    assert '"total":"43500.00"' in sale
    assert (stock, entries) == ("37", "5")
