"""Hostile bodies, and hostile values of their fields. Each case says whether it must be refused.

Sources: the project's measured list of what broke servers of this stack, RFC 8259, RFC 9110, RFC 9562, and Django REST
Framework's and msgspec's own bug lists.
"""

import base64
import gzip
import json
from typing import Any, NamedTuple


class Case(NamedTuple):
    """Bytes in one place of a request. `refused`: no operation that reads this place may answer 2xx."""

    name: str
    data: bytes
    refused: bool = True


DEEP_LIST = b"[" * 5000 + b"]" * 5000
DEEP_OBJECT = b'{"a":' * 5000 + b"1" + b"}" * 5000

TOKENS = [
    Case("nan", b"NaN"),
    Case("infinity", b"Infinity"),
    Case("minus-infinity", b"-Infinity"),
    Case("leading-zero", b"01"),
    Case("plus-sign", b"+1"),
    Case("bare-point", b".5"),
    Case("trailing-point", b"1."),
    Case("hexadecimal", b"0x10"),
    Case("underscore", b"1_0"),
    Case("arabic-digits-bare", "١٢".encode()),
    Case("undefined", b"undefined"),
    Case("single-quotes", b"'a'"),
    Case("bad-escape", rb'"\x41"'),
    Case("short-unicode-escape", rb'"\u12"'),
    Case("invalid-utf8", b'"\xff\xfe"'),
    Case("overlong-utf8", b'"\xc0\xaf"'),
    Case("utf8-surrogate", b'"\xed\xa0\x80"'),
    Case("raw-nul", b'"a\x00b"'),
    Case("raw-newline", b'"a\nb"'),
    Case("unterminated", b'"abc'),
    Case("deep-list", DEEP_LIST),
    Case("deep-object", DEEP_OBJECT),
    Case("unclosed-deep-list", b"[" * 100_000),
    Case("trailing-comma", b"[1,]"),
    Case("comment", b"/* 1 */ 1"),
]
"""What is no JSON value: refused wherever it stands, in an ignored field too."""

VALUES = [
    Case("huge-exponent", b"1E+999999999"),
    Case("float-overflow", b"1e400"),
    Case("ten-to-the-thirty", b"1" + b"0" * 30),
    Case("four-thousand-digits", b"9" * 4400),
    Case("negative", b"-1"),
    Case("true", b"true"),
    Case("escaped-nul", rb'"\u0000"'),
    Case("nul-inside", rb'"a\u0000b"'),
    Case("lone-high-surrogate", rb'"\ud800"'),
    Case("lone-low-surrogate", rb'"\udc00x"'),
    Case("reversed-surrogates", rb'"\udc00\ud800"'),
    Case("bell", rb'"a\u0007"'),
    Case("hundred-thousand-letters", b'"' + b"a" * 100_000 + b'"'),
    Case("operator-object", b'{"$gt":""}'),
    Case("nested-list", b"[[]]"),
    Case("list-of-nulls", b"[null,null]"),
]
"""JSON that no field of any request body accepts."""

FREE_VALUES = [
    Case("minus-zero", b"-0", refused=False),
    Case("minus-zero-point", b"-0.0", refused=False),
    Case("null", b"null", refused=False),
    Case("zero", b"0", refused=False),
    Case("one-point-zero", b"1.0", refused=False),
    Case("exponent", b"1e2", refused=False),
    Case("tiny", b"1e-400", refused=False),
    Case("empty-text", b'""', refused=False),
    Case("blank", b'"   "', refused=False),
    Case("empty-list", b"[]", refused=False),
    Case("empty-object", b"{}", refused=False),
    Case("arabic-digits", '"١٢"'.encode(), refused=False),
    Case("underscored-text", b'"1_0"', refused=False),
    Case("sql", b'"\'; drop table account; --"', refused=False),
    Case("format", b'"{0.__class__} {value} %s %n"', refused=False),
    Case("braces", b'"{}{"', refused=False),
    Case("right-to-left", rb'"\u202e"', refused=False),
    Case("line-separator", rb'"\u2028"', refused=False),
    Case("emoji", '"😀"'.encode(), refused=False),
    Case("combining", rb'"e\u0301"', refused=False),
    Case("like-wildcards", rb'"%_\\%"', refused=False),
    Case("delete-character", rb'"\u007f"', refused=False),
    Case("not-a-character", rb'"\uffff"', refused=False),
]
"""JSON that some fields accept: only no fault may come of it."""

NUMERIC_TEXTS = [
    Case("nan-text", b'"NaN"'),
    Case("signalling-nan-text", b'"sNaN"'),
    Case("infinity-text", b'"Infinity"'),
    Case("minus-infinity-text", b'"-Infinity"'),
    Case("huge-exponent-text", b'"1E+999999999"'),
    Case("tiny-exponent-text", b'"-1E-999999999999999999"'),
    Case("thirteen-digits-text", b'"1000000000000"'),
    Case("rounds-to-thirteen-digits", b'"999999999999.995"'),
    Case("negative-text", b'"-0.01"'),
    Case("comma-text", b'"1,5"'),
]
"""Texts that a number's field refuses."""


def raw_bodies(valid: bytes) -> list[Case]:
    """Bodies that are refused as a whole, some of them made of a valid one."""
    return [
        Case("truncated", valid[:-1]),
        Case("truncated-in-half", valid[: len(valid) // 2] or b"{"),
        Case("trailing-garbage", valid + b"x"),
        Case("two-documents", valid + valid),
        Case("json-lines", valid + b"\n" + valid),
        Case("utf8-bom", b"\xef\xbb\xbf" + valid),
        Case("utf16", valid.decode().encode("utf-16")),
        Case("utf16-be", valid.decode().encode("utf-16-be")),
        Case("utf32", valid.decode().encode("utf-32")),
        Case("gzip", gzip.compress(valid, mtime=0)),
        Case("base64", base64.b64encode(valid)),
        Case("nul-byte", b"\x00"),
        Case("nul-after", valid + b"\x00"),
        Case("spaces", b"   "),
        Case("null-body", b"null"),
        Case("list-body", b"[]"),
        Case("listed-body", b"[" + valid + b"]"),
        Case("text-body", b'"text"'),
        Case("number-body", b"1"),
        Case("true-body", b"true"),
        Case("nan-body", b"NaN"),
        Case("open-brace", b"{"),
        Case("close-brace", b"}"),
        Case("comma", b"{,}"),
        Case("no-value", b'{"a":}'),
        Case("no-colon", b'{"a" 1}'),
        Case("unquoted-key", b"{a: 1}"),
        Case("number-key", b"{1: 1}"),
        Case("invalid-utf8-key", b'{"\xff": 1}'),
        Case("form", b"a=1&b=2"),
        Case("xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        Case("deep-lists", DEEP_LIST),
        Case("deep-objects", b'{"a":' * 5000 + b"}" * 5000),
        Case("never-closed", b"[" * 200_000),
        Case("random", bytes(range(256))),
        Case("multipart", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'),
    ]


def with_ignored_field(valid: bytes, value: bytes) -> bytes:
    """A valid body with a field that no operation knows in front."""
    return b'{"__ignore":' + value + (b"," if valid != b"{}" else b"") + valid[1:]


def with_duplicate_key(valid: bytes) -> bytes:
    """A valid body whose first key stands twice, the first time with a wrong value."""
    fields: dict[str, Any] = json.loads(valid)
    if not fields:
        return b'{"a":1,"a":2}'
    return b"{" + json.dumps(next(iter(fields))).encode() + b":[1]," + valid[1:]
