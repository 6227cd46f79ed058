"""`socle usage check` and `socle doctor` name counters that their journal does not prove."""

import asyncio
from pathlib import Path

import asyncpg
from click.testing import CliRunner

from socle.command import commands
from tests.cluster import TestCluster
from tests.installation import unique
from tests.server import database_environment


async def test_the_commands_name_a_counter_that_is_not_proven(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("counted"))
    environment = {**database_environment(urls), "SOCLE_DEMO": "false"}

    async def run(*command: str) -> tuple[int, list[str]]:
        arguments = [*command, "--home", str(tmp_path)]
        done = await asyncio.to_thread(CliRunner().invoke, commands, arguments, env=environment)
        return done.exit_code, done.output.splitlines()

    assert await run("usage", "check") == (0, ["The counters agree."])
    connection = await asyncpg.connect(urls.owner)
    await connection.execute("insert into usage_counter values ('spotvibe_evenements', '7', '2026-11', 3)")
    await connection.close()
    sentence = "The counter spotvibe_evenements, 7, 2026-11 says 3, its journal 0."
    for command in (("usage", "check"), ("doctor",)):
        status, lines = await run(*command)
        assert status == 1
        assert sentence in lines
