"""How spotvibe speaks (contracts/spotvibe.md; DECISIONS.md sections 0 and 2): integer ids, `{"error": "message"}`,
numbered pages or plain arrays, PUT that changes the given fields."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from adapters.http.dialect import Dialect, FieldErrors, Refusal, integer_id, nested_problems, said
from adapters.http.pagination import ArrayPages, NumberedPages
from core.primitives.ids import MAX_INTEGER_ID
from core.primitives.locale import Locale


class Failure(msgspec.Struct):
    """What went wrong; `code` is stable."""

    error: str
    code: str


class Invalid(msgspec.Struct):
    """A request that is refused; `details` are its failing fields with their messages."""

    error: str
    code: str
    details: FieldErrors | UnsetType = UNSET


class Done(msgspec.Struct):
    """What was done, in words."""

    message: str


def refuse(refusal: Refusal, locale: Locale) -> Any:
    """Write an error. Where one problem is all that stands against a request, it is the error."""
    problems = refusal.problems
    code = refusal.message.code
    if not problems:
        return Failure(refusal.message.say(locale, refusal.params), code)
    if len(problems) == 1:
        return Invalid(said(problems[0], locale), problems[0].message.code, nested_problems(problems, locale))
    return Invalid(refusal.message.say(locale, refusal.params), code, nested_problems(problems, locale))


DIALECT = Dialect(
    name="spotvibe",
    parse_id=integer_id,
    id_format="integer",
    refuse=refuse,
    error_schema=Failure,
    validation_schema=Invalid,
    pagination=NumberedPages(),
    change_method="PUT",
    entity_tags=False,
)

ARRAY = ArrayPages()
"""How the document's plain arrays are cut (DECISIONS.md section 0, "Plain arrays")."""

Reference = Annotated[int, msgspec.Meta(ge=1, le=MAX_INTEGER_ID)]
"""The id of another thing in a body."""
