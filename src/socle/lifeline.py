"""What ties the processes of a server to the one that started them. It imports nothing of the house: the operator
simulator, which has nothing to compose, follows its parent too."""

import os
import signal
import threading
import time

PARENT = "SOCLE_SERVER_PID"
STOP_SECONDS = 15
"""How long a process may take to end once it is told to; then it is killed."""


def follow_parent() -> None:
    """End this process soon after the server that started it is gone, even where that was killed without a word: it is
    told to stop, as the server would have told it, and killed where it does not in time."""
    expected = int(os.environ.get(PARENT, "0"))
    if not expected:
        return

    def watch() -> None:
        # A dead parent that nobody has waited for keeps its entry in /proc, but no children.
        while os.getppid() == expected:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="follow-parent", daemon=True).start()
