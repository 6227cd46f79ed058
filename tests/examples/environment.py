"""A clean environment for a package of somebody else: built wheels, and what they require, with no index."""

import subprocess
import sys
import sysconfig
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from tests.server import clean_environment

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_paths()["purelib"])
LEFT_OUT = frozenset({"Django"})
"""What the lock files leave out as well: a package of assets names it, and it is never imported."""


class CleanEnvironment:
    """A virtual environment that holds wheels of ours and links to the installed distributions that they require, by
    name: what no requirement names is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
        self.python = folder / "bin" / "python"
        (self._site,) = (folder / "lib").glob("python*/site-packages")
        self._linked: set[str] = set()

    def require(self, *requirements: str) -> None:
        """Link what `socle` with its extras requires, and what that requires."""
        for text in requirements:
            self._link_all(Requirement(text))

    def install(self, *sources: Path) -> None:
        """Build packages and install their wheels."""
        wheels = self.folder / "wheels"
        for source in sources:
            pip = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(source)]
            self._pip(pip, sys.executable)
        self._pip(["install", "--no-deps", *map(str, sorted(wheels.glob("*.whl")))], str(self.python))

    def run(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a module in the environment, in a folder."""
        return subprocess.run(
            [str(self.python), "-m", *arguments],
            cwd=folder,
            env=clean_environment(PYTHONDONTWRITEBYTECODE="1"),
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )

    def _pip(self, arguments: list[str], python: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "--python", python, *arguments, "--quiet", "--no-index"],
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _link_all(self, requirement: Requirement) -> None:
        if requirement.name in LEFT_OUT:
            return
        installed = distribution(requirement.name)
        name = installed.metadata["Name"]
        if name != "socle" and name not in self._linked:
            self._linked.add(name)
            self._link(installed)
        for extra in ("", *requirement.extras):
            for text in installed.requires or []:
                needed = Requirement(text)
                applies = needed.marker is None or needed.marker.evaluate({"extra": extra})
                if applies and f"{name}[{extra}]{text}" not in self._linked:
                    self._linked.add(f"{name}[{extra}]{text}")
                    self._link_all(needed)

    def _link(self, installed: Distribution) -> None:
        for file in installed.files or []:
            top = file.parts[0]
            target = self._site / top
            if top not in ("..", "__pycache__") and not target.is_symlink():
                target.symlink_to(SITE / top)
