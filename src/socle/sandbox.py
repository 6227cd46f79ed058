"""`socle gateway provision-mtn`: an API user in MTN's sandbox, where no portal makes one."""

from adapters.gateways.mtn.provisioning import ProvisioningFailed, provision_sandbox
from adapters.gateways.mtn.settings import SANDBOX, MtnSettings
from core.primitives.ids import new_operation
from core.primitives.secret import Secret
from socle.refusal import Refused


async def provision_mtn(subscription_key: Secret, callback_host: str, base_url: str) -> list[str]:
    """Make an API user for the product whose subscription key is given; what is to be printed. Raises `Refused`."""
    try:
        settings = MtnSettings(target_environment=SANDBOX, base_url=base_url)
        made = await provision_sandbox(
            settings, subscription_key, api_user=new_operation(), callback_host=callback_host
        )
    except (ProvisioningFailed, ValueError) as error:
        raise Refused(str(error)) from None
    return [
        f"API user: {made.api_user}",
        f"API key: {made.api_key.reveal()}",
        f"Callbacks go to {made.callback_host} alone; the key is shown this once.",
    ]
