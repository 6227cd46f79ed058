"""The client's address behind proxies."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from adapters.http.edge.asgi import App, Receive, Scope, Send, joined_header

_MAX_HOPS = 32


@lru_cache(4096)
def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address as proxies write it, with or without brackets and port; an IPv4 address in IPv6 form is
    returned as IPv4. None where it is no address."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class Networks:
    """A set of networks."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks: tuple[IPv4Network | IPv6Network, ...] = tuple(ip_network(network) for network in networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        found = read_address(address)
        return found is not None and any(found in network for network in self._networks)


class ClientAddress:
    """Puts the client's address into `scope["client"]` and `scope["socle"]["address"]`, its scheme into
    `scope["scheme"]`.

    Forwarded headers count only when the peer is a trusted proxy. `X-Forwarded-For` is read from its end, as each
    proxy appends the peer that it saw, and the first address that is not a trusted proxy is the client's; an entry
    that is no address ends the reading. Of `X-Forwarded-Proto` the last entry counts.
    """

    def __init__(self, app: App, trusted_proxies: tuple[str, ...]) -> None:
        self._app = app
        self._trusted = Networks(trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = scope.get("client")
            address = str(peer[0]) if peer and peer[0] else ""
            if self._trusted and address in self._trusted:
                address = self._behind_proxy(scope, address)
            scope["socle"]["address"] = address
        await self._app(scope, receive, send)

    def _behind_proxy(self, scope: Scope, address: str) -> str:
        hops = joined_header(scope["headers"], b"x-forwarded-for").decode("latin-1").split(",")
        for hop in hops[: -_MAX_HOPS - 1 : -1]:
            found = read_address(hop)
            if found is None:
                break
            address = str(found)
            if address not in self._trusted:
                break
        scheme = joined_header(scope["headers"], b"x-forwarded-proto").rpartition(b",")[2].strip().lower()
        if scheme in (b"http", b"https"):
            scope["scheme"] = scheme.decode()
        scope["client"] = (address, 0)
        return address
