"""What people send: messages to the people behind the application, feedback, reports of content (contracts/spotvibe.md
sections 3.2 and 3.4). Staff read them (`plugins.spotvibe.core.lists_http`)."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field
from core.work import Work, Works
from plugins.spotvibe.core.domain import NO_COMMENTS, TypeContenu
from plugins.spotvibe.users.profile_service import moderates, principal_of

CONTACT: Final = "Contact"
FEEDBACK: Final = "Feedback"
REPORT: Final = "Signalement"


class MessageStore(Protocol):
    """What messages need of their store."""

    async def contact(self, work: Work, values: Mapping[str, Any]) -> int:
        """Insert a message to the people behind the application and return its id."""
        ...

    async def feedback(self, work: Work, number: int | None, values: Mapping[str, Any]) -> int:
        """Insert feedback and return its id."""
        ...

    async def report(self, work: Work, number: int, values: Mapping[str, Any]) -> int:
        """Insert a report and return its id."""
        ...

    async def user_exists(self, work: Work, number: int) -> bool:
        """Whether there is such an active user."""
        ...


class Reportable(Protocol):
    """Events, as far as they can be reported."""

    async def visible(self, work: Work, key: int, number: int, *, staff: bool) -> bool:
        """Whether a user sees such an event."""
        ...


class Messages:
    """Takes what people send. `events` is None where the installation has no events."""

    def __init__(self, works: Works, store: MessageStore, events: Reportable | None) -> None:
        self._works = works
        self._store = store
        self._events = events

    async def contact(self, caller: Caller, values: Mapping[str, Any]) -> int:
        """Take a message and return its id."""
        async with self._works.within(caller) as work:
            made = await self._store.contact(work, values)
            work.audit("CREATE", CONTACT, made)
            await work.commit(made)
        return made

    async def feedback(self, caller: Caller, values: Mapping[str, Any]) -> None:
        """Take feedback. Raises `DomainError` of kind invalid on `email` where nobody is signed in and it is absent."""
        principal = caller.principal
        email = values.get("email") or (principal.email if principal is not None else None)
        if email is None:
            raise invalid_field("email", messages.REQUIRED)
        number = principal.number if principal is not None else None
        async with self._works.within(caller) as work:
            made = await self._store.feedback(work, number, {**values, "email": email})
            work.audit("CREATE", FEEDBACK, made)
            await work.commit(made)

    async def report(self, caller: Caller, values: Mapping[str, Any]) -> int:
        """Take a report and return its id. Raises `DomainError` of kind invalid: on `content_type` for a comment, of
        which there are none, on `object_id` for what does not exist, or the caller cannot see."""
        kind, key = TypeContenu(values["content_type"]), values["object_id"]
        if kind is TypeContenu.COMMENT:
            raise invalid_field("content_type", NO_COMMENTS)
        number = principal_of(caller).number
        async with self._works.within(caller) as work:
            if kind is TypeContenu.USER:
                exists = await self._store.user_exists(work, key)
            else:
                exists = self._events is not None and await self._events.visible(
                    work, key, number, staff=moderates(caller)
                )
            if not exists:
                raise invalid_field("object_id", messages.NOT_REFERENCE)
            made = await self._store.report(work, number, values)
            work.audit("CREATE", REPORT, made)
            await work.commit(made)
        return made
