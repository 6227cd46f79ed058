"""Reading answers: no bytes make a reader raise, or say what is not there; XML that attacks is refused."""

import time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateways.forms import plain_text, wire_number
from adapters.gateways.moov import mapping as moov_mapping
from adapters.gateways.moov.soap import read_result
from adapters.gateways.mtn import mapping as mtn_mapping
from adapters.gateways.orange import mapping as orange_mapping
from adapters.gateways.orange import payout
from adapters.gateways.reading import Fields, kept_code, parse_object
from adapters.gateways.redaction import clean_observation
from adapters.gateways.trouble import Trouble
from adapters.gateways.wire import MAX_ANSWER, Answer
from core.payments.gateway import Observation, OperationKind, Outcome, Reason, State, UnreadableCallback
from core.primitives.secret import Secret
from tests.adapters.gateways.stage import (
    OPERATION,
    Peer,
    callback,
    inquiry,
    moov,
    mtn,
    orange,
    refund_order,
    soap,
    xml_answer,
    xof,
)

_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_words = st.sampled_from(
    ["SUCCESSFUL", "SUCCESS", "SUCCESSFULL", "FAILED", "PENDING", "INITIATED", "EXPIRED", "200", 200, 0, "1204"]
)
_names = st.sampled_from(
    [
        "status",
        "amount",
        "currency",
        "externalId",
        "reason",
        "code",
        "data",
        "order_id",
        "txnid",
        "inittxnstatus",
        "payToken",
        "pay_token",
        "notif_token",
        "payment_url",
        "financialTransactionId",
        "message",
        "referenceId",
    ]
)
_values = st.recursive(
    _scalars | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names | st.text(max_size=5), inner, max_size=6),
    max_leaves=12,
)
_objects = st.dictionaries(_names, _values, max_size=10)
_bodies = st.binary(max_size=200) | _objects.map(msgspec.json.encode) | _values.map(msgspec.json.encode)
_statuses = st.sampled_from([200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 417, 422, 429, 500, 502, 503])
_kinds = st.sampled_from(["application/json", "application/problem+json", "", "text/html", "text/xml", "text/plain"])
_answers = st.builds(Answer, _statuses, _kinds, _bodies)

SUCCESSES = {"SUCCESSFUL", "SUCCESS", "SUCCESSFULL"}


def seen(read: Any) -> Any:
    """What a reader says, None where it cannot read."""
    try:
        return read()
    except Trouble:
        return None


def word(answer: Answer, *path: str) -> Any:
    """The status word of a body, read by another parser than the gateways'."""
    try:
        value = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, ValueError):
        return None
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value.strip() if isinstance(value, str) else None


@given(_answers)
def test_mtn_believes_only_its_words(answer: Answer) -> None:
    """Success and failure are said by exactly one status with exactly one word."""
    said = seen(lambda: mtn_mapping.observation(answer, asked=xof(500), sandbox=False))
    if said is not None and said.state is State.SUCCEEDED:
        assert (answer.status, word(answer, "status")) == (200, "SUCCESSFUL")
    if said is not None and said.state.final and said.state is not State.SUCCEEDED:
        assert (answer.status, word(answer, "status")) == (200, "FAILED")
    if said is not None and answer.body:
        assert "html" not in answer.media_type
    if said is not None and not said.found:
        assert (answer.status, said.state) == (404, State.UNKNOWN)
    submitted = seen(lambda: mtn_mapping.submission(answer))
    if submitted is not None and submitted.outcome is Outcome.ACCEPTED:
        assert answer.status in (202, 409) or word(answer, "code") == "RESOURCE_ALREADY_EXIST"
    if submitted is not None and submitted.outcome is Outcome.REJECTED:
        assert answer.status in (400, 401, 403, 404, 500)


