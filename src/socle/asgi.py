"""The ASGI application as the web server's processes build it, from the environment that `socle serve` leaves them."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from socle.composition import compose
from socle.databases import given_urls
from socle.installation import load

PARENT = "SOCLE_SERVER_PID"


def build() -> Any:
    """Build the application of one web process."""
    follow_parent()
    loaded = load(Path(os.environ["SOCLE_HOME"]))
    from socle.web import web_application

    return web_application(compose(loaded, given_urls(loaded)))


def follow_parent() -> None:
    """End this process soon after the server that started it is gone, even where that was killed without a word."""
    expected = int(os.environ.get(PARENT, "0"))
    if not expected:
        return

    def watch() -> None:
        while Path(f"/proc/{expected}").exists() if Path("/proc").is_dir() else os.getppid() != 1:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
