"""The container image and the compose file, as far as they can be tried without an engine.

The image's build steps are replayed in a folder by a user that is not root, and what they built is run: on an embedded
database of that user's own.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import psutil
import pytest

from socle.command import commands
from socle.installation import Secrets, Settings, load
from tests.server import free_port
from tests.socle.containers import ROOT, Instruction, compose, containerfile, interpolated, required

GIVEN = {
    "SOCLE_PUBLIC_URL": "https://api.example.com",
    "SOCLE_SMTP_HOST": "mail.example.com",
    "SOCLE_SMTP_SENDER": "Socle <no-reply@example.com>",
}
PLACES = {"SOCLE_HOME", "SOCLE_CONFIG"}
ADDRESS = re.compile(r"https?://(?!127\.0\.0\.1)\S+")


def variables(kind: Any = Settings, prefix: str = "SOCLE_") -> set[str]:
    """Every variable that the installation reads."""
    found = set()
    for name, hint in get_type_hints(kind).items():
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            found |= variables(hint, f"{prefix}{name.upper()}_")
        else:
            found.add(prefix + name.upper())
    return found


SECRET_VARIABLES = {f"SOCLE_{name.upper()}" for name in Secrets.__struct_fields__}
KNOWN = variables() | SECRET_VARIABLES | {f"{name}_FILE" for name in SECRET_VARIABLES} | PLACES


def ours() -> dict[str, Any]:
    """The services that run our image."""
    return {name: service for name, service in compose()["services"].items() if service["image"] == "socle"}


def environment_of(service: Mapping[str, Any]) -> dict[str, str]:
    """A service's environment as the engine gives it."""
    return {name: interpolated(str(value), GIVEN) for name, value in service["environment"].items()}


def test_the_compose_file_runs_commands_with_settings_that_exist() -> None:
    for name, service in ours().items():
        assert service["environment"].keys() <= KNOWN, name
        command, *arguments = service["command"]
        options = {
            option for each in commands.commands[command].params for option in (*each.opts, *each.secondary_opts)
        }
        assert {argument for argument in arguments if argument.startswith("--")} <= options
    assert {name: service["command"][0] for name, service in ours().items()} == {
        "migrate": "migrate",
        "web": "serve",
        "worker": "worker",
    }
    assert ours()["web"]["deploy"]["replicas"] == 2
    assert "--no-worker" in ours()["web"]["command"]


@pytest.mark.parametrize("name", ["migrate", "web", "worker"])
def test_the_compose_files_environment_is_an_installation(name: str, tmp_path: Path) -> None:
    environment = environment_of(ours()[name])
    for variable, path in list(environment.items()):
        if variable.endswith("_FILE"):
            secret = tmp_path / Path(path).name
            assert Path(path).parent == Path("/run/secrets")
            assert secret.name in ours()[name]["secrets"]
            secret.write_text("postgresql://socle_app:x@postgres/socle" if "url" in path else "0123456789" * 4)
            environment[variable] = str(secret)
    loaded = load(tmp_path, environment)
    assert loaded.production
    assert loaded.secrets.queue_url is not None
    owner = "SOCLE_DATABASE_OWNER_URL_FILE" in environment
    assert owner == (name == "migrate"), "only migrations work as the owner"


def test_the_compose_file_holds_no_secret_and_asks_for_what_has_no_default() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert required(text) == set(GIVEN)
    with pytest.raises(KeyError):
        interpolated("${SOCLE_PUBLIC_URL:?why}", {})
    whole = compose()
    declared = whole["secrets"]
    assert all(set(secret) == {"file"} for secret in declared.values())
    for service in whole["services"].values():
        assert set(service.get("secrets", ())) <= declared.keys()
        for name in service.get("environment", {}):
            secret = name in SECRET_VARIABLES - {"SOCLE_QUEUE_URL"} or "PASSWORD" in name
            assert not secret or name.endswith("_FILE"), name
        for waited, condition in service.get("depends_on", {}).items():
            healthy = condition["condition"] == "service_healthy"
            assert not healthy or "test" in whole["services"][waited]["healthcheck"]
    for volume in (entry for service in whole["services"].values() for entry in service.get("volumes", ())):
        assert volume.partition(":")[0] in whole["volumes"]


