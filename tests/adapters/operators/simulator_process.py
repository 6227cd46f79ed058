"""The simulator as a real process, on a port of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.server import free_port

ROOT = Path(__file__).parents[3]
PROGRAM = "import sys; from adapters.operators.serve import serve_operators; "
PROGRAM += "serve_operators('127.0.0.1', int(sys.argv[1]), strict=sys.argv[2] == 'strict')"


@contextmanager
def simulator(*, strict: bool = False, log: Path | None = None) -> Iterator[str]:
    """The origin of a running simulator. It must end well when it is told to."""
    port = free_port()
    command = [sys.executable, "-c", PROGRAM, str(port), "strict" if strict else "lax"]
    with Path(log or os.devnull).open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 30
        origin = f"http://127.0.0.1:{port}"
        while True:
            try:
                httpx2.get(f"{origin}/_control/clock", timeout=5).raise_for_status()
                break
            except httpx2.TransportError:
                assert process.poll() is None, "the simulator ended"
                assert time.monotonic() < deadline, "the simulator did not start"
                time.sleep(0.05)
        yield origin
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
