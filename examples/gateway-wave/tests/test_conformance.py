"""Every named check of Socle's conformance kit."""

from socle_gateway_wave.testing.conformance import WaveConformance


class TestWave(WaveConformance):
    """The Wave gateway keeps what Socle asks of a gateway."""
