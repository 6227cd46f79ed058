"""The gateway that docs/integrators.md builds: written down, built, installed and checked as its reader would."""

import re
from pathlib import Path

import pytest

from core.payments.gateway import Capabilities
from core.testkit.gateways import GatewayConformance
from socle.registry import load_attribute
from tests.examples.environment import ROOT, CleanEnvironment

GUIDE = ROOT / "docs" / "integrators.md"
BLOCK = re.compile(
    r"^(?:[^\n]* )?\*\*`([\w./]+)`\*\*[^\n]*(?:\n[^`\n][^\n]*)*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
ROW = re.compile(r"^\| (`[a-z0-9_`, ]+`)(?: \([^|]*\))? \| [^|]+ \|$", re.MULTILINE)
PIECE = re.compile(r"`(core\.[\w.]+)`")


def written(folder: Path) -> Path:
    """The guide's package, each code block in the file that it names."""
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert [name for name, _ in blocks] == [
        "pyproject.toml",
        "acme_baobab/__init__.py",
        "acme_baobab/plugin.py",
        "acme_baobab/gateway.py",
        "acme_baobab/conformance.py",
        "tests/test_conformance.py",
    ]
    for name, text in blocks:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[CleanEnvironment, Path]:
    """An environment with Socle and the guide's package, and the folder of the package's own tests."""
    folder = tmp_path_factory.mktemp("guide")
    environment = CleanEnvironment(folder / "environment")
    environment.require("socle[testkit]")
    source = written(folder / "acme-baobab")
    environment.install(ROOT, source)
    (source / "acme_baobab").rename(folder / "sources")
    return environment, source


def test_the_guides_gateway_holds(place: tuple[CleanEnvironment, Path]) -> None:
    environment, folder = place
    tested = environment.run("pytest", "-q", folder=folder)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert " passed in " in tested.stdout
    for name in ("acme-baobab", "baobab"):
        checked = environment.run("socle", "gateway", "check", name, folder=folder)
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert checked.stdout.startswith("baobab (acme-baobab 1.0.0)\n  holds ")
        assert checked.stdout.endswith("checks: all hold.\n")
    listed = environment.run("socle", "plugins", "--home", str(folder / "home"), folder=folder)
    assert re.search(r"^gateway_baobab +enabled +/ +Paiement par Baobab Pay$", listed.stdout, re.MULTILINE)


def test_the_guide_names_every_check() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    named = {name for row in ROW.findall(text) for name in re.findall(r"`(\w+)`", row)}
    every = {
        name.removeprefix("test_")
        for ancestor in GatewayConformance.__mro__
        for name in vars(ancestor)
        if name.startswith("test_")
    }
    assert len(every) > 40
    assert named == every


def test_the_pieces_that_the_guide_names_exist() -> None:
    named = set(PIECE.findall(GUIDE.read_text(encoding="utf-8")))
    assert len(named) > 10
    for piece in named:
        module, _, attribute = piece.rpartition(".")
        assert load_attribute(f"{module}:{attribute}"), piece


def test_the_guide_speaks_of_capabilities_that_exist() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    for name in ("resend", "answer_needed", "reports_amount", "prepares_refunds", "deadline"):
        assert f"`{name}`" in text or f"capabilities.{name}`" in text
        assert name in Capabilities.__struct_fields__
