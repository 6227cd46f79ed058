"""What a production installation is told before it starts."""

from typing import Any, NamedTuple


class Told(NamedTuple):
    """The installation file and the environment."""

    settings: dict[str, Any]
    environ: dict[str, str]


PRODUCTION = Told(
    settings={
        "environment": "production",
        "public_url": "http://testserver",
        "smtp": {"host": "127.0.0.1", "port": 9, "security": "none"},
    },
    environ={"SOCLE_SECRET_KEY": "a-secret-of-these-tests-and-of-nothing-else"},
)
