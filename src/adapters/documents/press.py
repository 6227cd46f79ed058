"""The press: a process that prints. The compiler holds 30 MiB and more once it has worked (docs/adr/0016): here they
are not a web process's. How it takes orders: `adapters.documents.orders`; one is `{"template": path, "data": text}`.
"""

from pathlib import Path
from typing import Any

import typst

from adapters.documents.orders import serve

MAX_ORDERS = 500
"""After so many orders it ends, and a fresh one is started: what the compiler remembers is let go."""

_COMPILERS: dict[str, typst.Compiler] = {}


def main() -> None:
    """Print until the input ends."""
    serve(_print, most=MAX_ORDERS)


def _print(order: dict[str, Any]) -> tuple[bool, bytes]:
    template = order["template"]
    root = str(Path(template).parent)
    if root not in _COMPILERS:
        # fonts are those inside the compiler's package: a document looks the same on every machine
        _COMPILERS[root] = typst.Compiler(root=root, ignore_system_fonts=True)
    try:
        document = _COMPILERS[root].compile(input=template, format="pdf", sys_inputs={"data": order["data"]})
    except RuntimeError as fault:  # what the compiler raises, with and without a place in the template
        return True, str(getattr(fault, "diagnostic", fault)).encode()
    if not isinstance(document, bytes):
        return True, b"no document came of the template"
    return False, document


if __name__ == "__main__":
    main()
