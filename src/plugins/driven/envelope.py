"""driven's envelopes (contracts/driven.md, "Structure des réponses API"): every message in both languages."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from core.primitives.locale import Text

T = TypeVar("T")


class Bilingual(msgspec.Struct):
    """A message in both languages."""

    en: str
    fr: str


class Envelope(msgspec.Struct, Generic[T]):
    """What went well, and its data."""

    error: bool
    message: Bilingual
    data: T


class Done(msgspec.Struct):
    """What went well, without data."""

    error: bool
    message: Bilingual


class Failure(msgspec.Struct):
    """What went wrong. `details` are the failing fields with their messages, an explanation in both languages, or the
    message itself; `code` is stable."""

    error: bool
    message: Bilingual
    details: Any
    code: str


def bilingual(text: Text, params: Mapping[str, Any] | None = None) -> Bilingual:
    """A text in both languages, with its places filled in."""
    return Bilingual(*(each.format_map(params) if params else each for each in (text.en, text.fr)))


def enveloped(said: Text, value: Any) -> Envelope[Any]:
    """A value in its envelope."""
    return Envelope(error=False, message=bilingual(said), data=value)


class Enveloped:
    """Success in an envelope."""

    of_nothing: Any = Done

    def write(self, said: Text | None, value: Any) -> Any:
        """Return the envelope; without a value, the message alone."""
        if said is None:
            raise TypeError("every success of driven has a message")
        return Done(error=False, message=bilingual(said)) if value is UNSET else enveloped(said, value)

    def schema(self, value: Any) -> Any:
        """Return the type of the envelope."""
        return Envelope[value]


class PageFacts(msgspec.Struct):
    """Where a page stands."""

    page: int
    per_page: int
    total_items: int
    total_pages: int
    has_next: bool
    has_prev: bool
    next_page: int | None
    prev_page: int | None


class Shown(msgspec.Struct, Generic[T]):
    """A page in an envelope; without `pagination` where everything was asked for."""

    error: bool
    message: Bilingual
    data: list[T]
    pagination: PageFacts | UnsetType = UNSET


class Items(msgspec.Struct, Generic[T]):
    """A page of roles."""

    items: list[T]
    total: int
    pages: int
    current_page: int
