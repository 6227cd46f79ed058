"""A Redis server in a process of its own."""

import asyncio
import socket
from asyncio.subprocess import Process
from pathlib import Path

from redis import asyncio as redis
from redis.exceptions import RedisError


class RedisServer:
    """Starts `redis-server` on a free port, keeping nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Process | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = await asyncio.create_subprocess_exec(
            "redis-server", "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder),
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        client = redis.from_url(self.url)
        async with asyncio.timeout(10):
            while True:
                try:
                    await client.ping()
                    break
                except RedisError:
                    await asyncio.sleep(0.05)
        await client.aclose()

    async def stop(self) -> None:
        """Kill it: what it held is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
