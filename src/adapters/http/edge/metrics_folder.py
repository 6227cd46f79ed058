"""The folder through which several server processes share their metrics. Imports nothing of prometheus_client."""

import os
import sys
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def prepare_metrics_folder(home: Path) -> Path:
    """Make and empty the folder, and name it in the environment that worker processes inherit.

    Call it once, in the process that starts the workers, before anything imports prometheus_client, which reads the
    variable only then. Raises `RuntimeError` where that is too late.
    """
    if "prometheus_client" in sys.modules:
        raise RuntimeError("prometheus_client is imported already: call prepare_metrics_folder before it")
    folder = home / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()
    os.environ[VARIABLE] = str(folder)
    return folder
