"""The manifest of Moov Money."""

from adapters.gateways.moov.settings import MoovSettings
from adapters.gateways.offering import check_transport, complete, secret
from core.kernel import Kernel
from core.payments.gateway import GatewayOffer
from core.plugin import Plugin, Unwirable, Wired
from core.primitives.locale import Text
from core.primitives.secret import Secret

TITLE = "Moov Money"
_VARIABLE = "SOCLE_GATEWAY_MOOV_"
_SECRETS = ("token", "password", "key")


def _wire(kernel: Kernel) -> Wired:
    from adapters.gateways.moov.gateway import MoovGateway

    settings = kernel.settings_as(MoovSettings)
    token = _token(kernel, settings)
    if token is None:
        return Wired()
    check_transport(TITLE, settings.url, production=kernel.installation.production)
    return Wired(gateways=[GatewayOffer(slug="moov", title=TITLE, gateway=MoovGateway(settings, token))])


def _token(kernel: Kernel, settings: MoovSettings) -> Secret | None:
    """The merchant's token: ready-made, or of user, password and key (mobile-money.md section 4A.2)."""
    from adapters.gateways.moov.credentials import merchant_token

    given = {name: secret(kernel.secrets, name, _VARIABLE + name.upper(), header=name == "token") for name in _SECRETS}
    password, key = given["password"], given["key"]
    parts = {"username": settings.username, f"{_VARIABLE}PASSWORD": password, f"{_VARIABLE}KEY": key}
    if given["token"] is not None:
        if any(parts.values()):
            raise Unwirable(
                f"{_VARIABLE}TOKEN is given beside {' and '.join(name for name, part in parts.items() if part)}: "
                "Moov Money takes a ready-made token, or a user with password and key."
            )
        return given["token"]
    if not complete(TITLE, parts) or password is None or key is None:
        return None
    try:
        return merchant_token(key, settings.username, password)
    except ValueError as error:
        raise Unwirable(f"{_VARIABLE}KEY cannot be used: {error}.") from None


PLUGIN = Plugin(
    name="gateway_moov",
    title=Text(fr="Paiement Moov Money", en="Moov Money payments"),
    settings=MoovSettings,
    secrets=_SECRETS,
    wire=_wire,
)
