"""Every error in the dialect of the product whose path was asked."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from adapters.db.database import DATABASE_DOWN
from adapters.db.idempotency import AnsweredBefore
from adapters.http.dialect import STATUS_OF_KIND, Dialect, Refusal
from adapters.http.edge.asgi import Headers, Scope, first_header
from adapters.http.edge.failures import report_failure
from adapters.http.edge.refusal import INTERNAL
from adapters.http.request import UNSUPPORTED_MEDIA, UnsupportedMedia
from core.primitives import messages
from core.primitives.errors import NOT_FOUND, DomainError, Message, message
from core.primitives.locale import BOTH, Locale, negotiate

JSON = "application/json"

METHOD_NOT_ALLOWED = message(
    "method_not_allowed", fr="Méthode {method} non autorisée.", en="Method {method} is not allowed."
)
TOO_LARGE = message("too_large_body", fr="Le corps de la requête est trop grand.", en="The request body is too large.")
CONFLICT = message(
    "conflict",
    fr="La requête est en conflit avec une autre ou avec l'état de la ressource.",
    en="The request conflicts with another one or with the state of the resource.",
)
MALFORMED_REQUEST = message("malformed_request", fr="Requête mal formée.", en="Malformed request.")

_MESSAGE_OF_STATUS: Mapping[int, Message] = {
    400: MALFORMED_REQUEST,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: TOO_LARGE,
    415: UNSUPPORTED_MEDIA,
    500: INTERNAL,
}

_log = structlog.get_logger("socle.http")


class DialectMap:
    """Finds the dialect of a path by the longest prefix that an enabled plugin claims; an unclaimed path takes the
    first product's."""

    def __init__(self, claims: Sequence[tuple[str, Dialect]], default: Dialect) -> None:
        self._claims = sorted(claims, key=lambda claim: len(claim[0]), reverse=True)
        self._default = default

    def of(self, path: str) -> Dialect:
        """The dialect of a path."""
        slashed = path.rstrip("/") + "/"
        for prefix, dialect in self._claims:
            if slashed.startswith(prefix.rstrip("/") + "/"):
                return dialect
        return self._default


class ErrorWriter:
    """Turns exceptions and refusals of the edge into responses."""

    def __init__(self, dialects: DialectMap, spoken: tuple[Locale, ...] = BOTH) -> None:
        self._dialects = dialects
        self._spoken = spoken

    def write(
        self, path: str, locale: Locale, refusal: Refusal, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an error."""
        body = msgspec.json.encode(self._dialects.of(path).refuse(refusal, locale))
        return refusal.status, {**(headers or {}), "content-type": JSON, "content-language": locale.value}, body

    def refuse(self, scope: Scope, status: int, message: Message, headers: Headers) -> tuple[int, Headers, bytes]:
        """Render a refusal of the edge, which knows no more than the ASGI scope (`adapters.http.edge.refusal`)."""
        accept = first_header(scope.get("headers", ()), b"accept-language") or b""
        refusal = Refusal(status, message)
        _, own, body = self.write(scope.get("path", "/"), negotiate(accept.decode("latin-1"), self._spoken), refusal)
        return status, [*headers, *((name.encode(), value.encode()) for name, value in own.items())], body

    def _response(self, request: Request[Any, Any, Any], refusal: Refusal, headers: dict[str, str]) -> Response[bytes]:
        locale = negotiate(request.headers.get("accept-language", ""), self._spoken)
        status, all_headers, body = self.write(request.scope["path"], locale, refusal, headers)
        return Response(body, status_code=status, headers=all_headers, media_type=JSON)

    def domain(self, request: Request[Any, Any, Any], error: DomainError) -> Response[bytes]:
        """A refusal of the domain."""
        status = STATUS_OF_KIND[error.kind]
        headers: dict[str, str] = {}
        if error.retry_after is not None:
            headers["retry-after"] = str(error.retry_after)
        if status == 401:
            headers["www-authenticate"] = "Bearer"
        return self._response(request, Refusal(status, error.message, error.params, error.problems), headers)

    def replayed(self, request: Request[Any, Any, Any], error: AnsweredBefore) -> Response[bytes]:  # noqa: ARG002
        """The first answer to an idempotent request, again."""
        headers = {**error.headers, "idempotent-replayed": "true"}
        return Response(error.body, status_code=error.status, headers=headers, media_type=JSON)

    def unsupported(self, request: Request[Any, Any, Any], error: UnsupportedMedia) -> Response[bytes]:
        """A body of a type that the operation does not read."""
        refusal = Refusal(415, UNSUPPORTED_MEDIA, {"media": error.media[:100]})
        return self._response(request, refusal, {"accept": "application/json"})

    def http(self, request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
        """An error of the framework: routing, methods, parameters."""
        status = error.status_code if error.status_code in _MESSAGE_OF_STATUS else 400
        if error.status_code >= 500:
            return self.unexpected(request, error)
        params = {"method": str(request.scope.get("method", ""))[:20], "media": ""}
        own = {name.lower(): value for name, value in (error.headers or {}).items()}
        allow = {"allow": _allowed(own["allow"])} if "allow" in own else {}
        return self._response(request, Refusal(status, _MESSAGE_OF_STATUS[status], params), allow)

    def database(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """An error of PostgreSQL that no store gave a meaning."""
        if isinstance(error, asyncpg.UniqueViolationError):
            return self._response(request, Refusal(400, messages.ALREADY_USED), {})
        if isinstance(error, asyncpg.IntegrityConstraintViolationError | asyncpg.RestrictViolationError):
            return self._response(request, Refusal(409, CONFLICT), {})
        if isinstance(error, asyncpg.DataError):
            return self._response(request, Refusal(400, MALFORMED_REQUEST), {})
        if isinstance(error, _PASSING_DATABASE_ERRORS):
            _log.warning("database_unavailable", error=type(error).__name__)
            return self._response(request, Refusal(503, DATABASE_DOWN), {"retry-after": "2"})
        return self.unexpected(request, error)

    def unexpected(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """A fault of ours. It is logged with its traceback and tells nothing of itself."""
        report_failure(request.scope, error)  # type: ignore[arg-type]
        return self._response(request, Refusal(500, INTERNAL), {})

    def handlers(self) -> dict[Any, Any]:
        """The exception handlers of the application."""
        return {
            DomainError: self.domain,
            AnsweredBefore: self.replayed,
            UnsupportedMedia: self.unsupported,
            HTTPException: self.http,
            asyncpg.PostgresError: self.database,
            asyncpg.InterfaceError: self.database,
            ConnectionError: self.database,
            Exception: self.unexpected,
        }


def _allowed(methods: str) -> str:
    """The methods of an `Allow` header in one order, HEAD among them where GET is."""
    named = {method.strip() for method in methods.split(",")}
    return ", ".join(sorted(named | ({"HEAD"} if "GET" in named else set())))


_PASSING_DATABASE_ERRORS = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    ConnectionError,
)
