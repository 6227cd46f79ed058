"""What an installation says about its contracts with Orange Money."""

from typing import Annotated

import msgspec

from adapters.gateways.settings import GatewaySettings, NumberForm, Seconds, check_url

SANDBOX = "dev"
WEB_PAYMENT_URL = "https://api.orange.com"
PAYOUT_URL = "https://api-s1.orange.cm"

Path = Annotated[str, msgspec.Meta(pattern=r"^/[A-Za-z0-9/._-]*\Z", max_length=100)]


class PayoutSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The payout contract (mobile-money.md sections 3A.7 and 3B, the cash-in family), by which refunds are sent. Its
    secrets are `payout_password` and `payout_pin`, and `payout_client_secret` with a `client_id` of its own.

    - `base_url`: empty: the Web Payment's where that is given, else Orange's documented host. `token_path` and `path`
      are those of the token and of the calls.
    - `client_id`: empty: the Web Payment's application, with its secret.
    - `user` is the merchant's API user, with `payout_password` the value of `X-AUTH-TOKEN`; `channel_number` is the
      merchant's own number as Orange wants it.
    - `number_form` is that of the payee's number.
    """

    base_url: str = ""
    token_path: Path = "/token"  # noqa: S105
    path: Path = "/omcoreapis/1.0.2"
    client_id: str = ""
    user: str = ""
    channel_number: str = ""
    number_form: NumberForm = "national"

    def __post_init__(self) -> None:
        if self.base_url:
            check_url(self.base_url)
        if bool(self.user) != bool(self.channel_number):
            raise ValueError("a payout contract has both a user and a channel_number")


class OrangeSettings(GatewaySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Orange Web Payment (mobile-money.md section 3A). Its secrets are `client_secret` and `merchant_key`.

    - `environment` is the country ("ci", "ml"), or "dev", the sandbox, which takes the unit OUV alone: amounts are then
      written in it on the wire only.
    - `client_id` is the application's, `merchant_name` what the page shows, at most 30 plain characters; empty: the
      payment's description.
    - `expires_after`: seconds after which a page that nobody used is taken as expired: the life of its token, ten
      minutes, and a margin.
    - `payout`: without a `user` there is none, and staff send refunds by hand.
    """

    environment: Annotated[str, msgspec.Meta(pattern=r"^(dev|[a-z]{2})\Z")] = "ci"
    token_path: Path = "/oauth/v3/token"  # noqa: S105
    client_id: str = ""
    merchant_name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9 .-]{0,30}\Z")] = ""
    expires_after: Seconds = 900
    window: Seconds = 900
    payout: PayoutSettings = PayoutSettings()

    @property
    def sandbox(self) -> bool:
        """Whether this is Orange's sandbox."""
        return self.environment == SANDBOX

    @property
    def url(self) -> str:
        """Where Web Payment is."""
        return self.base_url or WEB_PAYMENT_URL

    @property
    def payout_url(self) -> str:
        """Where the payout contract is."""
        return self.payout.base_url or self.base_url or PAYOUT_URL
