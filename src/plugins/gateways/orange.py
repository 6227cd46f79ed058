"""The manifest of Orange Money."""

from typing import TYPE_CHECKING

from adapters.gateways.offering import check_transport, complete, secret
from adapters.gateways.orange.settings import OrangeSettings
from core.kernel import Kernel
from core.payments.gateway import GatewayOffer
from core.plugin import Plugin, Wired
from core.primitives.locale import Text
from core.primitives.secret import Secret

if TYPE_CHECKING:
    from adapters.gateways.orange.client import OrangeCredentials, PayoutCredentials

TITLE = "Orange Money"
_VARIABLE = "SOCLE_GATEWAY_ORANGE_"
_SECRETS = ("client_secret", "merchant_key", "payout_client_secret", "payout_password", "payout_pin")


def _wire(kernel: Kernel) -> Wired:
    from adapters.gateways.orange.client import OrangeCredentials
    from adapters.gateways.orange.gateway import OrangeGateway

    settings = kernel.settings_as(OrangeSettings)
    given = {name: secret(kernel.secrets, name, _VARIABLE + name.upper()) for name in _SECRETS}
    client_secret, merchant_key = given["client_secret"], given["merchant_key"]
    parts = {
        "client_id": settings.client_id,
        f"{_VARIABLE}CLIENT_SECRET": client_secret,
        f"{_VARIABLE}MERCHANT_KEY": merchant_key,
    }
    if not complete(TITLE, parts) or client_secret is None or merchant_key is None:
        return Wired()
    production = kernel.installation.production
    check_transport(TITLE, settings.url, production=production)
    web = OrangeCredentials(client_id=settings.client_id, client_secret=client_secret, merchant_key=merchant_key)
    payout = _payout(settings, given, web)
    if payout is not None:
        check_transport(f"{TITLE}'s payout", settings.payout_url, production=production)
    gateway = OrangeGateway(settings, web, kernel.clock, payout)
    return Wired(gateways=[GatewayOffer(slug="orange", title=TITLE, gateway=gateway)])


def _payout(
    settings: OrangeSettings, given: dict[str, Secret | None], web: "OrangeCredentials"
) -> "PayoutCredentials | None":
    """The payout contract's credentials: the application is Web Payment's, unless it has one of its own."""
    from adapters.gateways.orange.client import PayoutCredentials

    what = "Orange Money's payout"
    contract = settings.payout
    password, pin = given["payout_password"], given["payout_pin"]
    own_secret = given["payout_client_secret"]
    parts = {
        "payout.user": contract.user,
        f"{_VARIABLE}PAYOUT_PASSWORD": password,
        f"{_VARIABLE}PAYOUT_PIN": pin,
    }
    if contract.client_id or own_secret:
        parts |= {"payout.client_id": contract.client_id, f"{_VARIABLE}PAYOUT_CLIENT_SECRET": own_secret}
    if not complete(what, parts) or password is None or pin is None:
        return None
    return PayoutCredentials(
        client_id=contract.client_id or web.client_id,
        client_secret=own_secret or web.client_secret,
        user=contract.user,
        password=password,
        pin=pin,
    )


PLUGIN = Plugin(
    name="gateway_orange",
    title=Text(fr="Paiement Orange Money", en="Orange Money payments"),
    settings=OrangeSettings,
    secrets=_SECRETS,
    wire=_wire,
)
