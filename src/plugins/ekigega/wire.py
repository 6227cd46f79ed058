"""How ekigega speaks (DECISIONS.md section 0): UUIDs, numbered pages, `{"champ": ["message"]}` on validation errors,
`{"detail": "message"}` on others."""

from adapters.http.dialect import Detail, Dialect, FieldErrors, refuse_with_detail, uuid_id
from adapters.http.pagination import NumberedPages

DIALECT = Dialect(
    name="ekigega",
    parse_id=uuid_id,
    id_format="uuid",
    refuse=refuse_with_detail,
    error_schema=Detail,
    validation_schema=FieldErrors,
    pagination=NumberedPages(),
)
