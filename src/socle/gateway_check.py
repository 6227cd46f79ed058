"""`socle gateway check PACKAGE`: each named check of a package's gateways, and whether it holds."""

import asyncio
import inspect
import re
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

from socle.refusal import Refused

GROUP = "socle.gateway_conformance"


def check(package: str) -> int:
    """Check the gateways of an installed distribution or module, or the gateway of a slug, and print what holds.

    Return 0 where everything holds, else 1. Raises `Refused` for a package that brings no conformance suite, and for
    one whose suite cannot be loaded.
    """
    points = _points(package)
    if not points:
        known = ", ".join(sorted(_title(point) for point in entry_points(group=GROUP))) or "none"
        raise Refused(
            f'"{package}" brings no gateway to check: install the package, and name its conformance class in the '
            f"entry-point group {GROUP}. Those that are installed: {known}."
        )
    suites = [(point, _suite(point)) for point in points]
    return max(asyncio.run(_checked(point, suite)) for point, suite in suites)


async def _checked(point: EntryPoint, suite: Any) -> int:
    from core.testkit.gateways import check_gateway

    click.echo(_title(point))
    verdicts = await check_gateway(suite)
    for verdict in verdicts:
        if verdict.holds:
            click.echo(f"  holds          {verdict.name}")
        else:
            click.echo(f"  does not hold  {verdict.name}: {verdict.fault}")
    failed = sum(not verdict.holds for verdict in verdicts)
    click.echo(f"{len(verdicts)} checks: {'all hold' if not failed else f'{failed} do not hold'}.")
    return 1 if failed else 0


def _points(package: str) -> list[EntryPoint]:
    """The conformance suites of a package, by the name of its distribution, its module or its gateway."""
    wanted = _normal(package)
    return sorted(
        (
            point
            for point in entry_points(group=GROUP)
            if wanted
            in (
                _normal(point.dist.name if point.dist else ""),
                _normal(point.module.partition(".")[0]),
                _normal(point.name),
            )
        ),
        key=lambda point: point.name,
    )


def _suite(point: EntryPoint) -> Any:
    try:
        from core.testkit.gateways import GatewayConformance

        suite = point.load()
    except Exception as error:
        raise Refused(
            f'The conformance suite "{point.value}" cannot be loaded: {error!r}. Install socle[testkit] beside it.'
        ) from error
    if not (isinstance(suite, type) and issubclass(suite, GatewayConformance)) or inspect.isabstract(suite):
        raise Refused(f'"{point.value}" is no complete GatewayConformance: give it offers and a peer.')
    if not hasattr(suite, "offers"):
        raise Refused(f'"{point.value}" does not say what its gateway offers: set offers to its capabilities.')
    return suite


def _title(point: EntryPoint) -> str:
    distribution = f"{point.dist.name} {point.dist.version}" if point.dist else point.module
    return f"{point.name} ({distribution})"


def _normal(name: str) -> str:
    """A name as packages are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