def test_the_image_is_built_from_what_is_there_and_runs_without_root() -> None:
    build, final = containerfile()
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for step in (each for each in build if each.word == "COPY"):
        for source in step.words[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source
    words = {step.word: step for step in final}
    assert words["USER"].text == "socle"
    assert words["STOPSIGNAL"].text == "SIGTERM"
    assert "/healthz" in words["HEALTHCHECK"].text
    assert words["ENTRYPOINT"].words == ["socle"]
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    assert not ADDRESS.findall(text)
    assert not [step for stage in (build, final) for step in stage if step.word == "ARG"]
    assert not re.search(r"SECRET|PASSWORD|_URL", text)
    for step in (each for each in build if "-r requirements" in each.text):
        assert "--require-hashes --no-deps" in step.text


class Image:
    """The image as a folder. Its programs run as the user who built it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._environment = {
            "PATH": f"{folder}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
            "SOCLE_ACCOUNTS_ARGON2_MEMORY": "64",
            **{name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))},
        }
        self.home.mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "python").symlink_to(self._python())
        self._own(folder)

    @property
    def uid(self) -> int:
        """The user that everything runs as."""
        return self._user.pw_uid

    def replay(self, steps: list[Instruction]) -> None:
        """Follow the build's instructions."""
        folder = self.folder
        for step in steps:
            if step.word == "ENV":
                self._environment.update(word.split("=", 1) for word in shlex_words(self.at(step.text)))
            elif step.word == "WORKDIR":
                folder = Path(self.at(step.text))
                folder.mkdir(parents=True)
                self._own(folder)
            elif step.word == "COPY":
                *sources, target = step.words
                for source in sources:
                    self._copy(ROOT / source, folder / target, folder)
            elif step.word == "RUN":
                done = self.run(["/bin/sh", "-c", self.at(step.text)], folder)
                assert done.returncode == 0, done.stdout + done.stderr

    def at(self, text: str) -> str:
        """A text with the image's paths turned to those of the folder."""
        return re.sub(r"(?<![\w.])/(opt/socle|build|var/lib/socle)(?![\w-])", rf"{self.folder}/\1", text)

    def environment(self) -> dict[str, str]:
        """The environment of the final stage."""
        (settings,) = [step for step in containerfile()[1] if step.word == "ENV"]
        given = dict(word.split("=", 1) for word in shlex_words(self.at(settings.text)))
        return {**self._environment, **given, "SOCLE_HOME": str(self.home)}

    def run(self, command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, as the image's user."""
        environment = self._environment if folder else self.environment()
        return subprocess.run(
            command, cwd=folder or self.home, env=environment, text=True, capture_output=True, check=False, timeout=500,
            **self._identity(),
        )  # fmt: skip

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        """Start a command as the image's user."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.home, env=self.environment(), stdout=log, stderr=log, **self._identity()
            )

    def _identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self._user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}

    def _python(self) -> str:
        """A Python that the image's user may run."""
        for path in (os.path.realpath(sys.executable), "/usr/local/bin/python3", "/usr/bin/python3"):
            check = [path, "-c", "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))"]
            try:
                if subprocess.run(check, check=False, cwd="/", **self._identity()).returncode == 0:
                    return path
            except OSError:
                continue
        raise AssertionError("there is no Python 3.11 that a user without rights may run")

    def _copy(self, source: Path, target: Path, folder: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / source.name if target.is_dir() else target)
        self._own(folder)

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.uid, self._user.pw_gid, follow_symlinks=False)


def shlex_words(text: str) -> list[str]:
    """The words of an ENV instruction."""
    return Instruction("ENV", text).words


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The image, built. Its folder is not below pytest's, which other users may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="socle-image-", dir="/tmp"))
    try:
        image = Image(folder)
        image.replay(containerfile()[0])
        yield image
    finally:
        shutil.rmtree(folder)


@pytest.mark.peers
def test_the_image_serves_on_an_embedded_database_without_root(image: Image) -> None:
    final = {step.word: step for step in containerfile()[1]}
    (program,) = final["ENTRYPOINT"].words
    socle = [str(image.folder / "opt/socle/bin" / program)]
    helped = image.run([*socle, "--help"])
    assert helped.returncode == 0, helped.stderr
    assert all(f"  {name} " in helped.stdout for name in ("serve", "worker", "migrate", "doctor", "backup", "restore"))
    migrated = image.run([*socle, "migrate"])
    assert migrated.returncode == 0, migrated.stderr
    assert migrated.stdout.startswith("Applied: 0001, 0002")
    examined = image.run([*socle, "doctor"])
    assert (examined.returncode, examined.stdout) == (0, "All is well.\n"), examined.stderr

    port = str(free_port())
    command = [*socle, *(word.replace("8000", port) for word in final["CMD"].words)]
    check = Instruction("CMD", final["HEALTHCHECK"].text.partition(" CMD ")[2].replace(":8000", f":{port}")).words
    assert image.run(check).returncode != 0
    server = image.start(command)
    try:
        deadline = time.monotonic() + 60
        while image.run(check).returncode != 0:
            assert server.poll() is None, (image.folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        backends = [each for each in psutil.process_iter() if str(image.home) in " ".join(cmdline(each))]
        assert any("postgres" in cmdline(each)[0] for each in backends)
        assert image.uid != 0
        assert {each.uids().effective for each in (*family, *backends)} == {image.uid}

        saved = image.run([*socle, "backup", str(image.folder / "image.socle")])
        assert saved.returncode == 0, saved.stderr
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(30)
    assert code == 0, (image.folder / "log").read_text()
    _, alive = psutil.wait_procs([*family, *backends], timeout=5)
    assert not alive
    restored = image.run([*socle, "restore", "--home", str(image.folder / "other"), str(image.folder / "image.socle")])
    assert restored.returncode == 0, restored.stderr


def cmdline(process: psutil.Process) -> list[str]:
    """A process's command line; one empty word where there is none."""
    try:
        return process.cmdline() or [""]
    except psutil.Error:
        return [""]
