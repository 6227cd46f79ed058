"""What the settings of the gateways have in common. Reading them imports no framework."""

import ssl
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

from core.payments.gateway import Capabilities, Flow

NumberForm = Literal["e164", "digits", "old_digits", "national"]
"""How an operator wants a number: "+2290197000000", "2290197000000", "22997000000" (Benin as it was before 2024-11-30;
other countries as "digits"), or without the country code."""

Seconds = Annotated[float, msgspec.Meta(gt=0, le=31_536_000)]
Currency = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{3}\Z")]


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every operator's contract says. Durations are in seconds.

    - `base_url`: scheme, host and perhaps a path before the operator's own; empty: the operator's documented host.
      Anything but https is refused in production.
    - `ca_file` holds the certificates (PEM) that are trusted instead of the system's. Certificates are always checked.
    - `currencies`, `minimum` and `maximum` are what may be asked for.
    - `deadline` is the longest that one call may take, `window` how long a payer may answer, `watch` how long an ended
      attempt is still looked at for late money, `polls` the waits between status reads, the last repeated.
    """

    base_url: str = ""
    ca_file: str = ""
    currencies: Annotated[tuple[Currency, ...], msgspec.Meta(min_length=1)] = ("XOF",)
    minimum: Decimal = Decimal(1)
    maximum: Decimal | None = None
    deadline: Annotated[float, msgspec.Meta(gt=0, le=300)] = 30
    window: Seconds = 300
    watch: Seconds = 86_400
    polls: Annotated[tuple[Seconds, ...], msgspec.Meta(min_length=1)] = (5, 10, 20, 30, 60)

    def __post_init__(self) -> None:
        if self.base_url:
            check_url(self.base_url)
        if self.ca_file:
            tls_context(self.ca_file)
        if not self.minimum.is_finite() or self.minimum <= 0:
            raise ValueError("minimum must be above 0")
        if self.maximum is not None and (not self.maximum.is_finite() or self.maximum < self.minimum):
            raise ValueError("maximum is below minimum")

    def capabilities(self, flow: Flow, **contract: Any) -> Capabilities:
        """What the contract offers: `contract` is the operator's own, the rest is said here."""
        return Capabilities(
            flow=flow,
            currencies=frozenset(self.currencies),
            minimum=self.minimum,
            maximum=self.maximum,
            window=timedelta(seconds=self.window),
            watch=timedelta(seconds=self.watch),
            deadline=timedelta(seconds=self.deadline),
            polls=tuple(timedelta(seconds=each) for each in self.polls),
            **contract,
        )


def check_url(url: str) -> None:
    """Raise `ValueError` for what is no address of a server: http or https, a host, no user, query or fragment."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"base_url is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("base_url must begin with https:// and name a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("base_url must hold neither credentials nor a query")


def tls_context(ca_file: str) -> ssl.SSLContext:
    """Return how certificates are judged: by the system's authorities, or by those of a file alone. Raises `ValueError`
    for a file without certificates."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"ca_file holds no certificates that can be read: {error}") from error
