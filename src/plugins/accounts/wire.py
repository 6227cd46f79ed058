"""How the shared authentication API speaks: as ekigega does (DECISIONS.md section 0)."""

from adapters.http.dialect import Detail, Dialect, FieldErrors, refuse_with_detail, uuid_id
from adapters.http.pagination import NumberedPages

DIALECT = Dialect(
    name="accounts",
    parse_id=uuid_id,
    id_format="uuid",
    refuse=refuse_with_detail,
    error_schema=Detail,
    validation_schema=FieldErrors,
    pagination=NumberedPages(),
)
