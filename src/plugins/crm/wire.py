"""How crm speaks (contracts/crm.md; DECISIONS.md sections 0 and 5): integer ids, numbered pages,
`{"champ": ["message"]}` on validation errors, `{"detail": "message"}` on others."""

from typing import Annotated

import msgspec

from adapters.http.dialect import Detail, Dialect, FieldErrors, integer_id, refuse_with_detail
from adapters.http.pagination import NumberedPages
from core.primitives.ids import MAX_INTEGER_ID

DIALECT = Dialect(
    name="crm",
    parse_id=integer_id,
    id_format="integer",
    refuse=refuse_with_detail,
    error_schema=Detail,
    validation_schema=FieldErrors,
    pagination=NumberedPages(),
)

Reference = Annotated[int, msgspec.Meta(ge=1, le=MAX_INTEGER_ID)]
"""The id of another thing in a body."""
