"""`socle serve`: one process that watches the web processes and a worker beside them."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from socle.databases import DatabaseUrls
from socle.installation import Loaded
from socle.lifeline import PARENT, STOP_SECONDS
from socle.refusal import Refused

RESTART_SECONDS = 1.0
STOPPED = 128 + signal.SIGTERM
"""The exit status of a server that was stopped before it served."""


class StopSignal:
    """SIGTERM and SIGINT while the server starts. They are noted while the database starts, which is never cut in
    two, and unwind everything from `obey` on; the web server then sets handlers of its own."""

    def __init__(self) -> None:
        self._told = False
        self._obeying = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: object) -> None:  # noqa: ARG002
        self._told = True
        if self._obeying:
            raise SystemExit(STOPPED)

    def obey(self) -> None:
        """Raise `SystemExit` when told to stop, at once where that has happened."""
        self._obeying = True
        if self._told:
            raise SystemExit(STOPPED)


def require_free(host: str, port: int, option: str = "--port") -> None:
    """Raise `Refused` where something else listens on the address; `option` is what chooses another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(f"{host}:{port} cannot be used ({error.strerror}): choose another {option}.") from error


def hand_down(loaded: Loaded, urls: DatabaseUrls, **settings: Any) -> None:
    """Leave to child processes what this one knows."""
    os.environ["SOCLE_HOME"] = str(loaded.home)
    os.environ["SOCLE_DATABASE_URL"] = urls.app
    os.environ.pop("SOCLE_DATABASE_OWNER_URL", None)
    os.environ[PARENT] = str(os.getpid())
    for name, value in settings.items():
        if value is not None:
            os.environ[f"SOCLE_{name.upper()}"] = str(value)


def prepare_apart(urls: DatabaseUrls) -> str:
    """Migrate and seed in a process of its own, so that this one stays small: the web processes are its copies. Return
    what it says of the demonstration's accounts.

    Raises `Refused` where that process was refused; it has told why.
    """
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    if urls.owner:
        environment["SOCLE_DATABASE_OWNER_URL"] = urls.owner
    command = [sys.executable, "-m", "socle", "prepare"]
    prepared = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=False
    )
    if prepared.returncode != 0:
        raise Refused("The database could not be prepared.")
    return prepared.stdout.strip()


class KeptProcess:
    """A `socle` command beside the web server: started again when it dies, stopped with the server."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"{command[0]}-process", daemon=True)

    def start(self) -> None:
        """Start it."""
        self._thread.start()

    def stop(self) -> None:
        """Stop it; it has some seconds to finish."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(STOP_SECONDS)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen([sys.executable, "-m", "socle", *self._command])
            if self._stopping.is_set():
                self._process.send_signal(signal.SIGTERM)
            self._process.wait()
            self._stopping.wait(RESTART_SECONDS)


def run_web(host: str, port: int, processes: int, home: Path) -> None:
    """Run the web processes until the server is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces, Loops
    from granian.log import LogLevels

    from adapters.http.edge.metrics_folder import prepare_metrics_folder

    prepare_metrics_folder(home)
    Granian(
        "socle.asgi:build",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=processes,
        loop=Loops.uvloop,
        websockets=False,
        factory=True,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
        backlog=2048,
    ).serve()
