"""What an installation says about its LDAP directory."""

import ssl
from typing import Annotated, Literal

import msgspec

LOGIN = "{login}"
"""Stands for the login in `user_dn` and `search_filter`."""


class LdapSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An LDAP directory. Without a `host` there is none.

    - `security`: StartTLS on the plain port, TLS from the start, or (loopback only, passwords travel bare) none; `port`
      is 389, or 636 for "tls", unless given. `ca_file` holds the certificates (PEM) that are trusted instead of the
      system's; `verify_certificate` false trusts every server, which protects against nobody who is on the way.
    - A login is bound as the entry that `user_dn` makes of it ("uid={login},ou=people,dc=example,dc=com"), or as the
      one entry below `search_base` that `search_filter` finds, looked for as `search_dn` with the secret
      SOCLE_LDAP_PASSWORD, or as nobody without it.
    - `timeout`, in seconds, is that of connecting and of each answer; `connections` are open at once at most.
    """

    host: str = ""
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    verify_certificate: bool = True
    user_dn: str = ""
    search_base: str = ""
    search_filter: str = "(uid={login})"
    search_dn: str = ""
    timeout: Annotated[int, msgspec.Meta(ge=1, le=60)] = 5
    connections: Annotated[int, msgspec.Meta(ge=1, le=64)] = 4

    def __post_init__(self) -> None:
        if not self.host:
            return
        if bool(self.user_dn) == bool(self.search_base):
            raise ValueError("give either user_dn or search_base")
        for name in ("user_dn", "search_filter"):
            template: str = getattr(self, name)
            if template and (LOGIN not in template or template.count("{") != template.count(LOGIN)):
                raise ValueError(f"{name} must hold {LOGIN} and no other place")
        if self.ca_file:
            self.tls()

    @property
    def served_port(self) -> int:
        """The port that the directory listens on."""
        return self.port or (636 if self.security == "tls" else 389)

    def tls(self) -> ssl.SSLContext:
        """Return how certificates are judged. Raises `ValueError` for a `ca_file` without certificates."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise ValueError(f"ca_file holds no certificates that can be read: {error}") from error
        if not self.verify_certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
