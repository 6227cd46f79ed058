"""How megahub speaks (contracts/megahub.md; DECISIONS.md sections 0 and 4): integer ids, numbered pages, errors as
`{"error": "message"}`, with `details` on validation and `message` on 403."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.dialect import Dialect, FieldErrors, Refusal, integer_id, nested_problems
from adapters.http.pagination import NumberedPages
from core.primitives.errors import message
from core.primitives.locale import Locale

REFUSED = message("megahub_refused", fr="Permission refusée", en="Permission denied")
NOT_VALID = message("megahub_not_valid", fr="Validation échouée", en="Validation failed")


class Failure(msgspec.Struct):
    """What went wrong; `code` is stable, `message` says more of a 403."""

    error: str
    code: str
    message: str | UnsetType = UNSET


class Invalid(msgspec.Struct):
    """A request that is refused; `details` are its failing fields with their messages."""

    error: str
    code: str
    details: FieldErrors | UnsetType = UNSET


def refuse(refusal: Refusal, locale: Locale) -> Any:
    """Write an error as the document's section "Exemples Error Responses" shows it."""
    text, code = refusal.message.say(locale, refusal.params), refusal.message.code
    if refusal.problems and refusal.status != 409:
        return Invalid(NOT_VALID.say(locale), code, nested_problems(refusal.problems, locale))
    if refusal.status == 403:
        return Failure(REFUSED.say(locale), code, text)
    return Failure(text, code)


DIALECT = Dialect(
    name="megahub",
    parse_id=integer_id,
    id_format="integer",
    refuse=refuse,
    error_schema=Failure,
    validation_schema=Invalid,
    pagination=NumberedPages(),
)
