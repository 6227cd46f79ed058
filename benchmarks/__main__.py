"""`make bench`: Socle against two honest peers and a floor, and against itself with ten times the rows.

Homes and databases of their own, embedded PostgreSQL, two web processes for each server, everything on loopback.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import events, report
from benchmarks.cases import PEERS, comparison_cases, growth_cases
from benchmarks.comparison import compare, grow
from benchmarks.equality import check
from benchmarks.installation import Installation, Loaded, installation
from benchmarks.load import fetch, request_bytes
from benchmarks.machine import describe
from benchmarks.servers import ROOT, Server
from benchmarks.wire import count

PARTS = ("comparison", "growth", "events")
DOCUMENT = ROOT / "docs" / "benchmarks.md"
DOCUMENT_OF_EVENTS = ROOT / "docs" / "benchmarks-events.md"


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="times the rows of the comparison")
    parser.add_argument("--growth", type=int, default=10, help="times the rows of the growth run")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS, help="which peers take part")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--cashflow", choices=("items", "total"), default="items", help="what aggregating peers sum")
    parser.add_argument("--only", default="", help="only requests whose name holds this")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks*.md")
    return parser.parse_args()


@contextmanager
def loaded_installation(scale: int) -> Iterator[tuple[Installation, Server, Loaded]]:
    """An installation with its rows, and Socle serving it."""
    with (
        tempfile.TemporaryDirectory(prefix="socle-bench-", ignore_cleanup_errors=True) as folder,
        installation(Path(folder), scale) as made,
    ):
        server = made.start("socle")
        try:
            yield made, server, made.fill(server)
        finally:
            server.stop()


def serves_cashflow(server: Server, loaded: Loaded) -> bool:
    """Whether expenses have a table and cash flow a route."""
    path = "/api/analytics/cashflow/"
    return loaded.expenses and fetch(server.port, request_bytes("GET", server.port, path, loaded.token))[0] == 200


def comparison(asked: argparse.Namespace) -> list[str]:
    """The sections about Socle and its peers."""
    with loaded_installation(asked.scale) as (made, socle, loaded), ExitStack() as running:
        servers = [socle]
        for name in asked.peers:
            server = made.start(name, cashflow=asked.cashflow)
            running.callback(server.stop)
            servers.append(server)
        cases = [
            case
            for case in comparison_cases(loaded, cashflow=serves_cashflow(socle, loaded))
            if asked.only in case.name
        ]
        compared = check(made, servers, loaded, cases)
        print(f"{compared} answers are the same", flush=True)
        found = compare(
            servers,
            cases,
            after_writes=lambda: asyncio.run(made.fold()),
            connections=asked.connections,
            seconds=asked.seconds,
            rounds=asked.rounds,
        )
        asyncio.run(made.prove())
        sizes = {server.name: server.memory() for server in servers}
        running.close()
        traffic = {
            server.name: count(made, server.name, [case for case in cases if case.targets or server is socle])
            for server in servers
        }
    rows = f"10 tenants of {20_000 * asked.scale:,} products; {100_000 * asked.scale:,} sales of the measured one"
    return [
        f"## Ratios of requests per second\n\n{rows}.\n\n" + report.ratios(cases, found),
        "## Figures\n\n" + report.figures(cases, found, traffic),
        "## Memory\n\nResident, the largest web process, after the run.\n\n" + report.memory(sizes),
    ]


def growth(asked: argparse.Namespace) -> str:
    """The section about ten times the rows."""
    with loaded_installation(asked.scale) as small, loaded_installation(asked.scale * asked.growth) as large:
        pairs = []
        for _, server, loaded in (small, large):
            cases = growth_cases(loaded, cashflow=serves_cashflow(server, loaded))
            pairs.append((server, [case for case in cases if asked.only in case.name]))
        found = grow(*pairs, connections=asked.connections, seconds=asked.seconds, rounds=asked.rounds)
    return f"## At {asked.growth} times the rows\n\n" + report.growth(found, asked.growth)


def main() -> None:
    """Measure, print, and write."""
    asked = arguments()
    sections, of_events = [], []
    if "comparison" in asked.parts:
        sections += comparison(asked)
        print("\n\n".join(sections), flush=True)
    if "growth" in asked.parts:
        sections.append(growth(asked))
        print("\n" + sections[-1], flush=True)
    if "events" in asked.parts:
        of_events = events.measure(connections=asked.connections, seconds=asked.seconds, rounds=asked.rounds)
        print("\n" + "\n\n".join(of_events), flush=True)
    machine = "\n".join(f"- {line}" for line in describe())
    print("\n" + machine)
    how = (
        f"{asked.connections} connections, two web processes for each server, medians of {asked.rounds} rounds of "
        f"{asked.seconds:g} s in turns; load, servers and PostgreSQL share the cores"
    )
    if asked.write and sections:
        summed = "the lines" if asked.cashflow == "items" else "the totals of sales"
        write(DOCUMENT, "Benchmarks", f"{machine}\n- {how}\n- aggregating peers sum {summed}", sections)
    if asked.write and of_events:
        write(DOCUMENT_OF_EVENTS, "Benchmarks of spotvibe", f"{machine}\n- {how}", of_events)


def write(document: Path, title: str, machine: str, sections: list[str]) -> None:
    """Write what was measured."""
    text = (
        f"# {title}\n\nWritten by `make bench BENCH=--write` on {datetime.now(UTC):%Y-%m-%d}. "
        f"How it is measured: `benchmarks/README.md`.\n\n{machine}\n\n"
    )
    document.write_text(text + "\n\n".join(sections) + "\n")


if __name__ == "__main__":
    main()