@given(_answers)
def test_orange_believes_only_its_words(answer: Answer) -> None:
    """The same of Web Payment and of the payout contract."""
    said = seen(lambda: orange_mapping.observation(answer, order="a" * 26, stale=False))
    if said is not None and said.state.final:
        expected = {State.SUCCEEDED: "SUCCESS", State.FAILED: "FAILED", State.EXPIRED: "EXPIRED"}[said.state]
        assert answer.status in (200, 201)
        assert word(answer, "status") == expected
    submitted = seen(lambda: orange_mapping.submission(answer))
    if submitted is not None and submitted.outcome is Outcome.ACTION_REQUIRED:
        assert submitted.url.startswith("https://")
        assert set(submitted.handles) == {"pay_token", "notif_token"}
    paid = seen(lambda: payout.read_pay(answer, refund_order(), "T"))
    if paid is not None and paid.outcome is Outcome.ACCEPTED:
        assert answer.status == 200
    shown = seen(lambda: payout.read_status(answer, inquiry(OperationKind.REFUND), "T"))
    if shown is not None and shown.state is State.SUCCEEDED:
        assert answer.status == 200
        assert word(answer, "data", "status") in SUCCESSES
    seen(lambda: payout.read_init(answer))


_xml_bodies = st.binary(max_size=200) | st.builds(
    lambda fields, inner, prefix: soap(fields, inner=inner, prefix=prefix),
    st.dictionaries(
        st.sampled_from(["status", "transid", "referenceid", "transactionid", "description", "message", "statuscode"]),
        st.sampled_from(["0", "00", "-0", "+0", " 0", "100", "92", "95", "0.0", "0x0", "", "pending", "٠", "99999999"]),
    ),
    st.sampled_from(["result", "return", "response", "fault", "Fault", "status"]),
    st.sampled_from(["ns2", "soap", "x"]),
)


@given(_xml_bodies, _statuses, st.sampled_from(["text/xml", "application/soap+xml", "text/html", "application/json"]))
def test_moov_believes_only_its_numbers(body: bytes, status: int, kind: str) -> None:
    """Success is a zero in one result of an envelope with HTTP 200, said to be XML."""
    answer = Answer(status, kind, body)
    fields = seen(lambda: read_result(answer))
    if fields is None:
        return
    assert (status, kind in ("text/xml", "application/soap+xml")) == (200, True)
    said = seen(lambda: moov_mapping.lookup_observation(fields))
    if said is not None and said.state is State.SUCCEEDED:
        assert fields["status"].lstrip("-0") == ""
    for read in (moov_mapping.push_submission, moov_mapping.transfer_submission):
        submitted = seen(lambda read=read: read(fields, OPERATION))
        if submitted is not None and submitted.observation and submitted.observation.state is State.SUCCEEDED:
            assert fields["status"].lstrip("-0") == ""


@given(st.binary(max_size=300) | _objects.map(msgspec.json.encode))
def test_no_callback_makes_a_reader_fall_over(body: bytes) -> None:
    """Read, or refused as unreadable; never authentic."""
    for gateway in (mtn(Peer()), orange(Peer()), moov(Peer())):
        try:
            reading = gateway.read_callback(callback(body))
        except UnreadableCallback:
            continue
        assert not reading.authentic


DEEP = [b"[" * 100_000, b'{"a":' * 50_000, b"[" * 100_000 + b"]" * 100_000]


@pytest.mark.parametrize(
    "body", [*DEEP, b'{"a":"\xff"}', b"\xff\xfe{\x00}\x00", b'{"a":1e99999999999999999999}', b"{}x"]
)
def test_json_that_cannot_be_read(body: bytes) -> None:
    """Depth, encodings and numbers beyond all measure are no object."""
    assert parse_object(body) is None


@pytest.mark.parametrize("number", ["1e-999999999", "1e999999", "-1e999999", "1" + "0" * 400, "1e400"])
def test_numbers_beyond_measure_are_left_out(number: str) -> None:
    """And cost no memory."""
    fields = parse_object(b'{"amount":' + number.encode() + b"}")
    assert fields is None or (fields.amount("amount"), fields.scalar("amount")) == (None, "")


