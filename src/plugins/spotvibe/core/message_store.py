"""Writing what people send."""

from collections.abc import Mapping
from typing import Any

from adapters.db.work import pg
from core.work import Work

_CONTACT = "insert into spotvibe_contact (nom, email, sujet, message) values ($1, $2, $3, $4) returning id"
_FEEDBACK = "insert into spotvibe_feedback (user_id, subject, message, email) values ($1, $2, $3, $4) returning id"
_REPORT = """
insert into spotvibe_report (user_id, content_type, object_id, reason, description) values ($1, $2, $3, $4, $5)
returning id
"""
_USER_EXISTS = """
select exists (
    select from spotvibe_profile p join account a on a.number = p.user_id where p.user_id = $1 and a.is_active
)
"""


class MessageStore:
    """What people send, in PostgreSQL."""

    async def contact(self, work: Work, values: Mapping[str, Any]) -> int:
        """Insert a message to the people behind the application and return its id."""
        columns = (values["nom"], values["email"], values["sujet"], values["message"])
        made: int = await pg(work).connection.fetchval(_CONTACT, *columns)
        return made

    async def feedback(self, work: Work, number: int | None, values: Mapping[str, Any]) -> int:
        """Insert feedback and return its id."""
        columns = (number, values["subject"], values["message"], values["email"])
        made: int = await pg(work).connection.fetchval(_FEEDBACK, *columns)
        return made

    async def report(self, work: Work, number: int, values: Mapping[str, Any]) -> int:
        """Insert a report and return its id."""
        kind = str(values["content_type"])
        columns = (number, kind, values["object_id"], values["reason"], values["description"])
        made: int = await pg(work).connection.fetchval(_REPORT, *columns)
        return made

    async def user_exists(self, work: Work, number: int) -> bool:
        """Whether there is such an active user."""
        exists: bool = await pg(work).connection.fetchval(_USER_EXISTS, number)
        return exists
