"""The tables, as Markdown: printed, and written to docs/benchmarks.md when asked."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.cases import BROAD, PEERS, Case
from benchmarks.comparison import Measured
from benchmarks.wire import Traffic

GROWTH_ALLOWED = 1.25


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns line up in a terminal as well; the first is text, the others are figures."""
    lines = [list(head), *[list(row) for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def written(line: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return f"| {' | '.join(cells)} |"

    rule = ["-" * width if not index else "-" * (width - 1) + ":" for index, width in enumerate(widths)]
    return "\n".join([written(lines[0]), written(rule), *map(written, lines[1:])])


def ratios(cases: Sequence[Case], found: Mapping[tuple[str, str], Measured]) -> str:
    """Socle over each peer, beside what it is to reach."""
    rows = []
    for case in cases:
        if case.targets is None:
            continue
        speed = found[case.name, "socle"].requests_per_second
        row = [case.name]
        for peer, target in zip(PEERS, case.targets, strict=True):
            other = found.get((case.name, peer))
            if other is None:
                row += ["-", "-"]
                continue
            ratio = speed / other.requests_per_second
            row += [
                f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}",
                f"{'ok' if ratio >= target else 'short of'} {target:g}",
            ]
        rows.append(row)
    head = ["request", "over DRF", "target", "over FastAPI", "target", "over the floor", "target"]
    return table(head, rows)


def figures(
    cases: Sequence[Case],
    found: Mapping[tuple[str, str], Measured],
    traffic: Mapping[str, Mapping[str, Traffic]],
) -> str:
    """Everything that was measured."""
    rows = []
    for case in cases:
        for name in ("socle", *PEERS):
            each = found.get((case.name, name))
            if each is None:
                continue
            spent = traffic.get(name, {}).get(case.name)
            rows.append(
                [
                    f"{case.name}, {name}",
                    f"{each.requests_per_second:.0f}",
                    f"{each.p50:.1f}",
                    f"{each.p99:.1f}",
                    f"{each.cpu:.2f}",
                    f"{spent.statements:.1f}" if spent else "-",
                    f"{spent.round_trips:.1f}" if spent else "-",
                    str(each.failures),
                ]
            )
    head = ["request, server", "req/s", "p50 ms", "p99 ms", "CPU ms", "statements", "round trips", "failed"]
    return table(head, rows)


def memory(found: Mapping[str, float]) -> str:
    """Resident memory of the largest web process after the run."""
    return table(["server", "MiB"], [[name, f"{size:.0f}"] for name, size in found.items()])


def growth(found: Mapping[str, tuple[Measured, Measured]], factor: int) -> str:
    """The p50 at the first scale and with so many times the rows."""
    rows = []
    for name, (small, large) in found.items():
        ratio = large.p50 / small.p50
        verdict = "reported" if name == BROAD else "ok" if ratio <= GROWTH_ALLOWED else f"over {GROWTH_ALLOWED}"
        cpu = f"{small.cpu:.2f}", f"{large.cpu:.2f}"
        rows.append([name, f"{small.p50:.1f}", f"{large.p50:.1f}", f"{ratio:.2f}", verdict, *cpu])
    head = ["request", "p50 ms", f"p50 ms, {factor}x rows", "ratio", "verdict", "CPU ms", f"CPU ms, {factor}x"]
    return table(head, rows)
