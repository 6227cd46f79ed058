"""The manifest of the Wave gateway."""

from core.kernel import Kernel
from core.plugin import Plugin, Unwirable, Wired
from core.primitives.locale import Text
from socle_gateway_wave.settings import WaveSettings

SECRETS = ("api_key", "webhook_secret")


def _wire(kernel: Kernel) -> Wired:
    from core.payments.gateway import GatewayOffer
    from socle_gateway_wave.gateway import WaveGateway

    missing = [f"SOCLE_GATEWAY_WAVE_{name.upper()}" for name in SECRETS if name not in kernel.secrets]
    if missing:
        raise Unwirable(f"The Wave gateway needs {' and '.join(missing)}: set them, or switch it off with plugins.off.")
    gateway = WaveGateway(
        kernel.settings_as(WaveSettings),
        api_key=kernel.secrets["api_key"],
        webhook_secret=kernel.secrets["webhook_secret"],
        clock=kernel.clock,
    )
    return Wired(gateways=[GatewayOffer(slug="wave", title="Wave", gateway=gateway)])


PLUGIN = Plugin(
    name="gateway_wave",
    title=Text(fr="Paiement par Wave", en="Payment by Wave"),
    settings=WaveSettings,
    secrets=SECRETS,
    wire=_wire,
)
