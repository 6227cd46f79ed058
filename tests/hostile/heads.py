"""Hostile heads of requests: path ids, queries, tokens, content types, headers, methods."""

import base64
import json
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.hostile.bodies import Case

Pair = tuple[bytes, bytes]


class HeaderCase(NamedTuple):
    """Headers that take the place of those in `without`, or stand beside the others."""

    name: str
    without: tuple[bytes, ...]
    pairs: tuple[Pair, ...]


def keys(valid: str) -> list[Case]:
    """Path ids that name nothing: 404, or 400 where the path itself cannot be read."""
    texts = {
        "braces": "%7B" + valid + "%7D",
        "urn": f"urn:uuid:{valid}",
        "no-dashes": valid.replace("-", ""),
        "misplaced-dashes": valid.replace("-", "")[:4] + "-" + valid.replace("-", "")[4:],
        "arabic-digits": quote("١٢٣"),
        "fullwidth-uuid": quote(valid.translate({ord("0") + n: 0xFF10 + n for n in range(10)})),
        "forty-digits": "1" * 40,
        "underscore": "1_0",
        "plus": "+1",
        "minus": "-1",
        "zero": "0",
        "hexadecimal": "0x1",
        "exponent": "1e3",
        "float": "1.0",
        "nul": valid + "%00",
        "nul-alone": "%00",
        "newline": valid + "%0a",
        "space": valid + "%20",
        "leading-space": "%20" + valid,
        "tab": "%09",
        "bad-escape": "%zz",
        "lone-percent": "%",
        "half-escape": valid + "%2",
        "not-utf8": "%ff%fe",
        "overlong": "%c0%ae%c0%ae",
        "utf8-surrogate": "%ed%a0%80",
        "dots": "..",
        "encoded-dots": "%2e%2e",
        "encoded-slash": valid + "%2f",
        "double-encoded": "%252e%252e%252f",
        "backslash": "%5c..%5c",
        "semicolon": valid + ";a=b",
        "extension": valid + ".json",
        "nil": "00000000-0000-0000-0000-000000000000",
        "max": "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "other": "01935d0e-0000-7000-8000-000000000001",
        "null": "null",
        "undefined": "undefined",
        "template": "%7Bkey%7D",
        "star": "*",
        "quote": "'",
        "sql": quote("1 or 1=1"),
        "long": "a" * 4000,
        "longer": "a" * 9000,
        "emoji": quote("😀"),
    }
    return [Case(name, text.encode()) for name, text in texts.items()]


PAGES_MISSING = [
    b"page=0",
    b"page=-1",
    b"page=1.5",
    b"page=1e1",
    b"page=",
    b"page=abc",
    b"page=NaN",
    b"page=1_0",
    b"page=+1",
    b"page=%201",
    b"page=1%0a",
    b"page=999999",
    b"page=" + b"9" * 40,
    b"page=" + quote("١").encode(),
    b"page=" + quote("１").encode(),
    b"page=%ff",
]
"""Pages that do not exist: 404 on every list."""

QUERIES = [
    b"page_size=0",
    b"page_size=-1",
    b"page_size=abc",
    b"page_size=" + b"9" * 40,
    b"page_size=" + quote("١").encode(),
    b"page[]=1",
    b"page=1&page=2",
    b"ordering=__class__",
    b"ordering=-",
    b"ordering=,,,,",
    b"ordering=id;drop%20table%20account",
    b"ordering=id%20asc,nom",
    b"ordering=-id,-id,id,--id",
    b"ordering=" + b"id," * 2000,
    b"ordering=" + quote("créé").encode(),
    b"search=%25_%5C",
    b"search=%5C",
    b"search=" + quote("％＿＼").encode(),
    b"search=" + b"a" * 7000,
    b"search=" + b"a" * 10_000,
    b"search=%00",
    b"search=%FF%FE",
    b"search=%ED%A0%80",
    b"search='%20or%201=1%20--",
    b"search=" + quote("😀").encode(),
    b"search=" + quote("ŒÆßﬀ").encode(),
    b"search=%",
    b"statut=zzz",
    b"statut=%00",
    b"type=client%27",
    b"status=" + b"x" * 3000,
    b"categorie=%00",
    b"categorie=" + quote("İ").encode(),
    b"user=abc",
    b"user=" + b"1" * 40,
    b"role=%FF",
    b"action=" + b"'" * 100,
    b"date_range=garbage",
    b"date_range=,",
    b"date_range=0000-00-00,9999-99-99",
    b"date_range=2026-02-30,2026-03-01",
    b"date_range=9999-12-31,9999-12-31",
    b"date_range=0001-01-01,0001-01-01",
    b"date_range=2026-03-01,2026-01-01",
    b"date_range=2026-W01-1,2026-W01-2",
    b"date_range=" + quote("٢٠٢٦-٠١-٠١,٢٠٢٦-٠١-٠٢").encode(),
    b"&&&&====&&;;",
    b"%zz=%zz&%=%",
    b"\xff\xfe=\xff",
    b"&".join(b"a%d=1" % number for number in range(300)),
    b"id=1&entreprise=1&organisation=1&limit=-1&offset=-1",
    b"_method=DELETE",
]


