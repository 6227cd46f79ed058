"""Every dialect renders every refusal of the domain and of the edge, in both languages."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest
from litestar import Request
from litestar.exceptions import (
    HTTPException,
    InternalServerException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from adapters.http.dialect import STATUS_OF_KIND, Dialect, Refusal
from adapters.http.errors import DialectMap, ErrorWriter
from adapters.http.request import UnsupportedMedia
from core.primitives.errors import DomainError, FieldProblem, Kind, message
from core.primitives.locale import Locale
from socle.registry import discover, load_attribute
from tests.installation import Installed

SAID = message("planted", fr="Refusé : {reason}.", en="Refused: {reason}.")
FIELD = message("planted_field", fr="Champ refusé.", en="Field refused.")
EDGE_STATUSES = (400, 404, 405, 408, 413, 414, 415, 421, 431, 429, 500, 503)

DIALECTS: dict[str, Dialect] = {name: load_attribute(suite.dialect) for name, suite in discover().suites.items()}


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("status", sorted({*STATUS_OF_KIND.values(), *EDGE_STATUSES}))
@pytest.mark.parametrize("suite", DIALECTS)
def test_a_refusal_of_every_status_is_rendered(suite: str, status: int, locale: Locale) -> None:
    body = msgspec.json.encode(DIALECTS[suite].refuse(Refusal(status, SAID, {"reason": "42"}), locale)).decode()
    assert SAID.say(locale, {"reason": "42"}) in body
    assert isinstance(msgspec.json.decode(body), dict)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("suite", DIALECTS)
def test_every_failing_field_is_named(suite: str, locale: Locale) -> None:
    problems = (
        FieldProblem(("nom",), FIELD),
        FieldProblem(("items", 1, "quantite"), FIELD),
        FieldProblem((), SAID, {"reason": "42"}),
    )
    body = msgspec.json.encode(DIALECTS[suite].refuse(Refusal(400, FIELD, {}, problems), locale)).decode()
    assert body.count(FIELD.say(locale)) >= 2
    assert SAID.say(locale, {"reason": "42"}) in body
    assert '"nom"' in body
    assert '"quantite"' in body


def test_every_kind_has_a_status() -> None:
    assert set(STATUS_OF_KIND) == set(Kind)


def asking(locale: Locale) -> Request[Any, Any, Any]:
    """A request as the application's exception handlers get it."""
    return Request(
        {
            "type": "http",
            "method": "POST",
            "path": "/x",
            "headers": [(b"accept-language", locale.value.encode())],
            "query_string": b"",
            "socle": {"failed": True},
        }  # type: ignore[arg-type]
    )


EXCEPTIONS: list[tuple[Exception, int]] = [
    *((DomainError(SAID, kind, {"reason": "42"}, retry_after=7), status) for kind, status in STATUS_OF_KIND.items()),
    (NotFoundException(), 404),
    (MethodNotAllowedException(headers={"Allow": "GET"}), 405),
    (HTTPException(status_code=413), 413),
    (UnsupportedMedia("text/plain"), 415),
    (ValidationException("x"), 400),
    (HTTPException(status_code=418), 400),
    (InternalServerException("secret"), 500),
    (ZeroDivisionError("secret"), 500),
    (asyncpg.UniqueViolationError("secret"), 400),
    (asyncpg.ForeignKeyViolationError("secret"), 409),
    (asyncpg.NumericValueOutOfRangeError("secret"), 400),
    (asyncpg.SerializationError("secret"), 503),
    (asyncpg.DeadlockDetectedError("secret"), 503),
    (asyncpg.ConnectionDoesNotExistError("secret"), 503),
    (asyncpg.InterfaceError("secret"), 503),
    (ConnectionRefusedError("secret"), 503),
    (asyncpg.UndefinedTableError("secret"), 500),
]


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize(("error", "status"), EXCEPTIONS, ids=lambda given: getattr(given, "kind", str(given)))
@pytest.mark.parametrize("suite", DIALECTS)
def test_every_exception_has_its_answer(suite: str, error: Exception, status: int, locale: Locale) -> None:
    handlers = ErrorWriter(DialectMap([], DIALECTS[suite])).handlers()
    handler = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
    answer = handler(asking(locale), error)
    assert answer.status_code == status
    text = answer.content.decode()
    assert isinstance(msgspec.json.decode(text), dict)
    assert "secret" not in text
    assert answer.headers["content-language"] == locale.value
    other = handler(asking(Locale.FR if locale is Locale.EN else Locale.EN), error)
    assert other.content != answer.content
    if isinstance(error, DomainError):
        assert answer.headers["retry-after"] == "7"
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD"
    if status == 503 and not isinstance(error, DomainError):
        assert answer.headers["retry-after"]


ENDS = {
    404: ("GET", "/nulle-part/", {}),
    405: ("PATCH", "/api/auth/login/", {}),
    413: (
        "POST",
        "/api/auth/login/",
        {"content": b'"' + b"x" * 1_100_000, "headers": {"content-type": "application/json"}},
    ),
    415: ("POST", "/api/auth/login/", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
    400: ("POST", "/api/auth/login/", {"content": b'{"email":', "headers": {"content-type": "application/json"}}),
}


@pytest.mark.parametrize("status", ENDS)
async def test_the_edge_answers_in_both_languages(installed: Installed, status: int) -> None:
    method, path, options = ENDS[status]
    given: dict[str, Any] = dict(options)
    headers = given.pop("headers", {})
    answers = await asyncio.gather(
        *(
            installed.api().request(method, path, headers={**headers, "accept-language": language}, **given)
            for language in ("fr", "en")
        )
    )
    assert [answer.status_code for answer in answers] == [status, status]
    french, english = (answer.json() for answer in answers)
    assert french != english
    assert all(french.values())
    assert french.keys() == english.keys()
    assert [answer.headers["content-language"] for answer in answers] == ["fr", "en"]
