"""What an installation may set about signing in to the portal."""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from core.accounts.ldap_settings import LdapSettings


class AuthSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source` says where passwords are held: "local", by the accounts themselves, or "ldap", in the directory that
    `ldap` names. `access_seconds` is how long an access token is good (there is no refresh token), `invitation_seconds`
    how long the link by which somebody accepts that his account is linked."""

    source: Literal["local", "ldap"] = "local"
    access_seconds: Annotated[int, msgspec.Meta(ge=60, le=86_400)] = 8 * 3_600
    invitation_seconds: Annotated[int, msgspec.Meta(ge=3_600, le=31_536_000)] = 7 * 86_400
    ldap: LdapSettings = LdapSettings()

    def __post_init__(self) -> None:
        if self.source == "ldap" and not self.ldap.host:
            raise ValueError("the source ldap needs ldap.host")

    @property
    def access_lifetime(self) -> timedelta:
        """How long an access token is good."""
        return timedelta(seconds=self.access_seconds)

    @property
    def invitation_lifetime(self) -> timedelta:
        """How long an invitation is good."""
        return timedelta(seconds=self.invitation_seconds)
