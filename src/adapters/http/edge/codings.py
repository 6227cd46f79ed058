"""Content codings: which one a client takes, and entity tags of coded answers."""

import re
import zlib
from functools import lru_cache
from typing import Protocol

import brotli  # type: ignore[import-untyped]

from adapters.http.edge.asgi import Headers

_PREFERENCE = (b"br", b"gzip")
_QVALUE = re.compile(rb"\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_CODED_TAG = re.compile(rb'-(br|gzip)"')
CONDITIONS = (b"if-match", b"if-none-match")
GZIP_LEVEL = 5
BROTLI_QUALITY = 4


@lru_cache(256)
def choose_coding(accepted: bytes) -> bytes | None:
    """The coding to answer with under an `Accept-Encoding` value (RFC 9110 section 12.5.3): the acceptable one with
    the greatest weight, brotli before gzip at the same weight; None for no coding, also where the client likes
    `identity` better. An element whose weight cannot be read is left out."""
    weights: dict[bytes, float] = {}
    for element in accepted.split(b","):
        name, _, parameter = element.partition(b";")
        weight = 1.0
        if parameter:
            found = _QVALUE.fullmatch(parameter)
            if found is None:
                continue
            weight = float(found[1])
        weights[name.strip().lower()] = weight
    if b"x-gzip" in weights:
        weights.setdefault(b"gzip", weights[b"x-gzip"])
    rest = weights.get(b"*", 0.0)
    best = max(_PREFERENCE, key=lambda name: weights.get(name, rest))
    weight = weights.get(best, rest)
    return best if weight > 0 and weight >= weights.get(b"identity", 0.0) else None


class Coder(Protocol):
    """Codes a body piece by piece."""

    def code(self, data: bytes, *, last: bool) -> bytes:
        """Return what can be sent after this piece."""
        ...


class _Gzip:
    def __init__(self) -> None:
        self._coder = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)

    def code(self, data: bytes, *, last: bool) -> bytes:
        return self._coder.compress(data) + self._coder.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)


class _Brotli:
    def __init__(self) -> None:
        self._coder = brotli.Compressor(quality=BROTLI_QUALITY)

    def code(self, data: bytes, *, last: bool) -> bytes:
        done: bytes = self._coder.process(data) + (self._coder.finish() if last else self._coder.flush())
        return done


def coder(coding: bytes) -> Coder:
    """A new coder."""
    return _Brotli() if coding == b"br" else _Gzip()


def coded_tag(tag: bytes, coding: bytes) -> bytes:
    """The entity tag of the coded form: `"5"` is `"5-br"`. A strong tag stays strong, and differs from that of the
    uncoded form as RFC 9110 section 8.8.3.3 asks; weakening it would make `If-Match` fail for every client that
    takes compressed answers. A weak tag covers all codings as it is."""
    return tag[:-1] + b"-" + coding + b'"' if tag.startswith(b'"') and tag.endswith(b'"') and len(tag) > 1 else tag


def uncoded_conditions(headers: Headers) -> tuple[Headers, dict[bytes, bytes]]:
    """Request headers whose conditions name the handler's own tags, and which coding each of the tags named."""
    if not any(name in CONDITIONS and _CODED_TAG.search(value) for name, value in headers):
        return headers, {}
    codings: dict[bytes, bytes] = {}
    rewritten: Headers = []
    for name, value in headers:
        if name not in CONDITIONS:
            rewritten.append((name, value))
            continue
        for tag in re.findall(rb'"[^"]*"', value):
            if found := _CODED_TAG.search(tag):
                codings[_CODED_TAG.sub(b'"', tag)] = found[1]
        rewritten.append((name, _CODED_TAG.sub(b'"', value)))
    return rewritten, codings
