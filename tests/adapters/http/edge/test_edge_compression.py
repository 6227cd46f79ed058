"""Compression and entity tags."""

import gzip
import zlib
from typing import Any

import brotli
import pytest

from adapters.http.edge.codings import choose_coding
from tests.adapters.http.edge.drive import HOST, Answer, answering, ask, edged

JSON = (b"content-type", b"application/json")
TEXT = b'{"nom": "valeur"}' * 100


async def get(
    app: Any, accepted: bytes | None = b"gzip, br", *more: tuple[bytes, bytes], method: str = "GET"
) -> Answer:
    """Ask with an Accept-Encoding."""
    accepts = [] if accepted is None else [(b"accept-encoding", accepted)]
    return await ask(edged(app), headers=[HOST, *accepts, *more], method=method)


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"gzip", b"gzip"),
        (b"br", b"br"),
        (b"gzip, deflate, br, zstd", b"br"),
        (b"GZIP", b"gzip"),
        (b"x-gzip", b"gzip"),
        (b"*", b"br"),
        (b"br;q=0.5, gzip;q=0.9", b"gzip"),
        (b"br;q=0, *;q=0.1", b"gzip"),
        (b"gzip;q=0", None),
        (b"*;q=0", None),
        (b"gzip;q=0.3, identity;q=0.8", None),
        (b"identity", None),
        (b"deflate", None),
        (b"", None),
        (b"gzip;q=nonsense", None),
        (b"gzip;q=2", None),
        (b"gzip ; q=0.8", b"gzip"),
        (b",,gzip,,", b"gzip"),
    ],
)
def test_the_clients_preference(accepted: bytes, coding: bytes | None) -> None:
    assert choose_coding(accepted) == coding


async def test_json_is_compressed() -> None:
    app = answering(TEXT, headers=[JSON, (b"content-length", str(len(TEXT)).encode())])
    for accepted, decode in ((b"br", brotli.decompress), (b"gzip", gzip.decompress)):
        answer = await get(app, accepted)
        assert answer.header("content-encoding") == accepted.decode()
        assert answer.header("vary") == "Accept-Encoding"
        assert answer.header("content-length") == str(len(answer.body))
        assert decode(answer.body) == TEXT
        assert len(answer.body) < len(TEXT) / 5


async def test_a_large_body_is_compressed_in_a_thread_just_the_same() -> None:
    large = TEXT * 200
    assert brotli.decompress((await get(answering(large, headers=[JSON]), b"br")).body) == large


async def test_a_stream_is_compressed_piece_by_piece() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/csv")]})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"a,b\n", "more_body": True})
        await send({"type": "http.response.body", "body": b"end"})

    assert gzip.decompress((await get(app, b"gzip")).body) == b"a,b\n" * 3 + b"end"
    assert brotli.decompress((await get(app, b"br")).body) == b"a,b\n" * 3 + b"end"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (TEXT, [(b"content-type", b"image/png")]),
        (TEXT, [(b"content-type", b"application/pdf")]),
        (TEXT, []),
        (TEXT, [JSON, (b"content-encoding", b"gzip")]),
        (TEXT, [JSON, (b"cache-control", b"no-store")]),
        (TEXT, [JSON, (b"cache-control", b"no-transform")]),
        (TEXT, [JSON, (b"set-cookie", b"a=b")]),
        (b"x" * 1023, [JSON]),
    ],
)
async def test_what_is_not_compressed(body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    answer = await get(answering(body, headers=headers))
    assert answer.body == body
    assert answer.header("content-encoding") == (dict(headers).get(b"content-encoding", b"").decode() or None)


async def test_one_kibibyte_is_enough() -> None:
    assert (await get(answering(b"x" * 1024, headers=[JSON]))).header("content-encoding") == "br"


async def test_a_handler_may_keep_its_answer_uncompressed() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["socle"]["compress"] = False
        await answering(TEXT, headers=[JSON])(scope, receive, send)

    assert (await get(app)).body == TEXT


async def test_no_coding_accepted_leaves_the_body_and_says_vary() -> None:
    answer = await get(answering(TEXT, headers=[JSON]), None)
    assert (answer.body, answer.header("vary"), answer.header("content-encoding")) == (TEXT, "Accept-Encoding", None)


async def test_head_is_left_alone() -> None:
    assert (await get(answering(b"", headers=[JSON]), method="HEAD")).header("content-encoding") is None


async def test_each_coding_has_a_strong_tag_of_its_own() -> None:
    app = answering(TEXT, headers=[JSON, (b"etag", b'"5"')])
    tags = [(await get(app, accepted)).header("etag") for accepted in (None, b"br", b"gzip")]
    assert tags == ['"5"', '"5-br"', '"5-gzip"']
    weak = answering(TEXT, headers=[JSON, (b"etag", b'W/"5"')])
    assert (await get(weak)).header("etag") == 'W/"5"'


async def test_handlers_see_their_own_tags_in_conditions() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append({name: value for name, value in scope["headers"] if name.startswith(b"if-")})
        await answering(b"", 304, headers=[(b"etag", b'"5"')])(scope, receive, send)

    answer = await get(app, b"br", (b"if-none-match", b'"4-br", "5-gzip", "6"'), (b"if-match", b'"5-br"'))
    assert seen == [{b"if-none-match": b'"4", "5", "6"', b"if-match": b'"5"'}]
    assert answer.header("etag") is not None
    assert (await get(app, b"br", (b"if-none-match", b'"5-gzip"'))).header("etag") == '"5-gzip"'
    assert (await get(app, b"br", (b"if-none-match", b'"5"'))).header("etag") == '"5"'


async def test_a_gzip_body_is_whole() -> None:
    body = (await get(answering(TEXT, headers=[JSON]), b"gzip")).body
    decoder = zlib.decompressobj(31)
    assert decoder.decompress(body) == TEXT
    assert decoder.eof
    assert not decoder.unused_data
