"""The servers that are measured: started on loopback, watched through /proc, stopped by their ids."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv-bench" / "bin"
PROCESSES = 2
DRF_THREADS = 4
START_SECONDS = 60
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    """A running server."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.port = port
        self._process = process

    def web_processes(self) -> list[int]:
        """The ids of the server's processes, the first of them its supervisor."""
        found, waiting = [], [self._process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(FileNotFoundError):
                    waiting += [int(child) for child in (task / "children").read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far (proc(5), fields 14 and 15 of /proc/PID/stat)."""
        total = 0
        for pid in self.web_processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICK

    def memory(self) -> float:
        """The resident memory of its largest web process, in MiB."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.web_processes()[1:]]
        return max(pages) * _PAGE / 2**20

    def stop(self) -> None:
        """Stop it, its children as well."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            # the session of its own that it was started in holds its processes alone
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(name: str, port: int, home: Path, processes: int) -> list[str]:
    where, count = str(port), str(processes)
    if name == "socle":
        serve = [sys.executable, "-m", "socle", "serve", "--home", str(home), "--operators-port", "0"]
        return [*serve, "--port", where, "--processes", count, "--no-worker"]
    if name == "drf":
        gunicorn = [str(PEERS / "gunicorn"), "benchmarks.peers.drf.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        threads = ["--worker-class", "gthread", "--threads", str(DRF_THREADS)]
        return [*gunicorn, "--workers", count, *threads, "--keep-alive", "75", "--log-level", "warning"]
    if name == "fastapi":
        uvicorn = [str(PEERS / "uvicorn"), "benchmarks.peers.fastapi_sqlalchemy.app:app", "--host", "127.0.0.1"]
        fast = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        return [*uvicorn, "--port", where, "--workers", count, *fast]
    granian = [str(PEERS / "granian"), "--interface", "asgi", "--host", "127.0.0.1", "--port", where]
    return [*granian, "--workers", count, "--loop", "uvloop", "--no-ws", "--log-level", "warning", _FLOOR]


_FLOOR = "benchmarks.peers.floor.app:app"


def start(name: str, home: Path, environment: Mapping[str, str], *, processes: int = PROCESSES) -> Server:
    """Start a server and wait until it answers."""
    port = free_port()
    log = home / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            _command(name, port, home, processes),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(name, port, process)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                probe.sendall(f"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
                if probe.recv(100).startswith(b"HTTP/1.1"):
                    return server
        except OSError:
            pass
        time.sleep(0.1)
    server.stop()
    raise SystemExit(f"{name} did not start:\n{log.read_text(errors='replace')[-3000:]}")
