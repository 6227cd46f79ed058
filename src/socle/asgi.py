"""The ASGI application as the web server's processes build it, from the environment that `socle serve` leaves them."""

import os
import signal
from pathlib import Path
from typing import Any

from socle.composition import compose
from socle.databases import given_urls
from socle.described_apart import DescribedApart
from socle.installation import load
from socle.lifeline import follow_parent
from socle.memory import return_large_blocks, settle_collector


def build() -> Any:
    """Build the application of one web process."""
    # Until the server's own handlers stand, a forked process would note the parent's signals and go on starting.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    follow_parent()
    return_large_blocks()
    loaded = load(Path(os.environ["SOCLE_HOME"]))
    from socle.web import web_application

    application = web_application(compose(loaded, given_urls(loaded)), DescribedApart(loaded.home))
    settle_collector()
    return application
