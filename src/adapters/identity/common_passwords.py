"""The 3,000 common passwords that are refused (DECISIONS.md section 0, "Password rules")."""

from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

REFUSED = 3_000
LISTS = "zxcvbn.frequency_lists"


@cache
def common_passwords() -> frozenset[str]:
    """The first 3,000 of zxcvbn's list, which is sorted by frequency, in lower case.

    Its module holds 90,000 words, 13 MiB of every process: it is read beside the imported ones, and let go once these
    are taken. Its package, which would rank all words, is not imported.
    """
    package, _, name = LISTS.partition(".")
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{package} is not installed", name=package)
    loader = SourceFileLoader(LISTS, str(Path(found.origin).with_name(f"{name}.py")))
    lists = ModuleType(LISTS)
    loader.exec_module(lists)
    words: list[str] = lists.FREQUENCY_LISTS["passwords"][:REFUSED]
    return frozenset(word.casefold() for word in words)
