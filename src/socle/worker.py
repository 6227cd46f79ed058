"""`socle worker`: jobs, events and schedules of an installation, until it is told to stop."""

import asyncio
import logging
import signal

from adapters.http.edge.logs import configure_logging
from adapters.queue.worker import JobWorker
from socle.composition import compose
from socle.databases import DatabaseUrls
from socle.installation import Loaded
from socle.lifeline import follow_parent
from socle.memory import settle_collector


async def run_worker(loaded: Loaded, urls: DatabaseUrls) -> None:
    """Run a worker until SIGTERM or SIGINT, or until the server that started it is gone."""
    follow_parent()
    configure_logging(production=loaded.production, level=loaded.log_level)
    # SAQ tells of every job at info; what a delivery came to is the outbox's to tell
    logging.getLogger("saq").setLevel(logging.WARNING)
    composition = compose(loaded, urls)
    queue = loaded.secrets.queue_url
    worker = JobWorker(
        composition.works,
        queue.reveal() if queue else urls.app,
        composition.handlers,
        clock=composition.kernel.clock,
        schedules=composition.schedules,
        policies=composition.policies,
    )
    settle_collector()
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with composition.running():
        running = asyncio.create_task(worker.run())
        waiting = asyncio.create_task(told.wait())
        try:
            await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await worker.stop()
            await running
        finally:
            waiting.cancel()
