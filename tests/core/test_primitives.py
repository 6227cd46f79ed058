"""Ids, amounts, phone numbers, email addresses, languages, secrets."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.primitives.amounts import MAX_INTEGER_DIGITS, fits_amount, round_amount
from core.primitives.email import normalise_email
from core.primitives.ids import MAX_INTEGER_ID, new_id, parse_integer_id, parse_uuid
from core.primitives.locale import Locale, Text, negotiate
from core.primitives.phone import normalise_phone
from core.primitives.secret import Secret


def test_ids_are_uuids_of_version_7() -> None:
    made = new_id()
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_ids_ascend_within_a_thread() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_ascend_across_threads() -> None:
    def make(_: int) -> list[uuid.UUID]:
        return [new_id() for _ in range(2_000)]

    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(make, range(16)))
    assert all(batch == sorted(batch) for batch in batches)
    assert len({key for batch in batches for key in batch}) == 32_000


@given(st.uuids())
def test_a_canonical_uuid_is_read(key: uuid.UUID) -> None:
    assert parse_uuid(str(key)) == key
    assert parse_uuid(str(key).upper()) == key


@given(st.uuids())
def test_other_forms_of_a_uuid_are_not(key: uuid.UUID) -> None:
    for text in (key.hex, key.urn, f"{{{key}}}", f" {key}", f"{key} ", f"{key}\n", str(key).replace("-", "_"), ""):
        assert parse_uuid(text) is None


@given(st.text())
def test_what_is_read_as_a_uuid_is_one(text: str) -> None:
    found = parse_uuid(text)
    assert found is None or str(found) == text.lower()


@given(st.integers(0, MAX_INTEGER_ID))
def test_an_integer_id_is_read(key: int) -> None:
    assert parse_integer_id(str(key)) == key


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "01", "00", "1_0", "1.0", "1e3", " 1", "1 ", "1\n", "0x1", "١", "１", "²", str(2**63), "9" * 40],
)
def test_other_integers_are_not(text: str) -> None:
    assert parse_integer_id(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_amounts_round_half_up(amount: Decimal) -> None:
    if fits_amount(amount):
        assert round_amount(amount) == amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        assert abs(round_amount(amount)) < 10**MAX_INTEGER_DIGITS


@given(st.decimals())
def test_every_decimal_either_fits_or_not(amount: Decimal) -> None:
    if fits_amount(amount):
        round_amount(amount)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("0", True),
        ("-0", True),
        ("999999999999.99", True),
        ("999999999999.994", True),
        ("999999999999.995", False),
        ("1000000000000", False),
        ("1E+11", True),
        ("1E+12", False),
        ("1E+999999999", False),
        ("1E-999999999", True),
        ("NaN", False),
        ("sNaN", False),
        ("Infinity", False),
        ("-Infinity", False),
        ("-1000000000000", False),
    ],
)
def test_amounts_have_twelve_integer_digits(text: str, fits: bool) -> None:
    assert fits_amount(Decimal(text)) is fits


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+2290197000000", "+2290197000000"),
        ("+22997000000", "+2290197000000"),
        ("97000000", "+2290197000000"),
        ("0197000000", "+2290197000000"),
        ("01 97 00 00 00", "+2290197000000"),
        ("00229 97 00 00 00", "+2290197000000"),
        ("+33 7 98 76 54 32", "+33798765432"),
        ("+225 07 00 00 00 00", "+2250700000000"),
    ],
)
def test_a_phone_number_is_kept_as_e164(text: str, number: str) -> None:
    assert normalise_phone(text, "BJ") == number
    assert normalise_phone(number, "BJ") == number


@pytest.mark.parametrize(
    "text",
    ["", "12", "abc", "+", "+999123456", "+229", "+2290197000000 ext. 5", "+22901970000001234", "٩٧٠٠٠٠٠٠", "9" * 33],
)
def test_what_cannot_be_a_phone_number(text: str) -> None:
    assert normalise_phone(text, "BJ") is None


@given(st.text(max_size=40))
def test_any_text_is_a_phone_number_or_not(text: str) -> None:
    found = normalise_phone(text, "BJ")
    assert found is None or (found.startswith("+") and found[1:].isascii() and found[1:].isdigit())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a@b.co", "a@b.co"),
        ("  Jean.Dupont@Example.COM \n", "jean.dupont@example.com"),
        ("o'neil+tag@sub.example.bj", "o'neil+tag@sub.example.bj"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_an_email_address_is_folded(text: str, address: str) -> None:
    assert normalise_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b.co",
        "a@",
        "a@b",
        "a b@c.co",
        "a@b..co",
        "a..b@c.co",
        ".a@b.co",
        "a@-b.co",
        "a@b-.co",
        "a@b.co\nBcc: x@y.co",
        "a@b.co,x@y.co",
        "<a@b.co>",
        "a@[127.0.0.1]",
        "é@b.co",
        "a@é.co",
        "a" * 65 + "@b.co",
        "a@" + "b." * 130 + "co",
        "a\0@b.co",
    ],
)
def test_what_is_no_email_address(text: str) -> None:
    assert normalise_email(text) is None


@given(st.text())
def test_a_folded_address_stays_as_it_is(text: str) -> None:
    found = normalise_email(text)
    assert found is None or normalise_email(found) == found


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        ("", Locale.FR),
        ("en", Locale.EN),
        ("EN-us", Locale.EN),
        ("en-GB,en;q=0.9,fr;q=0.8", Locale.EN),
        ("fr,en", Locale.FR),
        ("en,fr", Locale.FR),
        ("en;q=0.5,fr;q=0.6", Locale.FR),
        ("de,en;q=0.3", Locale.EN),
        ("de", Locale.FR),
        ("*", Locale.FR),
        ("en;q=0", Locale.FR),
        ("en;q=nan", Locale.FR),
        ("en;q=x", Locale.FR),
        ("en;q=", Locale.FR),
        (";;;", Locale.FR),
        ("english", Locale.FR),
        ("xx," * 30 + "en", Locale.FR),
    ],
)
def test_the_language_is_negotiated(header: str, locale: Locale) -> None:
    assert negotiate(header) is locale


@given(st.text())
def test_any_header_gives_a_language(header: str) -> None:
    assert negotiate(header) in Locale


def test_a_text_is_said_in_both_languages() -> None:
    text = Text(fr="Oui", en="Yes")
    assert (text.in_(Locale.FR), text.in_(Locale.EN)) == ("Oui", "Yes")


def test_a_secret_shows_itself_to_who_asks_alone() -> None:
    secret = Secret("s3cret")
    assert "s3cret" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "s3cret"
    assert secret == Secret("s3cret")
    assert secret != Secret("other")
    assert secret != "s3cret"
    assert len({secret, Secret("s3cret")}) == 1
