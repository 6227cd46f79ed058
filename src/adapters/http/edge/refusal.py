"""Refusals of the edge. Their text is here, their form is the product's: a callable renders them in its dialect."""

from typing import Protocol

from adapters.http.edge.asgi import Headers, Scope, Send
from core.primitives.errors import Message, message

BAD_HOST = message("bad_host", fr="L'hôte demandé n'est pas servi ici.", en="The requested host is not served here.")
BAD_PATH = message("bad_path", fr="Adresse mal formée.", en="Malformed address.")
PATH_NOT_FOUND = message("path_not_found", fr="Adresse inconnue.", en="Unknown address.")
PATH_TOO_LONG = message("path_too_long", fr="L'adresse est trop longue.", en="The address is too long.")
HEADERS_TOO_LARGE = message(
    "headers_too_large",
    fr="Les en-têtes de la requête sont trop volumineux.",
    en="The request's headers are too large.",
)
BODY_TOO_LARGE = message(
    "body_too_large", fr="Le corps de la requête est trop volumineux.", en="The request's body is too large."
)
BODY_TOO_SLOW = message(
    "body_too_slow",
    fr="Le corps de la requête n'est pas arrivé à temps.",
    en="The request's body did not arrive in time.",
)
BODY_INCOMPLETE = message(
    "body_incomplete", fr="Le corps de la requête est incomplet.", en="The request's body is incomplete."
)
BAD_LENGTH = message(
    "bad_content_length",
    fr="L'en-tête Content-Length est mal formé.",
    en="The Content-Length header is malformed.",
)
REQUEST_TOO_SLOW = message(
    "request_too_slow",
    fr="Le traitement a pris trop de temps. Réessayez dans un instant.",
    en="The request took too long. Try again in a moment.",
)
INTERNAL = message("internal", fr="Une erreur interne est survenue.", en="An internal error has occurred.")


class Refuse(Protocol):
    """Renders a refusal in the dialect of the product that a request's path belongs to, in the caller's language.

    `status` is an HTTP status; `headers` are to stand in the answer beside those of the dialect. Returns status,
    headers (names in lower case, Content-Type among them, without Content-Length) and body.
    """

    def __call__(self, scope: Scope, status: int, message: Message, headers: Headers) -> tuple[int, Headers, bytes]:
        """Render one refusal."""
        ...


async def send_refusal(
    refuse: Refuse, scope: Scope, send: Send, status: int, message: Message, headers: Headers | None = None
) -> None:
    """Answer a request with a refusal. An answer to HEAD has the headers alone (RFC 9110 section 9.3.2)."""
    answered, rendered, body = refuse(scope, status, message, headers or [])
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": answered, "headers": [*rendered, length]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def closing(scope: Scope) -> Headers:
    """The header that ends the connection after a refusal that leaves a body unread; HTTP/2 has none."""
    return [(b"connection", b"close")] if scope.get("http_version", "1.1").startswith("1") else []
