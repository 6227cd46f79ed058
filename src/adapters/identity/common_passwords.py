"""The 3,000 common passwords that are refused (DECISIONS.md section 0, "Password rules")."""

from functools import cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

REFUSED = 3_000


@cache
def common_passwords() -> frozenset[str]:
    """The first 3,000 of zxcvbn's list, which is sorted by frequency, in lower case."""
    return frozenset(password.casefold() for password in FREQUENCY_LISTS["passwords"][:REFUSED])