def test_fields_of_other_types_are_empty() -> None:
    """A text is a text, an object an object."""
    fields = Fields({"a": 1, "b": [], "c": None, "d": True, "e": "x" * 257, "f": {"g": " h "}})
    assert [fields.text(name) for name in "abcdez"] == [""] * 6
    assert Fields({"a": "x\0y"}).text("a") == ""
    assert [fields.scalar(name) for name in "abcdz"] == ["1", "", "", "", ""]
    assert fields.object("f").text("g") == "h"
    assert fields.object("a").text("g") == ""


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (97 + n, b"&%c;" % (96 + n) * 10) for n in range(1, 10))
    + b"]>"
    + soap({"status": "&j;"}).split(b"?>", 1)[1]
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    + soap({"status": "&x;"}).split(b"?>", 1)[1]
)
ATTACKS = {
    "billion laughs": LAUGHS,
    "external entity": EXTERNAL,
    "external DTD": b'<!DOCTYPE l SYSTEM "http://127.0.0.1:1/x.dtd">' + soap({"status": 0}).split(b"?>", 1)[1],
    "doctype in UTF-16": LAUGHS.decode().replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"),
    "undeclared entity": soap({"status": "&x;"}),
    "deep": b"<a>" * 60_000 + b"</a>" * 60_000,
    "long and cut off": soap({"status": 0, "description": "x" * (MAX_ANSWER - 2_000)}).replace(b"</result>", b""),
    "many attributes": b"<a " + b" ".join(b'x%d="1"' % n for n in range(20_000)) + b"/>",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_xml_that_attacks_is_refused_at_once(name: str) -> None:
    """Nothing is expanded, fetched, or taken for an answer."""
    started = time.monotonic()
    with pytest.raises(Trouble):
        read_result(Answer(200, "text/xml", ATTACKS[name]))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_unknown(name: str) -> None:
    """Through the whole gateway."""
    gateway = moov(Peer({"/UssdPush": xml_answer(ATTACKS[name])}))
    said = await gateway.lookup(inquiry())
    await gateway.close()
    assert said.state is State.UNKNOWN


def test_doctypes_are_refused_before_a_parser_sees_them() -> None:
    """Even a harmless one."""
    body = b"<!DOCTYPE Envelope>" + soap({"status": 0}).split(b"?>", 1)[1]
    with pytest.raises(Trouble, match="DOCTYPE"):
        read_result(Answer(200, "text/xml", body))


PLAIN = soap({"status": 0, "description": "Payé"}).decode()


@pytest.mark.parametrize(
    "body",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        # declared as UTF-16, and not
        PLAIN.replace("UTF-8", "utf-16").encode(),
        PLAIN.replace("UTF-8", "utf-16").encode("utf-16"),
        PLAIN.replace("UTF-8", "utf-16").encode("utf-16-le"),
        PLAIN.replace("UTF-8", "utf-16").encode("utf-16-be"),
        PLAIN.replace("UTF-8", "ISO-8859-1").encode("iso-8859-1"),
        PLAIN.split("?>", 1)[1].encode(),
    ],
)
def test_encodings_are_seen_not_believed(body: bytes) -> None:
    """Samples declare UTF-16 for what is UTF-8 (section 4A.1)."""
    assert read_result(Answer(200, "text/xml", body)) == {"status": "0", "description": "Payé"}


def test_an_encoding_that_nobody_declared() -> None:
    """Latin letters without a word about it."""
    with pytest.raises(Trouble, match="encoding"):
        read_result(Answer(200, "text/xml", PLAIN.encode("iso-8859-1")))


@pytest.mark.parametrize("inner", ["result", "return", "response"])
@pytest.mark.parametrize("namespace", ["http://api.merchant.tlc.com/", "http://tlc.com.ph/"])
@pytest.mark.parametrize("prefix", ["", "ns2:"])
def test_results_are_found_by_local_names(inner: str, namespace: str, prefix: str) -> None:
    """Prefixes, namespaces and wrappers vary (section 4A.3)."""
    declared = f'xmlns{":" if prefix else ""}{prefix.rstrip(":")}="{namespace}"'
    body = (
        '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>'
        f"<{prefix}PushResponse {declared}><{prefix}{inner}><{prefix}status>0</{prefix}status><!-- x -->"
        f"<{prefix}transid>7</{prefix}transid></{prefix}{inner}></{prefix}PushResponse></S:Body></S:Envelope>"
    )
    assert read_result(Answer(200, "application/soap+xml", body.encode())) == {"status": "0", "transid": "7"}


