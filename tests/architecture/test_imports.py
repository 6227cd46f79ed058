"""The import contracts hold, report what breaks them, and manifests are read without any framework."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.architecture.rules import FRAMEWORKS, ROOT, SRC

LINT = Path(sys.executable).with_name("lint-imports")

READ_MANIFESTS = """
import re
import sys
from importlib.metadata import entry_points

for group in ("socle.suites", "socle.plugins"):
    for point in entry_points(group=group):
        point.load()
settings = re.compile(r"adapters(\\.gateways(\\.\\w+)?(\\.settings)?)?")
print(*sorted({name.partition(".")[0] for name in sys.modules if not settings.fullmatch(name)}))
"""
"""What gateways say of their contracts stands beside them: their settings may be read, and nothing else of adapters."""
FORBIDDEN = FRAMEWORKS | {"adapters"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the packages of a folder's `src`."""
    return subprocess.run(
        [LINT, "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder / "src",
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_broken_contract_is_reported(tmp_path: Path) -> None:
    shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, text in {
        "adapters/http/upwards.py": "import plugins.ekigega.wire",
        "core/framed.py": "import litestar",
        "plugins/accounts/sideways.py": "import plugins.ekigega.produits.service",
        "plugins/gateways/simulated.py": "import adapters.operators.demo",
    }.items():
        (tmp_path / "src" / path).write_text(f'"""Planted."""\n\n{text}\n', encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "adapters.http.upwards -> plugins.ekigega.wire" in done.stdout
    assert "core.framed -> litestar" in done.stdout
    assert "plugins.accounts.sideways -> plugins.ekigega.produits.service" in done.stdout
    assert "plugins.gateways.simulated -> adapters.operators.demo" in done.stdout
    assert "Contracts: 0 kept, 4 broken." in done.stdout


def loaded_by(program: str) -> set[str]:
    """The top-level packages that a program loads."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_reading_all_manifests_imports_no_framework() -> None:
    loaded = loaded_by(READ_MANIFESTS)
    assert "plugins" in loaded
    assert loaded & FORBIDDEN == set()
    assert loaded_by(f"import plugins.ekigega.produits.http\n{READ_MANIFESTS}") & FORBIDDEN


def test_no_two_test_modules_have_one_name() -> None:
    # pytest imports them by their bare names
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert {name: number for name, number in names.items() if number > 1} == {}
