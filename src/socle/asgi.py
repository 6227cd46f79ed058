"""The ASGI application as the web server's processes build it, from the environment that `socle serve` leaves them."""

import ctypes
import gc
import os
import signal
from pathlib import Path
from typing import Any

from socle.composition import compose
from socle.databases import given_urls
from socle.described_apart import DescribedApart
from socle.installation import load
from socle.lifeline import follow_parent

M_MMAP_THRESHOLD = -3


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


def settle_collector() -> None:
    """Have the garbage collector leave alone what lives as long as the process: it took a twelfth of a request's time
    to look through it (py-spy, product list). What requests make is freed by reference counts. Nothing is collected
    before: of the 360,000 objects of a start 3,000 are garbage, and finding them took 0.2 s."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def return_large_blocks() -> None:
    """Have glibc give blocks over 1 MiB back when they are freed.

    It learns from the first 19 MiB block of argon2 to keep such blocks for good, one for each thread that hashes.
    Other C libraries have no such habit, and no such function.
    """
    adjust = getattr(ctypes.CDLL(None), "mallopt", None)
    if adjust is not None:
        adjust(M_MMAP_THRESHOLD, 1024 * 1024)
