"""`socle gateway check`: what it finds, prints and refuses."""

from pathlib import Path

import pytest

from socle.gateway_check import check
from socle.refusal import Refused

SUITES = '''
"""Gateways that are checked."""

from core.testkit.gateways.fake import FakeGateway
from core.testkit.gateways.fake_operator import BARE
from tests.conformance.gateway_fakes import suite_of

import msgspec


class Silent(FakeGateway):
    """Keeps the operator's own word to itself."""

    def read_status(self, told):
        return msgspec.structs.replace(super().read_status(told), code="")


Good = suite_of(BARE)
Bad = suite_of(BARE, Silent)
Nothing = FakeGateway
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packages with gateways, and one whose suite is none."""
    for name, points in (
        ("acme-gateways", "acme_bad = acme_suites:Bad\nacme_good = acme_suites:Good\n"),
        ("acme-broken", "broken = acme_suites:Nothing\n"),
        ("acme-lost", "lost = acme_nowhere:Suite\n"),
    ):
        metadata = tmp_path / f"{name.replace('-', '_')}-2.1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.1\n", encoding="utf-8")
        (metadata / "entry_points.txt").write_text(f"[socle.gateway_conformance]\n{points}", encoding="utf-8")
    (tmp_path / "acme_suites.py").write_text(SUITES, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("installed")
def test_every_check_is_named_with_what_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("Acme_Gateways") == 1
    said = capsys.readouterr().out
    bad, good = said.split("acme_good (acme-gateways 2.1)\n")
    assert bad.startswith("acme_bad (acme-gateways 2.1)\n  holds ")
    assert "  does not hold  what the operator says is kept raw: the operator says 'SOMETHING_NEW'" in bad
    assert bad.endswith("checks: 1 do not hold.\n")
    assert "does not hold" not in good
    assert good.endswith("checks: all hold.\n")


@pytest.mark.usefixtures("installed")
def test_one_gateway_is_checked_by_its_slug(capsys: pytest.CaptureFixture[str]) -> None:
    assert check("acme_good") == 0
    assert "acme_bad" not in capsys.readouterr().out


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("package", "sentence"),
    [
        ("acme-nothing", '"acme-nothing" brings no gateway to check'),
        ("acme-nothing", "acme_good (acme-gateways 2.1)"),
        ("acme-broken", "is no complete GatewayConformance"),
        ("acme-lost", 'The conformance suite "acme_nowhere:Suite" cannot be loaded'),
    ],
)
def test_a_package_without_a_suite_is_refused(package: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        check(package)
    assert sentence in refused.value.sentences[0]
