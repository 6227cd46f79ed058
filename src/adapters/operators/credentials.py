"""What an operator gives to a merchant, one struct for each operator."""

import base64

import msgspec

KEY_BYTES = 32


class MtnCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription key for each product, an API user (a UUID of version 4) with its key, and the host that callbacks
    may go to (mobile-money.md section 2.1)."""

    collection_key: str
    disbursement_key: str
    api_user: str
    api_key: str
    callback_host: str


class OrangeCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """An application with its merchant key (section 3A.1), and the payout contract beside it: the API user behind
    `X-AUTH-TOKEN`, the merchant's own number and PIN (section 3B)."""

    client_id: str
    client_secret: str
    merchant_key: str
    payout_user: str
    payout_password: str
    payout_channel: str
    payout_pin: str

    @property
    def payout_token(self) -> str:
        """The value of `X-AUTH-TOKEN`."""
        return base64.b64encode(f"{self.payout_user}:{self.payout_password}".encode()).decode()


class MoovCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """The key (32 ASCII characters), user and password that make the token (section 4A.2), the merchant's own number,
    and optionally a ready-made token that is taken as well."""

    key: str
    username: str
    password: str
    wallet: str
    opaque_token: str = ""

    def __post_init__(self) -> None:
        if len(self.key.encode()) != KEY_BYTES:
            raise ValueError(f"Moov's key has {KEY_BYTES} ASCII characters")
