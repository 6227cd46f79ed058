"""Scalars of driven's requests: moments in UTC, and ids of other things."""

from datetime import UTC, datetime
from typing import Annotated

from litestar.params import PathParameter
from msgspec import Meta

from adapters.http.scalars import Rejected
from core.primitives import messages
from core.primitives.ids import MAX_INTEGER_ID


def check_moment(value: datetime) -> datetime:
    """Read a moment in whole seconds; one without zone is in UTC (DECISIONS.md section 0, "Times"). Refuse years
    before 1900 and after 9998, which other zones and databases may not know."""
    if not 1900 <= value.year <= 9998:
        raise Rejected(messages.NOT_INSTANT)
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


Moment = Annotated[datetime, Meta(extra={"check": check_moment}, extra_json_schema={"format": "date-time"})]
"""A moment in ISO 8601; without zone it is in UTC."""

IdSet = Annotated[list[int], Meta(min_length=1, max_length=500)]
"""Other things by their ids. The order means nothing, nor does an id that stands twice."""

PathId = Annotated[str, PathParameter(schema_extra={"type": "integer", "format": "int64"})]
"""A further id of a path, read as all ids are: a malformed one is 404."""

Reference = Annotated[int, Meta(ge=1, le=MAX_INTEGER_ID)]
"""The id of another thing."""
