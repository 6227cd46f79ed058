"""Answers as bytes, and the exception that carries one out of a handler."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response

Answer = Response[bytes]
AnyRequest = Request[Any, Any, Any]

HTML = "text/html; charset=utf-8"


class Denied(Exception):
    """A request that is answered before its handler is through."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def json_answer(status: int, body: Any) -> Answer:
    """An answer in JSON."""
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")


def empty(status: int) -> Answer:
    """An answer without a body."""
    return Response(b"", status_code=status, media_type="application/json")


def html(status: int, page: str, headers: Mapping[str, str] | None = None) -> Answer:
    """A page."""
    return Response(page.encode(), status_code=status, media_type=HTML, headers=dict(headers or {}))


async def read_object(request: AnyRequest) -> dict[str, Any] | None:
    """The body as a JSON object, or None where it is none."""
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError:
        return None
    return body if isinstance(body, dict) else None


def basic_pair(request: AnyRequest) -> tuple[str, str]:
    """The name and secret of Basic authentication (RFC 7617); empty where there is none."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
