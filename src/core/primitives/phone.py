"""Phone numbers, kept as E.164."""

import re
from collections.abc import Collection

import phonenumbers

_SEPARATORS = re.compile(r"[-. ]")


def normalise_phone(text: str, region: str) -> str | None:
    """Return a phone number as E.164 ("+2290197000000"), or None where it cannot be one.

    `region` (ISO 3166, "BJ") reads numbers without a country code. A Benin number of 8 digits gets `01` in front,
    as the country's plan of 2024-11-30 has it (DECISIONS.md section 2).
    """
    if len(text) > 32 or not text.isascii():
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code == 229 and len(national) == 8:
        number = phonenumbers.parse(f"+22901{national}")
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def compact_phone(text: str) -> str:
    """Return a number as it is compared in lists: without spaces, dots and dashes (DECISIONS.md section 3)."""
    return _SEPARATORS.sub("", text)


def phone_forms(text: str, region: str) -> tuple[str, ...]:
    """Return the ways in which a phone number may have been written down, compact: as it is given, with its country
    code ("+229…", "229…", "00229…"), and within `region` without it; for Benin also with the 8 digits of before
    2024-11-30. What cannot be a number has only the form that it is given in."""
    given = compact_phone(text)
    normal = normalise_phone(given, region) or normalise_phone("+" + given.removeprefix("00"), region)
    if normal is None:
        return (given,)
    number = phonenumbers.parse(normal)
    code = number.country_code
    significant = phonenumbers.national_significant_number(number)
    endings = [significant, significant.removeprefix("01")] if code == 229 else [significant]
    forms = [f"{prefix}{code}{each}" for each in endings for prefix in ("+", "", "00")]
    if code == phonenumbers.country_code_for_region(region):
        with_trunk = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
        forms += [*endings, re.sub("[^0-9]", "", with_trunk)]
    return tuple(dict.fromkeys([given, *forms]))


def is_of(number: str, regions: Collection[str]) -> bool:
    """Whether an E.164 number has the country code of one of these countries (ISO 3166)."""
    code = phonenumbers.parse(number).country_code
    return any(phonenumbers.country_code_for_region(region) == code for region in regions)
