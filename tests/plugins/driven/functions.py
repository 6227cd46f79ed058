"""Every function that the portal serves, from the application's own route table, and a request for each that is about
nothing that exists: it tells who passes the gate, and changes nothing."""

import re
from typing import Any

from adapters.http.operations import Facts
from core.access.rules import Anyone
from tests.architecture.operations import Declared, declared
from tests.installation import Api

NOBODYS_ID = str(2**62)
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REFUSED = (401, 403)


def functions() -> list[Declared]:
    """The operations of the driven edition, by name. Those of plugins that come later are among them."""
    return sorted(declared("driven"), key=lambda operation: operation.name)


def open_to_all(function: Declared) -> bool:
    """Whether a function declares that it needs no token."""
    return isinstance(function.handler.opt["rule"], Anyone)


def path_of(function: Declared) -> str:
    """The path of a request for a function, about what does not exist."""
    assert isinstance(function.handler.opt["facts"], Facts)
    return re.sub(r"\{[^}]+\}", NOBODYS_ID, function.path)


async def ask(client: Api, function: Declared) -> int:
    """Ask for a function, with an empty body where it writes; return the status. No input gives a 500."""
    options: dict[str, Any] = {"json": {}} if function.method in WRITING else {}
    answer = await client.request(function.method, path_of(function), **options)
    client.cookies.clear()
    assert answer.status_code < 500, f"{function.name}: {answer.status_code} {answer.text}"
    return answer.status_code