def _segment(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def bad_tokens(access: str, refresh: str, expired: str, foreign: str) -> list[Case]:
    """Values of `Authorization` that open nothing. `access` and `refresh` are good tokens of their kinds; `expired` is
    past, `foreign` is signed with another key."""
    head, claims, signature = access.split(".")
    texts = {
        "scheme-alone": "Bearer",
        "empty": "Bearer ",
        "no-scheme": access,
        "basic": "Basic dXNlcjpwYXNz",
        "token-scheme": f"Token {access}",
        "garbage": "Bearer garbage",
        "three-parts": "Bearer a.b.c",
        "dots": "Bearer ..",
        "null": "Bearer null",
        "huge": "Bearer " + "a" * 20_000,
        "huge-dotted": "Bearer " + ".".join(["a" * 5000] * 3),
        "alg-none": f"Bearer {_segment({'alg': 'none', 'typ': 'JWT'})}.{claims}.",
        "alg-none-signed": f"Bearer {_segment({'alg': 'None', 'typ': 'JWT'})}.{claims}.{signature}",
        "alg-rs256": f"Bearer {_segment({'alg': 'RS256', 'typ': 'JWT'})}.{claims}.{signature}",
        "alg-number": f"Bearer {_segment({'alg': 1})}.{claims}.{signature}",
        "header-list": f"Bearer {_segment([])}.{claims}.{signature}",
        "kid-path": f"Bearer {_segment({'alg': 'HS256', 'kid': '../../dev/null'})}.{claims}.{signature}",
        "crit": f"Bearer {_segment({'alg': 'HS256', 'crit': ['x']})}.{claims}.{signature}",
        "no-signature": f"Bearer {head}.{claims}.",
        "cut-signature": f"Bearer {access[:-2]}",
        "appended": f"Bearer {access}a",
        "two-tokens": f"Bearer {access} {access}",
        "claims-list": f"Bearer {head}.{_segment([1])}.{signature}",
        "claims-empty": f"Bearer {head}.{_segment({})}.{signature}",
        "refresh-token": f"Bearer {refresh}",
        "expired": f"Bearer {expired}",
        "other-key": f"Bearer {foreign}",
    }
    raw = {"not-ascii": b"Bearer \xff\xfe", "tab": b"Bearer\t" + access.encode(), "empty-header": b""}
    return [Case(name, text.encode()) for name, text in texts.items()] + [
        Case(name, data) for name, data in raw.items()
    ]


BAD_MEDIA = [
    Case("text", b"text/plain"),
    Case("form", b"application/x-www-form-urlencoded"),
    Case("multipart", b"multipart/form-data"),
    Case("multipart-boundary", b"multipart/form-data; boundary=x"),
    Case("multipart-charset", b"multipart/form-data; boundary=x; charset=nope"),
    Case("utf16", b"application/json; charset=utf-16"),
    Case("latin1", b"application/json; charset=iso-8859-1"),
    Case("utf7", b"application/json;charset=utf-7"),
    Case("unknown-charset", b"application/json; charset=nope"),
    Case("xml", b"application/xml"),
    Case("json-api", b"application/vnd.api+json"),
    Case("json-seq", b"application/json-seq"),
    Case("two-types", b"application/json, text/plain"),
    Case("bare", b"json"),
    Case("empty", b""),
    Case("slash", b"/;;;="),
    Case("not-ascii", b"\xff/\xff"),
    Case("star", b"*/*"),
    Case("long", b"application/" + b"a" * 5000),
]
"""Content types that no operation reads."""


def _each(name: bytes, *values: bytes) -> list[HeaderCase]:
    return [HeaderCase(f"{name.decode()}-{number}", (name,), ((name, value),)) for number, value in enumerate(values)]


HEADERS = [
    *_each(
        b"accept-language",
        b"*",
        b";;;",
        b"en;q=abc",
        b"en;q=nan",
        b"en;q=inf",
        b"en;q=-1",
        b"en;q=1e999",
        b"en;q=1_0",
        b"\xff\xfe",
        b"en," * 3000,
        b"x" * 10_000,
        b"fr;q=0,en;q=0",
        b"",
    ),
    *_each(
        b"if-match",
        b"",
        b'"',
        b"W/",
        b'W/"',
        b'"1","2"',
        '"٣"'.encode(),
        b'"99999999999999999999"',
        b'"-1"',
        b'"1.0"',
        b"\xff",
        b'"a",' * 2000,
        b"null",
    ),
    *_each(b"if-none-match", b"", b'"', b"W/", '"٣"'.encode(), b"\xff", b'"a",' * 2000, b"*,*"),
    *_each(b"cookie", b"=;;;=", b"\xff\xfe=\xff", b'csrftoken="unterminated', b"a=b;" * 2000, b"$Version=1; a=b", b""),
    *_each(b"x-organisation", b"", b"*", b"\xff", b"1", b"00000000-0000-7000-8000-000000000001", b"a" * 5000),
    *_each(b"x-http-method-override", b"DELETE", b"\xff"),
    *_each(b"x-method-override", b"DELETE"),
    *_each(b"x-forwarded-for", b"1.2.3.4", b"a" * 3000, b"\xff", b"::1, unknown, ,"),
    *_each(b"forwarded", b"for=_gazonk;by=\xff"),
    *_each(b"x-forwarded-proto", b"javascript", b"https"),
    *_each(b"x-forwarded-host", b"evil.example"),
    *_each(b"x-request-id", b"\xff", b"a" * 5000, b"a\tb", b"<script>", b""),
    *_each(b"traceparent", b"garbage", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-00"),
    *_each(b"host", b"evil.example", b"", b"testserver:999999", b"testserver@evil", b"\xff", b"[::1", b"a" * 3000),
    *_each(b"user-agent", b"\xff" * 600, b"", b"a" * 20_000),
    *_each(b"accept", b"image/png", b"\xff", b"", b"text/html;q=x"),
    *_each(b"accept-encoding", b"br;q=x", b"identity;q=0, *;q=0", b"\xff", b"gzip," * 2000),
    *_each(b"content-encoding", b"gzip", b"\xff"),
    *_each(b"content-length", b"-1", b"abc", b"1e3", b"99999999999999999999", "١".encode(), b""),
    *_each(b"transfer-encoding", b"garbage"),
    *_each(b"expect", b"100-continue", b"200-ok"),
    *_each(b"upgrade", b"websocket"),
    *_each(b"range", b"bytes=0-", b"bytes=-1-1,,,"),
    *_each(b"origin", b"null", b"https://evil.example", b"\xff"),
    *_each(b"if-modified-since", b"garbage"),
    *_each(b"if-unmodified-since", b"garbage"),
    HeaderCase("two-hosts", (), ((b"host", b"testserver"),)),
    HeaderCase("no-host", (b"host",), ()),
    HeaderCase("two-authorizations", (), ((b"authorization", b"Bearer x"),)),
    HeaderCase("two-content-types", (), ((b"content-type", b"text/plain"),)),
    HeaderCase("three-hundred-headers", (), tuple((b"x-h%d" % number, b"1") for number in range(300))),
    HeaderCase("forty-kilobytes", (), tuple((b"x-h%d" % number, b"a" * 4000) for number in range(10))),
]

BAD_IDEMPOTENCY_KEYS = [
    Case("empty", b""),
    Case("long", b"a" * 256),
    Case("not-ascii", "clé".encode()),
    Case("not-utf8", b"\xff"),
    Case("tab", b"a\tb"),
    Case("delete", b"a\x7f"),
]

BAD_COOKIES = [
    Case("garbage", b"access_token=garbage"),
    Case("long", b"access_token=" + b"a" * 8000),
    Case("quoted", b'access_token="unterminated'),
    Case("not-ascii", b"access_token=\xff\xfe"),
    Case("twice", b"access_token=a; access_token=b"),
    Case("alg-none", f"access_token={_segment({'alg': 'none'})}.{_segment({})}.".encode()),
]

METHODS = ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "PURGE", "get", "G E T", "", "A" * 300, "\xff"]
