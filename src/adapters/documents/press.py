"""The press: a process that prints. It reads orders from its standard input and writes documents to its standard
output, one after the other, and ends when nobody is there or nothing was ordered for a while.

The compiler holds 30 MiB and more once it has worked (docs/adr/0016): here they are not a web process's. Nothing of
Socle is imported, so that it starts in the time of an interpreter.

An order is a length (4 bytes, big endian) and as many bytes of JSON: `{"template": path, "data": text}`. An answer is
one byte, 0 for a document and 1 for a fault, a length, and the PDF or what the compiler says.
"""

import json
import select
import sys
from pathlib import Path

import typst

IDLE_SECONDS = 60
MAX_ORDERS = 500
"""After so many orders it ends, and a fresh one is started: what the compiler remembers is let go."""


def main() -> None:
    """Print until the input ends."""
    orders, answers = sys.stdin.buffer, sys.stdout.buffer
    compilers: dict[str, typst.Compiler] = {}
    for _ in range(MAX_ORDERS):
        ready, _, _ = select.select([orders], [], [], IDLE_SECONDS)
        size = orders.read(4) if ready else b""
        if len(size) < 4:
            return
        order = json.loads(orders.read(int.from_bytes(size, "big")))
        fault, document = _print(compilers, order["template"], order["data"])
        answers.write(bytes([fault]) + len(document).to_bytes(4, "big") + document)
        answers.flush()


def _print(compilers: dict[str, typst.Compiler], template: str, data: str) -> tuple[bool, bytes]:
    root = str(Path(template).parent)
    if root not in compilers:
        # fonts are those inside the compiler's package: a document looks the same on every machine
        compilers[root] = typst.Compiler(root=root, ignore_system_fonts=True)
    try:
        document = compilers[root].compile(input=template, format="pdf", sys_inputs={"data": data})
    except RuntimeError as fault:  # what the compiler raises, with and without a place in the template
        return True, str(getattr(fault, "diagnostic", fault)).encode()
    if not isinstance(document, bytes):
        return True, b"no document came of the template"
    return False, document


if __name__ == "__main__":
    main()
