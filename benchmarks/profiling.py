"""`python -m benchmarks.profiling`: where Socle's web process spends its time, by py-spy, and what PostgreSQL is asked.

One web process under load, sampled 250 times a second; self time by function, native extensions included.
"""

import argparse
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

from benchmarks.__main__ import loaded_installation
from benchmarks.cases import comparison_cases
from benchmarks.load import run
from benchmarks.report import table
from benchmarks.servers import PEERS
from benchmarks.wire import count

SHOWN = 15
SAMPLES_A_SECOND = 250


def self_times(raw: str) -> tuple[Counter[str], int]:
    """Samples of each function on top of a stack, out of py-spy's folded stacks, and how many stacks there were."""
    found: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, number = line.rpartition(" ")
        found[stack.rpartition(";")[2]] += int(number)
    return found, sum(found.values())


def sample(pid: int, seconds: int) -> str:
    """Sample a process while it holds the interpreter's lock; the server's own threads are not seen."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "stacks"
        command = [str(PEERS / "py-spy"), "record", "--pid", str(pid), "--duration", str(seconds), "--format", "raw"]
        options = ["--rate", str(SAMPLES_A_SECOND), "--function", "--native", "--gil", "--output", str(output)]
        subprocess.run([*command, *options], check=True, capture_output=True)
        return output.read_text()


def main() -> None:
    """Profile the requests whose names hold what was asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling", description=__doc__)
    parser.add_argument("--only", nargs="+", default=["product list", "product detail"])
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--keep", default="", help="a folder for the folded stacks")
    asked = parser.parse_args()
    with loaded_installation(1) as (made, first, loaded):
        first.stop()
        cases = [case for case in comparison_cases(loaded, cashflow=False) if case.name in asked.only]
        server = made.start("socle", processes=1)
        try:
            for case in cases:
                run(server.port, case.request(server.port), seconds=2)
                worker = server.web_processes()[-1]
                # made anew: sales of the same run and number would be answered from what is stored
                request = case.request(server.port)
                load = threading.Thread(target=run, args=(server.port, request), kwargs={"seconds": asked.seconds + 3})
                load.start()
                stacks = sample(worker, asked.seconds)
                load.join()
                found, total = self_times(stacks)
                if asked.keep:
                    Path(asked.keep, f"{case.name.replace(' ', '_')}.stacks").write_text(stacks)
                rows = [[name, f"{number / total:.1%}"] for name, number in found.most_common(SHOWN)]
                print(f"\n{case.name}: {total} samples\n{table(['function', 'self'], rows)}", flush=True)
        finally:
            server.stop()
        for name, traffic in count(made, "socle", cases).items():
            print(f"{name}: {traffic.statements:.1f} statements in {traffic.round_trips:.1f} round trips")


if __name__ == "__main__":
    main()
