"""Errors of the domain. They carry a kind, never an HTTP status: the edge gives each kind its status and dialect."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from core.primitives.locale import Locale, Text


class Kind(StrEnum):
    """What went wrong, as far as a caller can act on it."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    CONFLICT = "conflict"
    STALE = "stale"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"


class Message(msgspec.Struct, frozen=True):
    """A message of the catalogue: a stable code and its text in both languages, with `{named}` places for values.

    A code cannot exist without both texts; `tests/architecture` checks that codes are unique and that both texts
    name the same places.
    """

    code: str
    text: Text

    def say(self, locale: Locale, params: Mapping[str, Any] | None = None) -> str:
        """Return the text in one language with its places filled in."""
        text = self.text.in_(locale)
        return text.format_map(params) if params else text


def message(code: str, *, fr: str, en: str) -> Message:
    """Define a message of the catalogue."""
    return Message(code, Text(fr=fr, en=en))


class FieldProblem(msgspec.Struct, frozen=True):
    """One problem of one field of a request. `path` is the field's name, or a path such as `("items", 0, "quantite")`;
    an empty path speaks of the request as a whole."""

    path: tuple[str | int, ...]
    message: Message
    params: Mapping[str, Any] = {}


class DomainError(Exception):
    """A refusal of the domain.

    `problems` name the failing fields of an invalid request, all of them at once; `retry_after` is in whole seconds.
    """

    def __init__(
        self,
        message: Message,
        kind: Kind,
        params: Mapping[str, Any] | None = None,
        *,
        problems: tuple[FieldProblem, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message.code)
        self.message = message
        self.kind = kind
        self.params = params or {}
        self.problems = problems
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """The stable code of the message."""
        return self.message.code


INVALID = message("invalid", fr="Requête invalide.", en="Invalid request.")
UNAUTHENTICATED = message("unauthenticated", fr="Authentification requise.", en="Authentication is required.")
FORBIDDEN = message(
    "forbidden",
    fr="Vous n'avez pas la permission d'effectuer cette action.",
    en="You do not have permission to perform this action.",
)
NOT_FOUND = message("not_found", fr="Ressource non trouvée.", en="Resource not found.")
STALE = message(
    "stale",
    fr="La ressource a changé depuis votre dernière lecture.",
    en="The resource has changed since you last read it.",
)


def invalid(*problems: FieldProblem) -> DomainError:
    """An invalid request, with every failing field."""
    return DomainError(INVALID, Kind.INVALID, problems=problems)


def invalid_field(field: str, message: Message, **params: Any) -> DomainError:
    """An invalid request because of one field."""
    return invalid(FieldProblem((field,), message, params))


def invalid_request(message: Message, **params: Any) -> DomainError:
    """An invalid request because of no field in particular."""
    return invalid(FieldProblem((), message, params))


def unauthenticated(message: Message = UNAUTHENTICATED) -> DomainError:
    """Nobody is signed in, or the credentials are wrong."""
    return DomainError(message, Kind.UNAUTHENTICATED)


def forbidden(message: Message = FORBIDDEN, **params: Any) -> DomainError:
    """The caller is known and may not do this."""
    return DomainError(message, Kind.FORBIDDEN, params)


def missing(message: Message = NOT_FOUND) -> DomainError:
    """There is no such thing, or the caller may not know that there is."""
    return DomainError(message, Kind.MISSING)


def stale() -> DomainError:
    """The resource is not in the version that the caller named (RFC 9110 section 13.1.1)."""
    return DomainError(STALE, Kind.STALE)
