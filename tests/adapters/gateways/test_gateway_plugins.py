"""The manifests: settings from the installation file, credentials whole or not at all, https in production."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.orange.settings import OrangeSettings
from core.kernel import Kernel
from core.payments.gateway import GatewayOffer, RefundMode
from core.plugin import Plugin, Unwirable
from core.primitives.secret import Secret
from core.testkit.clock import FakeClock
from plugins.gateways import moov, mtn, orange

MTN_GIVEN = {"subscription_key": "s" * 32, "api_key": "k" * 32}
MTN_SET = {"api_user": "0f2d1c3b-4a59-4876-9a8b-7c6d5e4f3a2b"}
ORANGE_GIVEN = {"client_secret": "c", "merchant_key": "m"}
ORANGE_SET = {"client_id": "client"}
PAYOUT_GIVEN = {"payout_password": "p", "payout_pin": "0000"}
PAYOUT_SET = {"payout": {"user": "marchand", "channel_number": "699000000"}}
MOOV_GIVEN = {"password": "demo_pass", "key": "simulator-key-0123456789-abcdefg"}
MOOV_SET = {"username": "demo_user"}


def wired(plugin: Plugin, secrets: dict[str, str], settings: dict[str, Any], *, production: bool = True) -> Any:
    """The gateways that a plugin offers."""
    assert plugin.settings is not None
    kernel = _Kernel(
        installation=SimpleNamespace(production=production),
        clock=FakeClock(),
        settings=msgspec.convert(settings, plugin.settings),
        secrets={name: Secret(value) for name, value in secrets.items()},
    )
    return plugin.wire(kernel).gateways  # type: ignore[arg-type]


class _Kernel(SimpleNamespace):
    settings_as = Kernel.settings_as


@pytest.mark.parametrize(
    ("plugin", "secrets", "settings", "slug", "title"),
    [
        (mtn.PLUGIN, MTN_GIVEN, MTN_SET, "mtn", "MTN MoMo"),
        (orange.PLUGIN, ORANGE_GIVEN, ORANGE_SET, "orange", "Orange Money"),
        (moov.PLUGIN, MOOV_GIVEN, MOOV_SET, "moov", "Moov Money"),
        (moov.PLUGIN, {"token": "opaque"}, {}, "moov", "Moov Money"),
    ],
)
def test_what_has_its_credentials_is_offered(
    plugin: Plugin, secrets: dict[str, str], settings: dict[str, Any], slug: str, title: str
) -> None:
    """One gateway; without credentials none, whatever else is set."""
    (offer,) = wired(plugin, secrets, settings)
    assert isinstance(offer, GatewayOffer)
    assert (offer.slug, offer.title) == (slug, title)
    assert list(wired(plugin, {}, {"deadline": 5})) == []
    assert list(wired(plugin, dict.fromkeys(secrets, ""), {})) == []


@pytest.mark.parametrize(
    ("plugin", "secrets", "settings", "sentence"),
    [
        (mtn.PLUGIN, {"api_key": "k"}, {}, "api_user and SOCLE_GATEWAY_MTN_SUBSCRIPTION_KEY are missing"),
        (mtn.PLUGIN, MTN_GIVEN, {}, "^api_user is missing: MTN MoMo is configured by half.$"),
        (mtn.PLUGIN, {}, MTN_SET, "SOCLE_GATEWAY_MTN_API_KEY are missing"),
        (
            mtn.PLUGIN,
            MTN_GIVEN | {"disbursement_api_key": "d"},
            MTN_SET,
            "SOCLE_GATEWAY_MTN_DISBURSEMENT_SUBSCRIPTION_KEY and disbursement_api_user are missing",
        ),
        (mtn.PLUGIN, MTN_GIVEN | {"subscription_key": "a b"}, MTN_SET, "SOCLE_GATEWAY_MTN_SUBSCRIPTION_KEY holds"),
        (mtn.PLUGIN, MTN_GIVEN | {"api_key": "a\n"}, MTN_SET, "SOCLE_GATEWAY_MTN_API_KEY holds"),
        (mtn.PLUGIN, MTN_GIVEN, MTN_SET | {"base_url": "http://mtn.example"}, "must be https"),
        (orange.PLUGIN, {"client_secret": "c"}, ORANGE_SET, "SOCLE_GATEWAY_ORANGE_MERCHANT_KEY is missing"),
        (orange.PLUGIN, ORANGE_GIVEN, ORANGE_SET | PAYOUT_SET, "SOCLE_GATEWAY_ORANGE_PAYOUT_PIN are missing"),
        (orange.PLUGIN, ORANGE_GIVEN | PAYOUT_GIVEN, ORANGE_SET, "^payout.user is missing: Orange Money's payout"),
        (
            orange.PLUGIN,
            ORANGE_GIVEN | PAYOUT_GIVEN | {"payout_client_secret": "x"},
            ORANGE_SET | PAYOUT_SET,
            "^payout.client_id is missing",
        ),
        (orange.PLUGIN, ORANGE_GIVEN, ORANGE_SET | {"base_url": "http://orange.example"}, "must be https"),
        (
            orange.PLUGIN,
            ORANGE_GIVEN | PAYOUT_GIVEN,
            ORANGE_SET | {"payout": PAYOUT_SET["payout"] | {"base_url": "http://orange.example"}},
            "Orange Money's payout is spoken to over http",
        ),
        (moov.PLUGIN, {"password": "p"}, MOOV_SET, "SOCLE_GATEWAY_MOOV_KEY is missing"),
        (moov.PLUGIN, MOOV_GIVEN | {"token": "t"}, MOOV_SET, "SOCLE_GATEWAY_MOOV_TOKEN is given beside username"),
        (moov.PLUGIN, MOOV_GIVEN | {"key": "short"}, MOOV_SET, "SOCLE_GATEWAY_MOOV_KEY cannot be used"),
        (moov.PLUGIN, {"token": "a\tb"}, {}, "SOCLE_GATEWAY_MOOV_TOKEN holds"),
        (moov.PLUGIN, {"token": "t"}, {"base_url": "http://moov.example"}, "must be https"),
    ],
)
def test_half_of_a_configuration_is_refused(
    plugin: Plugin, secrets: dict[str, str], settings: dict[str, Any], sentence: str
) -> None:
    """A sentence that names what is missing, and shows no secret."""
    with pytest.raises(Unwirable, match=sentence) as caught:
        wired(plugin, secrets, settings)
    assert not any(value in str(caught.value) for value in secrets.values() if len(value) > 8)


def test_http_is_for_development() -> None:
    """The simulator on this machine."""
    url = {"base_url": "http://127.0.0.1:8001/mtn"}
    assert len(wired(mtn.PLUGIN, MTN_GIVEN, MTN_SET | url, production=False)) == 1


def test_refunds_follow_what_is_given() -> None:
    """MTN's other product, with the same user or its own; Orange's other contract."""
    refunds = [
        wired(mtn.PLUGIN, MTN_GIVEN, MTN_SET),
        wired(mtn.PLUGIN, MTN_GIVEN | {"disbursement_subscription_key": "d"}, MTN_SET),
        wired(
            mtn.PLUGIN,
            MTN_GIVEN | {"disbursement_subscription_key": "d", "disbursement_api_key": "e"},
            MTN_SET | {"disbursement_api_user": "another"},
        ),
        wired(orange.PLUGIN, ORANGE_GIVEN, ORANGE_SET),
        wired(orange.PLUGIN, ORANGE_GIVEN | PAYOUT_GIVEN, ORANGE_SET | PAYOUT_SET),
    ]
    modes = [offers[0].gateway.capabilities.refunds for offers in refunds]
    automatic, manual = RefundMode.AUTOMATIC, RefundMode.MANUAL
    assert modes == [manual, automatic, automatic, manual, automatic]


@pytest.mark.parametrize(
    "settings",
    [
        {"base_url": "ftp://x.example"},
        {"base_url": "https://"},
        {"base_url": "https://user:pass@x.example"},
        {"base_url": "https://x.example/?a=b"},
        {"base_url": "https://[x"},
        {"base_url": "https://x.example:99999"},
        {"ca_file": "/nowhere/ca.pem"},
        {"currencies": []},
        {"currencies": ["xof"]},
        {"currencies": ["XOF\n"]},
        {"minimum": 10, "maximum": 5},
        {"minimum": -1},
        {"minimum": "NaN"},
        {"maximum": "NaN"},
        {"minimum": 0},
        {"deadline": 0},
        {"polls": []},
        {"polls": [0]},
        {"target_environment": "MTN Benin"},
        {"refund_by": "cheque"},
        {"number_form": "short"},
        {"unknown": 1},
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    """Refused while the installation file is read."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, MtnSettings)


