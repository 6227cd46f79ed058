"""What an installation may set about signing in through providers."""

from typing import Annotated

import msgspec

FACEBOOK_SECRET = "facebook_secret"  # noqa: S105 - a secret's name


class AuthenticationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`google_clients` are the OAuth 2 client ids of our applications, `facebook_app` the id of our application there;
    its secret is `SOCLE_SPOTVIBE_AUTHENTICATION_FACEBOOK_SECRET`. A provider that is not set is simulated in
    development, and closed in production."""

    google_clients: tuple[str, ...] = ()
    facebook_app: str = ""
    facebook_version: Annotated[str, msgspec.Meta(pattern=r"^v[0-9]{1,3}\.[0-9]$")] = "v23.0"

    def __post_init__(self) -> None:
        if any(not client.strip() for client in self.google_clients):
            raise ValueError("google_clients holds a blank client id")
