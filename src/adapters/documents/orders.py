"""How a child process that makes documents takes its orders: from its standard input, one after the other, the answers
to its standard output. It ends when nobody is there, when nothing was ordered for a while, or when it is tired.

An order is a length (4 bytes, big endian) and as many bytes of JSON. An answer is one byte, 0 for a document and 1 for
a fault, a length, and the document or what the fault says. Nothing else of Socle is imported, so that a child starts in
the time of an interpreter.
"""

import json
import select
import sys
from collections.abc import Callable
from typing import Any

IDLE_SECONDS = 60


def serve(perform: Callable[[dict[str, Any]], tuple[bool, bytes]], *, most: int) -> None:
    """Answer orders until the input ends, but `most` of them: then a fresh process is started, and what this one
    remembers is let go. `perform` returns whether it is a fault, and the document."""
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    for _ in range(most):
        ready, _, _ = select.select([orders], [], [], IDLE_SECONDS)
        size = orders.read(4) if ready else b""
        if len(size) < 4:
            return
        fault, document = perform(json.loads(orders.read(int.from_bytes(size, "big"))))
        answers.write(bytes([fault]) + len(document).to_bytes(4, "big") + document)
        answers.flush()
