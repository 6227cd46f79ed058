"""Phone numbers, kept as E.164."""

import phonenumbers


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
