"""The outsider's package, from its own folder, in an environment that holds only `socle[testkit]` beside it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.environment import ROOT, CleanEnvironment

EXAMPLE = ROOT / "examples" / "gateway-wave"
WHERE = re.compile(r"https?://[\w.-]+")
SPOKEN_OF = ("https://api.wave.com", "https://docs.wave.com", "https://pay.wave.com", "https://socle.example")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanEnvironment]:
    """Socle and the example, installed from wheels."""
    environment = CleanEnvironment(tmp_path_factory.mktemp("wave") / "environment")
    environment.require("socle[testkit]")
    environment.install(ROOT, EXAMPLE)
    yield environment
    shutil.rmtree(environment.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example's folder without its sources, so that the tests run what is installed."""
    copy = tmp_path / "gateway-wave"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("src", "__pycache__", ".*"))
    return copy


def test_its_own_tests_pass(environment: CleanEnvironment, folder: Path) -> None:
    done = environment.run("pytest", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (summary,) = re.findall(r"^(\d+) passed in [\d.:s() ]+$", done.stdout, re.MULTILINE)
    assert int(summary) > 50, done.stdout


def test_the_command_names_each_check(environment: CleanEnvironment, folder: Path) -> None:
    done = environment.run("socle", "gateway", "check", "socle-gateway-wave", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    first, *checks, last = done.stdout.splitlines()
    assert first == "wave (socle-gateway-wave 1.0.0)"
    assert all(line.startswith("  holds          ") for line in checks)
    assert "  holds          a forged callback is not authentic" in checks
    assert last == f"{len(checks)} checks: all hold."


def test_the_plugin_is_found_and_off_until_its_secrets_are_given(environment: CleanEnvironment, folder: Path) -> None:
    listed = environment.run("socle", "plugins", "--home", str(folder / "home"), folder=folder)
    assert listed.returncode == 0, listed.stderr
    assert re.search(r"^gateway_wave +enabled +/ +Paiement par Wave$", listed.stdout, re.MULTILINE), listed.stdout


def test_it_names_no_address_but_waves_own() -> None:
    files = [file for ending in ("py", "toml", "md") for file in EXAMPLE.rglob(f"*.{ending}")]
    assert len(files) > 10
    for file in files:
        for address in WHERE.findall(file.read_text(encoding="utf-8")):
            assert address.startswith(SPOKEN_OF), f"{file}: {address}"
