"""What an installation says about its contract with Moov Money."""

from typing import Annotated

import msgspec

from adapters.gateways.settings import GatewaySettings, NumberForm

PRODUCTION_URL = "https://apimarchand.moov-africa.bj"


class MoovSettings(GatewaySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Moov Money in Benin (mobile-money.md section 4A). Its secrets are `password` and `key`, which make the token with
    `username`, or the ready-made `token` that newer merchants are given.

    - `path` is that of the merchant API.
    - `number_form` is disputed between Moov's papers (section 4A.8): "e164" is what the current integrators send.
    - `deadline` is long: a push often takes half a minute to be answered.
    """

    path: Annotated[str, msgspec.Meta(pattern=r"^/[A-Za-z0-9/._-]*\Z", max_length=100)] = (
        "/com.tlc.merchant.api/UssdPush"
    )
    username: str = ""
    number_form: NumberForm = "e164"
    deadline: Annotated[float, msgspec.Meta(gt=0, le=300)] = 90

    @property
    def url(self) -> str:
        """Where Moov is."""
        return self.base_url or PRODUCTION_URL
