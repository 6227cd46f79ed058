"""Whether an installation has given a gateway what it needs. Reading this imports no framework."""

from collections.abc import Mapping

from core.plugin import Unwirable
from core.primitives.secret import Secret


def secret(secrets: Mapping[str, Secret], name: str, variable: str, *, header: bool = False) -> Secret | None:
    """Return a secret, None where it is not given or empty. Raises `Unwirable` for one with a line break or the like in
    it, and, where it goes into a header as it is, for spaces and letters outside ASCII."""
    given = secrets.get(name)
    value = given.reveal() if given is not None else ""
    if not value.isprintable() or (header and not all("!" <= each <= "~" for each in value)):
        raise Unwirable(f"{variable} holds characters that no such secret has: give it as the operator did.")
    return given if value else None


def complete(what: str, parts: Mapping[str, object]) -> bool:
    """Whether all parts are given, by their names. Raises `Unwirable` where some are and some are not."""
    missing = [name for name, given in parts.items() if not given]
    if missing and len(missing) < len(parts):
        verb = "is" if len(missing) == 1 else "are"
        raise Unwirable(f"{' and '.join(missing)} {verb} missing: {what} is configured by half.")
    return not missing


def check_transport(what: str, url: str, *, production: bool) -> None:
    """Raise `Unwirable` for an address in production that is not https."""
    if production and not url.startswith("https://"):
        raise Unwirable(f"{what} is spoken to over {url.partition(':')[0]}: in production its base_url must be https.")