@pytest.mark.parametrize(
    "settings",
    [
        {"environment": "prod"},
        {"merchant_name": "Société"},
        {"merchant_name": "x" * 31},
        {"token_path": "oauth"},
        {"payout": {"user": "marchand"}},
        {"payout": {"base_url": "nowhere"}},
        {"payout": {"pin": "0000"}},
    ],
)
def test_orange_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    """A country or "dev", plain names, a payout contract whole."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, OrangeSettings)


def test_settings_as_an_installation_file_has_them() -> None:
    """Whole numbers are taken for durations and limits."""
    settings = msgspec.convert({"deadline": 20, "polls": [5, 10], "maximum": 500_000, "minimum": 100}, MtnSettings)
    assert (settings.deadline, settings.maximum, settings.minimum) == (20, Decimal(500_000), Decimal(100))


def test_a_ca_file_without_certificates(tmp_path: Path) -> None:
    """Refused at once, not at the first payment."""
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    with pytest.raises(msgspec.ValidationError, match="ca_file"):
        msgspec.convert({"ca_file": str(file)}, MtnSettings)


def test_reading_a_manifest_imports_no_framework() -> None:
    """Neither HTTP client nor XML nor cryptography before a gateway is wired."""
    code = (
        "import sys; from plugins.gateways import mtn, orange, moov; "
        "print(sorted({'httpx2', 'lxml', 'cryptography', 'litestar', 'sqlalchemy', 'structlog'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root, env={"PYTHONPATH": "src"}
    )
    assert done.stdout.strip() == "[]"
