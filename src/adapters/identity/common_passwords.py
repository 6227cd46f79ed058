"""The 3,000 common passwords that are refused (DECISIONS.md section 0, "Password rules")."""

import sys
from functools import cache
from importlib import import_module

REFUSED = 3_000
LISTS = "zxcvbn.frequency_lists"


@cache
def common_passwords() -> frozenset[str]:
    """The first 3,000 of zxcvbn's list, which is sorted by frequency, in lower case.

    Its module holds 90,000 words, 13 MiB of every process; it is let go once these are taken.
    """
    words: list[str] = import_module(LISTS).FREQUENCY_LISTS["passwords"][:REFUSED]
    common = frozenset(word.casefold() for word in words)
    del sys.modules[LISTS]
    return common
