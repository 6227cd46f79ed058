"""What an installation may set about the edge."""

from ipaddress import ip_network

import msgspec

MEBIBYTE = 1024 * 1024
DEVELOPMENT_HOSTS = ("localhost", "127.0.0.1", "[::1]", "testserver")


class EdgeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits are in bytes, times in seconds.

    - `allowed_hosts` are host names without port; "*.example.com" stands for every name below example.com (not for
      example.com itself). Development adds the loopback names. Production needs at least one.
    - `trusted_proxies` are networks ("10.0.0.0/8") whose `X-Forwarded-For` and `X-Forwarded-Proto` count.
    - `cors_origins` are origins ("https://app.example.com"), or "*" alone; none switches CORS off.
    - `body_seconds` is how long a body may take from its first read to its end, `request_seconds` how long a request
      may take to the start of its answer.
    - `access_log` writes a line for each request, without `log_successes` only for failures of the server.
    - `metrics_networks` may read `/metrics`.

    Raises `ValueError` for a value that cannot work.
    """

    production: bool = False
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    max_headers: int = 100
    max_header_bytes: int = 32 * 1024
    max_path_bytes: int = 8 * 1024
    max_query_bytes: int = 8 * 1024
    max_body_bytes: int = MEBIBYTE
    max_multipart_bytes: int = 12 * MEBIBYTE
    body_seconds: float = 20.0
    request_seconds: float = 30.0
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False
    compression: bool = True
    access_log: bool = True
    log_successes: bool = True
    metrics_networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")

    def __post_init__(self) -> None:
        for network in (*self.trusted_proxies, *self.metrics_networks):
            ip_network(network)
        if self.production and not self.allowed_hosts:
            raise ValueError("production needs `allowed_hosts`: name the hosts that the server answers to")
        for host in self.allowed_hosts:
            if not host or "/" in host or "*" in host.removeprefix("*."):
                raise ValueError(f'"{host}" in `allowed_hosts` is neither a host name nor "*." and a domain')
        if "*" in self.cors_origins and (self.cors_credentials or len(self.cors_origins) > 1):
            raise ValueError('`cors_origins` "*" stands alone and goes without `cors_credentials`')
        for origin in self.cors_origins:
            if origin != "*" and (not origin.startswith(("http://", "https://")) or origin.count("/") != 2):
                raise ValueError(f'"{origin}" in `cors_origins` is not an origin such as "https://app.example.com"')
