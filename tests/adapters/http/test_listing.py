"""Reading lists' query strings, and numbered pages."""

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.dialect import Asked
from adapters.http.listing import page_url, query_pairs, read_list_query
from adapters.http.pagination import ArrayPages, NumberedPages
from core.primitives.errors import DomainError, Kind
from core.primitives.page import Comparison, Filter, FilterKind, Listing, Order, Page
from plugins.ekigega.wire import DIALECT

LISTING = Listing(
    filters=(
        Filter("type", choices=("client", "fournisseur")),
        Filter("categorie", FilterKind.EXACT_FOLDED),
        Filter("user", FilterKind.ID),
        Filter("actif", FilterKind.BOOLEAN),
        Filter("date_range", FilterKind.DAYS),
        Filter("etape", FilterKind.CHOICE, choices=("négociation", "conclusion")),
        Filter("nombre", FilterKind.INTEGER),
        Filter("prix_min", FilterKind.DECIMAL, "prix", comparison=Comparison.AT_LEAST),
        Filter("jour_apres", FilterKind.DAY, "jour", comparison=Comparison.AT_LEAST),
    ),
    search=("nom",),
    ordering=("id", "nom", "prix"),
)
KEY = "01935d0e-0000-7000-8000-000000000001"


def read(query: str, listing: Listing = LISTING) -> Any:
    """Read a query string."""
    return read_list_query(listing, query_pairs(query.encode()), DIALECT)


def problems(query: str) -> dict[Any, str]:
    """The code of every problem by its parameter."""
    with pytest.raises(DomainError) as caught:
        read(query)
    assert caught.value.kind is Kind.INVALID
    return {problem.path[0]: problem.message.code for problem in caught.value.problems}


def test_filters_are_read_by_their_kind() -> None:
    found = read(f"type=client&categorie=Divers&user={KEY}&actif=TRUE&date_range=2026-01-01,%202026-01-31")
    assert dict(found.filters) == {
        "type": "client",
        "categorie": "Divers",
        "user": UUID(KEY),
        "actif": True,
        "date_range": (date(2026, 1, 1), date(2026, 1, 31)),
    }


def test_empty_and_unknown_parameters_are_ignored() -> None:
    found = read("type=&user=&nothing=1&search=")
    assert found.filters == ()
    assert found.search == ""


def test_every_unreadable_filter_is_told_at_once() -> None:
    assert problems("type=x&user=x&actif=x&date_range=x&search=" + "a" * 201) == {
        "type": "not_choice",
        "user": "not_uuid",
        "actif": "not_boolean",
        "date_range": "days_expected",
        "search": "too_long",
    }
    assert problems("categorie=a%00&search=%00")["categorie"] == "forbidden_character"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-01-01,",
        ",2026-01-01",
        "2026-02-30,2026-03-01",
        "20260101,20260102",
        "a,b",
        "0001-01-01,0001-01-02",
        "9999-12-31,9999-12-31",
        "2026-W01-1,2026-W01-2",
        "2026-01-01,2026-01-02,2026-01-03",
    ],
)
def test_other_days_are_refused(text: str) -> None:
    if text:
        assert problems(f"date_range={text}") == {"date_range": "days_expected"}


def test_days_in_the_wrong_order_are_refused() -> None:
    assert problems("date_range=2026-01-02,2026-01-01") == {"date_range": "days_reversed"}


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("nom", [Order("nom")]),
        ("-nom,prix", [Order("nom", descending=True), Order("prix")]),
        ("nom,-nom", [Order("nom")]),
        ("__class__,nom", [Order("nom")]),
        ("--nom", []),
        ("- nom", []),
        (" nom , -prix ", [Order("nom"), Order("prix", descending=True)]),
        ("", []),
        ("x," * 8 + "nom", []),
    ],
)
def test_orders(text: str, orders: list[Order]) -> None:
    assert list(read(f"ordering={text}").ordering) == orders


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("etape=conclusion", "conclusion"),
        ("etape=N%C3%89GOCIATION", "négociation"),
        ("nombre=007", 7),
        ("nombre=-3", -3),
        (f"nombre={2**63 - 1}", 2**63 - 1),
        ("prix_min=12.5", Decimal("12.5")),
        ("prix_min=-0.001", Decimal("-0.001")),
        ("jour_apres=2026-01-31", date(2026, 1, 31)),
        ("jour_apres=2026-01-31T10:00", datetime(2026, 1, 31, 10, 0)),  # noqa: DTZ001 - the store gives it its zone
        ("jour_apres=2026-01-31T10:00:00.5Z", datetime(2026, 1, 31, 10, 0, 0, 500_000, UTC)),
        ("jour_apres=2026-01-31T11:00:00%2B01:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_choices_numbers_days_and_moments_are_read(query: str, value: Any) -> None:
    assert [found for _, found in read(query).filters] == [value]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("etape=negociation", "not_choice"),
        ("etape=%00", "not_choice"),
        ("nombre=1.0", "not_integer"),
        ("nombre=%D9%A1", "not_integer"),
        ("nombre=1e3", "not_integer"),
        (f"nombre={2**63}", "too_large"),
        (f"nombre=-{2**63}", "too_small"),
        ("nombre=" + "9" * 5000, "not_integer"),
        ("prix_min=NaN", "not_number"),
        ("prix_min=Infinity", "not_number"),
        ("prix_min=1e3", "not_number"),
        ("prix_min=1,5", "not_number"),
        ("prix_min=" + "9" * 25, "too_many_digits"),
        ("jour_apres=31/01/2026", "day_expected"),
        ("jour_apres=2026-02-30", "day_expected"),
        ("jour_apres=2026-01-31T25:00", "day_expected"),
        ("jour_apres=2026-01-31T10", "day_expected"),
        ("jour_apres=9999-12-31T23:59:59Z", "day_expected"),
        ("jour_apres=2026-W05-6", "day_expected"),
    ],
)
def test_other_choices_numbers_days_and_moments_are_refused(query: str, code: str) -> None:
    assert problems(query) == {query.partition("=")[0]: code}


