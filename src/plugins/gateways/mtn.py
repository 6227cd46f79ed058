"""The manifest of MTN MoMo."""

from typing import TYPE_CHECKING

from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.offering import check_transport, complete, secret
from core.kernel import Kernel
from core.payments.gateway import GatewayOffer
from core.plugin import Plugin, Wired
from core.primitives.locale import Text
from core.primitives.secret import Secret

if TYPE_CHECKING:
    from adapters.gateways.mtn.client import MtnCredentials

TITLE = "MTN MoMo"
_VARIABLE = "SOCLE_GATEWAY_MTN_"
_SECRETS = ("subscription_key", "api_key", "disbursement_subscription_key", "disbursement_api_key")


def _wire(kernel: Kernel) -> Wired:
    from adapters.gateways.mtn.client import MtnCredentials
    from adapters.gateways.mtn.gateway import MtnGateway

    settings = kernel.settings_as(MtnSettings)
    given = {
        name: secret(kernel.secrets, name, _VARIABLE + name.upper(), header=name.endswith("subscription_key"))
        for name in _SECRETS
    }
    key, api_key = given["subscription_key"], given["api_key"]
    parts = {
        "api_user": settings.api_user,
        f"{_VARIABLE}SUBSCRIPTION_KEY": key,
        f"{_VARIABLE}API_KEY": api_key,
    }
    if not complete(TITLE, parts) or key is None or api_key is None:
        return Wired()
    check_transport(TITLE, settings.url, production=kernel.installation.production)
    collection = MtnCredentials(subscription_key=key, api_user=settings.api_user, api_key=api_key)
    gateway = MtnGateway(settings, collection, _disbursement(settings, given, collection))
    return Wired(gateways=[GatewayOffer(slug="mtn", title=TITLE, gateway=gateway)])


def _disbursement(
    settings: MtnSettings, given: dict[str, Secret | None], collection: "MtnCredentials"
) -> "MtnCredentials | None":
    """The Disbursement product's credentials: the API user is Collection's, unless it has one of its own."""
    from adapters.gateways.mtn.client import MtnCredentials

    own_user = settings.disbursement_api_user
    key, own_key = given["disbursement_subscription_key"], given["disbursement_api_key"]
    subscription = {f"{_VARIABLE}DISBURSEMENT_SUBSCRIPTION_KEY": key}
    if own_user or own_key:
        own = {"disbursement_api_user": own_user, f"{_VARIABLE}DISBURSEMENT_API_KEY": own_key}
        complete("MTN MoMo's disbursement", {**subscription, **own})
    if key is None:
        return None
    return MtnCredentials(
        subscription_key=key, api_user=own_user or collection.api_user, api_key=own_key or collection.api_key
    )


PLUGIN = Plugin(
    name="gateway_mtn",
    title=Text(fr="Paiement MTN MoMo", en="MTN MoMo payments"),
    settings=MtnSettings,
    secrets=_SECRETS,
    wire=_wire,
)
