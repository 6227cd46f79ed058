"""Phone numbers in the operators' forms (mobile-money.md section 6)."""

import re

_INTERNATIONAL = re.compile(r"[1-9][0-9]{9,14}\Z")
_BENIN = re.compile(r"22901[0-9]{8}\Z")
_BENIN_BEFORE_2024 = re.compile(r"229[0-9]{8}\Z")


def digits_of(number: str) -> str:
    """The digits of a number alone."""
    return "".join(each for each in number if each.isascii() and each.isdigit())


def is_international(digits: str, *, old_form: bool) -> bool:
    """Whether digits are a number with its country code. A Benin number has ten digits after 229, the first of them 01;
    its 8 digits of before 2024-11-30 are taken with `old_form` alone."""
    if not _INTERNATIONAL.match(digits):
        return False
    if digits.startswith("229"):
        return bool(_BENIN.match(digits)) or (old_form and bool(_BENIN_BEFORE_2024.match(digits)))
    return True