FAULT = (
    b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault><faultcode>soap:Server'
    b"</faultcode><faultstring>For input string</faultstring><detail><result><status>0</status></result></detail>"
    b"</S:Fault></S:Body></S:Envelope>"
)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(500, "text/xml", FAULT), "SOAP fault"),
        (Answer(200, "text/xml", FAULT), "SOAP fault"),
        (Answer(500, "text/xml", soap({"status": 0})), "HTTP 500"),
        (Answer(502, "text/html", b"<html>"), "HTTP 502, unreadable"),
        (Answer(200, "text/html", soap({"status": 0})), "HTTP 200, unreadable"),
        (Answer(200, "application/json", b'{"status":0}'), "HTTP 200, unreadable"),
        (Answer(200, "text/xml", b""), "HTTP 200, unreadable"),
        (Answer(200, "text/xml", b"<result><status>0</status></result>"), "HTTP 200, unreadable"),
        (Answer(200, "text/xml", soap({"statuscode": 0})), "not one result in the answer"),
        (Answer(200, "text/xml", soap({"status": "0</status><status>95"})), "a field twice in the answer"),
        (
            Answer(200, "text/xml", soap({"status": "0</status></result><result><status>95"})),
            "not one result in the answer",
        ),
    ],
)
def test_what_is_no_result(answer: Answer, code: str) -> None:
    """A fault comes before any status; two results are none."""
    with pytest.raises(Trouble) as caught:
        read_result(answer)
    assert caught.value.code == code


@given(st.text(), st.integers(1, 40))
def test_texts_become_plain(text: str, longest: int) -> None:
    """Never empty, never longer, never anything but the operators' alphabet."""
    plain = plain_text(text, longest)
    assert 0 < len(plain) <= longest
    assert all(each.isascii() and (each.isalnum() or each in " .-") for each in plain)


def test_accents_fall_away() -> None:
    """Letters stay letters."""
    assert plain_text("Cœur d’été – façade nº7", 60) == "Coeur d ete facade no7"


@pytest.mark.parametrize(
    ("number", "form", "written"),
    [
        ("+2290197000000", "e164", "+2290197000000"),
        ("+2290197000000", "digits", "2290197000000"),
        ("+2290197000000", "old_digits", "22997000000"),
        ("+22890000000", "old_digits", "22890000000"),
        ("+237670000000", "national", "670000000"),
        ("+2250700000000", "national", "0700000000"),
        ("+999123456", "national", "999123456"),
    ],
)
def test_numbers_forms(number: str, form: Any, written: str) -> None:
    """Section 6."""
    assert wire_number(number, form) == written


def test_codes_are_fit_to_be_kept() -> None:
    """One line, no control characters, bounded, without secrets, not even half of one."""
    assert kept_code("a\r\n\x1b[31mb\u2028c" + " d" * 200, []).startswith("a [31mb c d")
    assert len(kept_code("x" * 5_000, [])) == 96
    assert kept_code("key=abcdef; pin=12", [Secret("abcdef"), Secret("12"), None]) == "key=***; pin=12"
    for before in range(120):
        assert "abc" not in kept_code("x" * before + "abcdef", [Secret("abcdef")])
    echoed = Observation(state=State.FAILED, reason=Reason.UNSPECIFIED, code="bad abcdef")
    assert clean_observation(echoed, [Secret("abcdef")]).code == "bad ***"


def test_the_sandbox_conversion_is_exact() -> None:
    """There and back for every amount of whole units."""
    for amount in (1, 7, 99, 100, 12_345, 999_999_999):
        wire = mtn_mapping.to_wire(xof(amount), sandbox=True)
        back = mtn_mapping.from_wire(Decimal(str(wire.amount)), "EUR", asked=xof(amount), sandbox=True)
        assert back.same(xof(amount))