def test_without_search_fields_search_is_ignored() -> None:
    assert read("search=x", Listing()).search == ""


def test_the_first_of_two_values_counts() -> None:
    assert dict(read("type=client&type=fournisseur").filters) == {"type": "client"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (1, 20)),
        ({"page": "2"}, (2, 20)),
        ({"page": "007"}, (7, 20)),
        ({"page_size": "5"}, (1, 5)),
        ({"page_size": "100"}, (1, 100)),
        ({"page_size": "101"}, (1, 100)),
        ({"page_size": "9" * 40}, (1, 100)),
        ({"page_size": "0"}, (1, 20)),
        ({"page_size": "-1"}, (1, 20)),
        ({"page_size": "x"}, (1, 20)),
        ({"page_size": "١"}, (1, 20)),
        ({"page_size": "5\n"}, (1, 20)),
    ],
)
def test_pages_are_read(query: dict[str, str], expected: tuple[int, int]) -> None:
    assert NumberedPages().read(query) == Asked(*expected)


@pytest.mark.parametrize("page", ["0", "-1", "", "x", "1.0", "1e1", "١", "１", "1_0", "+1", " 1", "1\n", "9" * 10])
def test_other_pages_do_not_exist(page: str) -> None:
    with pytest.raises(DomainError) as caught:
        NumberedPages().read({"page": page})
    assert caught.value.kind is Kind.MISSING


def test_a_page_past_the_end_does_not_exist() -> None:
    pages = NumberedPages()
    pages.check(Page(0, []), 1, 20)
    pages.check(Page(21, [1]), 2, 20)
    for count, number in ((0, 2), (20, 2), (40, 3)):
        with pytest.raises(DomainError):
            pages.check(Page(count, []), number, 20)


def test_pages_name_their_neighbours() -> None:
    pages = NumberedPages()
    middle = pages.write(Page(3, ["b"]), 2, 1, str)
    assert (middle.count, middle.next, middle.previous, middle.results) == (3, "3", "1", ["b"])
    assert pages.write(Page(2, ["a", "b"]), 1, 2, str).next is None
    assert pages.write(Page(0, []), 1, 20, str).previous is None


def test_a_neighbours_address_keeps_the_other_parameters() -> None:
    pairs = query_pairs(b"search=caf%C3%A9&page=2&type=a&type=b&page_size=5")
    assert page_url("http://x", "/api/a/", pairs, 3) == (
        "http://x/api/a/?search=caf%C3%A9&type=a&type=b&page_size=5&page=3"
    )


@given(st.binary(max_size=300))
def test_any_query_is_read_or_refused(query: bytes) -> None:
    with suppress(DomainError):
        assert read_list_query(LISTING, query_pairs(query), DIALECT).page >= 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, Asked(1, 100, 0)),
        ({"limit": "3", "offset": "7"}, Asked(1, 3, 7)),
        ({"limit": "501"}, Asked(1, 500, 0)),
        ({"limit": "0"}, Asked(1, 100, 0)),
        ({"limit": "-1", "offset": "-1"}, Asked(1, 100, 0)),
        ({"limit": "x", "offset": "1e3"}, Asked(1, 100, 0)),
    ],
)
def test_arrays_are_cut_by_limit_and_offset(query: dict[str, str], expected: Asked) -> None:
    pages = ArrayPages()
    assert pages.read(query) == expected
    page = Page(9, ["a", "b"])
    assert pages.write(page, 1, 2, str) == ["a", "b"]
    assert pages.headers(page) == {"x-total-count": "9"}
    read = read_list_query(LISTING, list(query.items()), DIALECT, pages)
    assert (read.page_size, read.offset) == (expected.size, expected.start)
