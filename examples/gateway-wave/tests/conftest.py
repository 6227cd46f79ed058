"""A fake Wave and its gateway."""

from collections.abc import AsyncIterator

import pytest
from socle_gateway_wave.testing.conformance import API_KEY, WEBHOOK_SECRET, WavePeer
from socle_gateway_wave.testing.operator import WaveServer

from core.testkit.gateways.driving import Drive


@pytest.fixture
async def peer() -> AsyncIterator[WavePeer]:
    """A gateway with its fake Wave."""
    async with WaveServer(now=WavePeer.now, api_key=API_KEY, webhook_secret=WEBHOOK_SECRET) as server:
        peer = WavePeer(server)
        yield peer
        await peer.gateway.close()


@pytest.fixture
def drive(peer: WavePeer) -> Drive:
    """What asks the gateway as Socle does."""
    return Drive(peer)
