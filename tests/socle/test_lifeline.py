"""Processes end with the server that started them."""

import os
import signal
import subprocess
import sys

import pytest

STUBBORN = """
import signal, time
from socle import lifeline
{}
lifeline.STOP_SECONDS = 0.5
lifeline.follow_parent()
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("prepare", "outcome"),
    [("", -signal.SIGTERM), ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", -signal.SIGKILL)],
    ids=["willing", "stubborn"],
)
def test_a_process_whose_server_is_gone_is_told_to_stop_then_killed(prepare: str, outcome: int) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command = [sys.executable, "-c", STUBBORN.format(prepare)]
    left = subprocess.run(command, env=os.environ | {"SOCLE_SERVER_PID": str(gone.pid)}, timeout=20, check=False)
    assert left.returncode == outcome
