"""Runs a conformance suite without a test runner, and says of each named check whether it holds."""

import asyncio

import msgspec

from core.testkit.gateways.applying import PREFIX, named_checks
from core.testkit.gateways.conformance import GatewayConformance

LONGEST_SECONDS = 300


class Verdict(msgspec.Struct, frozen=True):
    """A named check of a gateway: its rule, and why it does not hold (empty where it does)."""

    name: str
    rule: str
    fault: str = ""

    @property
    def holds(self) -> bool:
        """Whether the gateway keeps the rule."""
        return not self.fault


async def check_gateway(suite: type[GatewayConformance]) -> list[Verdict]:
    """Run every check that applies to a gateway, in order. Nothing that a check does ends the run."""
    return [
        Verdict(name.removeprefix(PREFIX).replace("_", " "), rule, await _fault(suite, name))
        for name, rule in named_checks(suite).items()
    ]


async def _fault(suite: type[GatewayConformance], name: str) -> str:
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await getattr(suite(), name)()
    except AssertionError as error:
        return str(error).partition("\n")[0] or "an assertion of the suite's own fails"
    except TimeoutError:
        return f"the check is not done after {LONGEST_SECONDS} s"
    except Exception as error:  # noqa: BLE001 - another's gateway or fake may fail in any way, and must be named
        return f"the gateway or its peer raises {error!r}"
    return ""
