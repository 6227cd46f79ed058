"""Password rules (DECISIONS.md section 0, "Password rules"): at least 8 characters, not entirely numeric, not among
3,000 common passwords, not like the email or name; 128 characters are accepted and none is cut."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from core.accounts.errors import (
    PASSWORD_COMMON,
    PASSWORD_NUMERIC,
    PASSWORD_SIMILAR,
    PASSWORD_TOO_LONG,
    PASSWORD_TOO_SHORT,
)
from core.primitives.errors import FieldProblem

MIN_LENGTH = 8
MAX_LENGTH = 128
SIMILARITY = 0.7
"""From this share of the same characters on, a password is like a name."""


class PasswordRules:
    """Judges new passwords. `common` are passwords that are refused, in lower case."""

    def __init__(self, common: frozenset[str]) -> None:
        self._common = common

    def problems(self, field: str, password: str, about: Iterable[str | None] = ()) -> list[FieldProblem]:
        """Return every rule that a password breaks, as problems of `field`. `about` are the account's email,
        username and names."""
        found: list[FieldProblem] = []
        if len(password) < MIN_LENGTH:
            found.append(FieldProblem((field,), PASSWORD_TOO_SHORT, {"minimum": MIN_LENGTH}))
        if len(password) > MAX_LENGTH:
            # comparing a text of any length with names costs time that a stranger would choose
            found.append(FieldProblem((field,), PASSWORD_TOO_LONG, {"maximum": MAX_LENGTH}))
            return found
        folded = password.casefold()
        if password.isnumeric():
            found.append(FieldProblem((field,), PASSWORD_NUMERIC))
        if folded in self._common:
            found.append(FieldProblem((field,), PASSWORD_COMMON))
        if resembles_any(folded, telling_parts(about)):
            found.append(FieldProblem((field,), PASSWORD_SIMILAR))
        return found


def telling_parts(about: Iterable[str | None]) -> set[str]:
    """The texts that a password must not be like: the local part of an address, a name, and their words."""
    parts: set[str] = set()
    for text in about:
        if not text:
            continue
        whole = text.casefold()
        local = whole.partition("@")[0]
        parts |= {whole, local, *re.split(r"[\W_]+", local)}
    return {part for part in parts if len(part) >= 3}


def resembles_any(password: str, parts: set[str]) -> bool:
    """Whether a password is like one of some texts, or made of them. All in lower case.

    It is where a sequence of 70 % of both is the same (as in Django's UserAttributeSimilarityValidator, with the exact
    ratio instead of its upper bound, which takes any text of similar letters for the same), or where the texts cover
    70 % of it ("dupontjean99").
    """
    left = password
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    if password and len(password) - len(left) >= SIMILARITY * len(password):
        return True
    return any(_resembles(password, part) for part in parts)


def _resembles(password: str, text: str) -> bool:
    matcher = SequenceMatcher(a=password, b=text, autojunk=False)
    return matcher.real_quick_ratio() >= SIMILARITY and matcher.ratio() >= SIMILARITY
