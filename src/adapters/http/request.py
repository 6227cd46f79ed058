"""The request: strict bodies, the caller behind it, and what the edge knows of it.

`scope["socle"]` is the place that edge, guard and handlers share: `address`, `request_id`, `caller`.
"""

import hashlib
import weakref
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from adapters.http.decode import convert_form, decode_json
from adapters.http.edge.asgi import first_header, joined_header
from adapters.http.listing import query_pairs
from core.access.principal import Caller, Replay
from core.primitives import messages
from core.primitives.errors import FieldProblem, invalid, message

UNSUPPORTED_MEDIA = message(
    "unsupported_media_type",
    fr="Type de contenu non pris en charge : {media}.",
    en="Unsupported media type: {media}.",
)
MALFORMED_FORM = message("malformed_form", fr="Le formulaire n'est pas lisible.", en="The form cannot be read.")
BAD_KEY = message(
    "idempotency_key_invalid",
    fr="L'en-tête Idempotency-Key doit compter 1 à 255 caractères ASCII imprimables.",
    en="The Idempotency-Key header must be 1 to 255 printable ASCII characters.",
)


class UnsupportedMedia(Exception):
    """The body is of a type that the operation does not read: 415."""

    def __init__(self, media: str) -> None:
        super().__init__(media)
        self.media = media


FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

Encode = Callable[["StrictRequest", Any], tuple[bytes, dict[str, str]]]
"""Renders a use case's result as the body and headers of the answer to its request."""


class StrictRequest(Request[Any, Any, Any]):
    """A request whose body is decoded once, strictly, into the struct that its handler's `data` names."""

    def header(self, name: bytes) -> str:
        """The first value of a header, by its name in lower case; "" without it. `headers` makes a collection of all
        headers first, at a thirtieth of a detail's time."""
        return (first_header(self.scope["headers"], name) or b"").decode("latin-1")

    def list_header(self, name: bytes) -> str | None:
        """All values of a list header, separated by commas; None without it."""
        headers = self.scope["headers"]
        return None if first_header(headers, name) is None else joined_header(headers, name).decode("latin-1")

    @property
    def content_length(self) -> int | None:
        """The announced length of the body, which the edge has read and checked."""
        length = self.header(b"content-length")
        return int(length) if length else None

    async def body(self) -> bytes:
        """The bytes of the body. An empty body of an operation that reads JSON is an empty object: the framework would
        refuse it before `json` could name the fields that are missing."""
        body = await super().body()
        return body or (b"{}" if self.route_handler.parsed_data_field is not None else b"")

    async def json(self) -> Any:
        """Decode a JSON body, or a form where the operation reads one. Raises `DomainError` of kind invalid, or
        `UnsupportedMedia`."""
        field = self.route_handler.parsed_data_field
        if field is None:
            raise TypeError(f"{self.route_handler} declares no data")
        media, charset = _media_type(self.header(b"content-type"))
        if media in FORMS and self.route_handler.opt.get("form"):
            return await self.form_as(field.annotation)
        body = await super().body()
        if body and media != "application/json":
            raise UnsupportedMedia(media or "?")
        if charset not in ("", "utf-8", "utf8", "us-ascii"):
            raise UnsupportedMedia(f"{media}; charset={charset}")
        self._take_idempotency_key(body)
        return decode_json(body, field.annotation)

    async def form_as(self, kind: Any) -> Any:
        """Decode a multipart or url-encoded form into a struct; files arrive as `UploadFile`."""
        # a client that tries again draws a new boundary for the same parts (RFC 2046 section 5.1)
        boundary = self.content_type[1].get("boundary", "").encode()
        body = await self.body()
        self._take_idempotency_key(body.replace(b"--" + boundary, b"--") if boundary else body)
        try:
            form = await self.form()
        except (ValueError, LookupError, RecursionError):
            raise invalid(FieldProblem((), MALFORMED_FORM)) from None
        fields: dict[str, Any] = {}
        for name, value in form.multi_items():
            if not name:
                raise invalid(FieldProblem((), MALFORMED_FORM))
            if isinstance(value, str) and ("\0" in name or "\0" in value):
                raise invalid(FieldProblem((name.replace("\0", ""),), messages.FORBIDDEN_CHARACTER))
            if isinstance(value, UploadFile | str):
                fields[name] = value
        return convert_form(fields, kind)

    @property
    def caller(self) -> Caller:
        """Who calls, as the guard found out."""
        caller: Caller = self.scope["socle"]["caller"]  # type: ignore[typeddict-item]
        return caller

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of the query string."""
        return query_pairs(self.scope["query_string"])

    def _take_idempotency_key(self, body: bytes) -> None:
        given = first_header(self.scope["headers"], b"idempotency-key")
        encode: Encode | None = self.route_handler.opt.get("creates")
        caller = self.caller
        if given is None or encode is None or caller.account is None:
            return
        key = given.decode("latin-1")
        if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
            raise invalid(FieldProblem(("Idempotency-Key",), BAD_KEY))
        route = f"{self.method} {self.scope['path'].rstrip('/')}"
        # the caller holds what encodes for this request, which holds the caller: not strongly, so that reference counts
        # free both
        this: StrictRequest = weakref.proxy(self)
        caller.request.replay = Replay(
            account=caller.account,
            key=key,
            route=route,
            fingerprint=hashlib.blake2b(body, digest_size=32).digest(),
            status=caller.request.status,
            encode=lambda answer: encode(this, answer),
        )


def _media_type(header: str) -> tuple[str, str]:
    """The media type and charset of a `Content-Type` header (RFC 9110 section 8.3), in lower case."""
    media, _, parameters = header.partition(";")
    charset = ""
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media.strip().lower(), charset


def encode_plain(request: StrictRequest, answer: Any) -> tuple[bytes, dict[str, str]]:  # noqa: ARG001
    """Encode an answer that is its own wire form."""
    return msgspec.json.encode(answer), {}


def asked_path(scope: Any) -> str:
    """The path as it was asked, without the query; the framework strips the trailing slash of `scope["path"]`."""
    raw: bytes = scope.get("raw_path") or b""
    text = unquote(raw.partition(b"?")[0].decode("latin-1"), errors="replace") if raw else str(scope.get("path", ""))
    return text.replace("\0", "")[:2000]
