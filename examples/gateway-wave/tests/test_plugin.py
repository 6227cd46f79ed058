"""The manifest, as Socle finds and wires it."""

from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Any

import pytest
from socle_gateway_wave.plugin import PLUGIN
from socle_gateway_wave.settings import WaveSettings
from socle_gateway_wave.testing.conformance import WaveConformance

from core.plugin import Unwirable
from core.primitives.secret import Secret
from core.testkit.clock import FakeClock


def kernel(**secrets: str) -> Any:
    """What the gateway's plugin uses of a kernel."""
    settings = WaveSettings(window_minutes=10)
    return SimpleNamespace(
        settings_as=lambda _: settings,
        secrets={name: Secret(value) for name, value in secrets.items()},
        clock=FakeClock(),
    )


async def test_it_brings_one_gateway() -> None:
    (offer,) = PLUGIN.wire(kernel(**dict.fromkeys(PLUGIN.secrets, "given"))).gateways
    assert (offer.slug, offer.title) == ("wave", "Wave")
    assert offer.gateway.capabilities.window.total_seconds() == 600
    await offer.gateway.close()


def test_without_its_secrets_it_says_which() -> None:
    with pytest.raises(Unwirable, match="SOCLE_GATEWAY_WAVE_WEBHOOK_SECRET: set them"):
        PLUGIN.wire(kernel(api_key="k"))


def test_it_is_found_by_its_entry_points() -> None:
    (plugin,) = entry_points(group="socle.plugins", name="gateway_wave")
    (conformance,) = entry_points(group="socle.gateway_conformance", name="wave")
    assert plugin.load() is PLUGIN
    assert conformance.load() is WaveConformance
