"""What an installation says about its contract with MTN MoMo."""

from typing import Annotated, Literal

import msgspec

from adapters.gateways.settings import GatewaySettings, NumberForm

SANDBOX = "sandbox"
SANDBOX_URL = "https://sandbox.momodeveloper.mtn.com"
PRODUCTION_URL = "https://proxy.momoapi.mtn.com"


class MtnSettings(GatewaySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """MTN MoMo (mobile-money.md section 2). Its secrets are `subscription_key` and `api_key` of the Collection product,
    and, for refunds, `disbursement_subscription_key` and perhaps `disbursement_api_key`.

    - `target_environment` is the country ("mtnbenin", "mtnivorycoast"), or "sandbox", which takes EUR alone, in which
      amounts are then written on the wire only.
    - `api_user` is the UUID of the API user. One user serves all products in production; the sandbox has one for each:
      `disbursement_api_user` is then the other's, with a key of its own.
    - `callbacks`: whether MTN is asked to call back; the public host must then be the one registered with it.
    - `refund_by`: the Disbursement product's "refund", or, where that is not provisioned, a "transfer" to the payer.
    """

    target_environment: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{3,40}\Z")] = "mtnbenin"
    api_user: str = ""
    disbursement_api_user: str = ""
    number_form: NumberForm = "digits"
    callbacks: bool = True
    refund_by: Literal["refund", "transfer"] = "refund"

    @property
    def sandbox(self) -> bool:
        """Whether this is MTN's sandbox."""
        return self.target_environment == SANDBOX

    @property
    def url(self) -> str:
        """Where MTN is."""
        return self.base_url or (SANDBOX_URL if self.sandbox else PRODUCTION_URL)
