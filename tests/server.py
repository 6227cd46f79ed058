"""`socle serve` as a real process, on a port of its own, spoken to over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from click.testing import CliRunner

from socle.command import commands
from socle.refusal import Refused
from tests.cluster import DatabaseUrls

READY_SECONDS = 60
STOP_SECONDS = 20
CHEAP_HASHING = {"SOCLE_ACCOUNTS_ARGON2_MEMORY": "64", "SOCLE_ACCOUNTS_ARGON2_TIME": "1"}
WITHOUT_DEMO = {"SOCLE_DEMO": "false"}
GENEROUS = {"SOCLE_LIMITS_PER_MINUTE": "100000"}


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def clean_environment(**given: str) -> dict[str, str]:
    """The environment without what the test run itself sets, and with what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOCLE_", "PROMETHEUS_"))}
    return {**kept, **given}


def database_environment(urls: DatabaseUrls) -> dict[str, str]:
    """The variables that name a database."""
    return {"SOCLE_DATABASE_URL": urls.app, "SOCLE_DATABASE_OWNER_URL": urls.owner}


def socle(
    home: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a `socle` command to its end: in this process, which has imported everything already, unless it sets up its
    process (`serve`, `worker`) or finds other packages."""
    command = [*arguments, "--home", str(home)]
    given = clean_environment(**{**CHEAP_HASHING, **WITHOUT_DEMO, **(environment or {})})
    if arguments[0] not in ("serve", "worker", "prepare") and "PYTHONPATH" not in given:
        with ThreadPoolExecutor(1) as aside:
            # a thread of its own: the command runs an event loop, and a test may be in one
            return aside.submit(_socle_here, command, given).result(120)
    return subprocess.run(
        [sys.executable, "-m", "socle", *command], env=given, capture_output=True, text=True, timeout=120, check=False
    )


def _socle_here(command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    changed: dict[str, str | None] = {**dict.fromkeys(set(os.environ) - set(environment)), **environment}
    result = CliRunner().invoke(commands, command, env=changed, prog_name="socle")
    status, errors = result.exit_code, result.stderr
    if isinstance(result.exception, Refused):
        errors += "".join(f"socle: {sentence}\n" for sentence in result.exception.sentences)
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        errors += "".join(traceback.format_exception(result.exception))
    return subprocess.CompletedProcess(command, status, result.stdout, errors)


def _prepared_here(environment: Mapping[str, str]) -> bool:
    """Whether a command in this process can prepare what a server is to serve: not where it finds other packages, nor
    where the server tells of what it seeds."""
    return not {"PYTHONPATH", "SOCLE_DEMO"} & set(environment) and "SOCLE_DATABASE_OWNER_URL" in environment


class Server:
    """A server process. `start` returns once it is ready, `stop` asserts that nothing is left of it.

    On a database of the test cluster `start` prepares it by `socle migrate` in this process, which has imported
    everything already, and serves with `--no-prepare`: a process that imports it all again costs more than the server
    itself. On an embedded database, and where `launch` is called, the server prepares it.
    """

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        *,
        processes: int = 1,
        worker: bool = False,
        operators: bool = False,
        arguments: tuple[str, ...] = (),
    ) -> None:
        self.home = home
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.processes = processes
        self._worker = worker
        self.operators_port = free_port() if operators else 0
        self.operators_url = f"http://127.0.0.1:{self.operators_port}"
        self._given = dict(environment)
        self._environment = clean_environment(**{**CHEAP_HASHING, **GENEROUS, **WITHOUT_DEMO, **environment})
        self._arguments = arguments
        self._log = home.with_name(f"{home.name}.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of `socle serve`."""
        assert self._process is not None
        return self._process

    @property
    def log(self) -> str:
        """What the server has printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def launch(self, *arguments: str) -> None:
        """Start the server and do not wait for it."""
        command = [sys.executable, "-m", "socle", "serve", "--home", str(self.home), "--port", str(self.port)]
        command += ["--processes", str(self.processes), *([] if self._worker else ["--no-worker"])]
        command += ["--operators-port", str(self.operators_port), *self._arguments, *arguments]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def start(self) -> float:
        """Start the server; return the seconds until its first 200 from `/readyz`."""
        began = time.monotonic()
        if _prepared_here(self._given):
            prepared = socle(self.home, "migrate", environment=self._given)
            assert prepared.returncode == 0, prepared.stderr
            self.launch("--no-prepare")
        else:
            self.launch()
        try:
            self.wait_ready(began + READY_SECONDS)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return time.monotonic() - began

    def wait_ready(self, deadline: float) -> None:
        """Wait for a 200 from `/readyz`, and from the simulator where there is one, until a moment of the monotonic
        clock."""
        probes = [f"{self.base_url}/readyz", *([f"{self.operators_url}/_control/clock"] * bool(self.operators_port))]
        # one client: each reads the certificate authorities anew, 40 ms of the processor that the server starts on
        with httpx.Client(timeout=5) as client:
            while time.monotonic() < deadline:
                assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log}"
                try:
                    if all(client.get(probe).status_code == 200 for probe in probes):
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.02)
        raise AssertionError(f"the server is not ready:\n{self.log}")

    def family(self) -> list[psutil.Process]:
        """The server's living child processes, of every generation."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def web_processes(self) -> list[psutil.Process]:
        """The processes that answer HTTP."""
        return [child for child in self.family() if "serve" in _line(child)]

    def worker_process(self) -> psutil.Process:
        """The process that runs jobs."""
        (found,) = self.workers()
        return found

    def workers(self) -> list[psutil.Process]:
        """The processes that run jobs, of which there is one but for the moment of a restart."""
        return [child for child in self.family() if "-m socle worker" in _line(child)]

    def stop(self) -> None:
        """Stop the server by SIGTERM. It must end well, soon, and leave no process behind."""
        if self.process.poll() is not None:
            return
        family = self.family()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server does not stop:\n{self.log}") from None
        assert code == 0, f"exit status {code}:\n{self.log}"
        assert_gone(family, 2)

    def kill(self) -> list[psutil.Process]:
        """Kill the server without a word, and leave it unreaped, as a careless parent would; return its family."""
        family = self.family()
        self.process.kill()
        return family


def assert_gone(processes: list[psutil.Process], seconds: float) -> None:
    """Assert that processes end within some seconds; those that do not are killed."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        process.kill()
    assert not alive, [_line(process) for process in alive]


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


@contextmanager
def serving(
    home: Path,
    urls: DatabaseUrls | None = None,
    *,
    processes: int = 1,
    worker: bool = False,
    operators: bool = False,
    arguments: tuple[str, ...] = (),
    **environment: str,
) -> Iterator[Server]:
    """A running server: on a database of the test cluster, or, where `urls` is None, on its home's embedded one."""
    given = {**(database_environment(urls) if urls else {}), **environment}
    server = Server(home, given, processes=processes, worker=worker, operators=operators, arguments=arguments)
    server.start()
    try:
        yield server
    finally:
        server.stop()
