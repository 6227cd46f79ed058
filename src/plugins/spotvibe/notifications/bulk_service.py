"""Sending to many: recorded with everybody that it goes to, and done by a job in batches (contracts/spotvibe.md section
7.5; DECISIONS.md section 2, "Notifications")."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from core.access.principal import Caller
from core.primitives import messages
from core.primitives.errors import invalid_field, missing
from core.resources import ResourceId
from core.work import Delivery, Work, Works
from plugins.spotvibe.notifications.domain import (
    ENVOI_NOT_FOUND,
    UNFILLED_PLACES,
    UNKNOWN_USERS,
    Annonce,
    Modele,
    number_of,
)
from plugins.spotvibe.notifications.notify_service import Notifier
from plugins.spotvibe.notifications.types import ALWAYS

OBJECT_TYPE: Final = "BulkSend"
JOB: Final = "spotvibe_notifications.send_bulk"
NAMED: Final = 20
"""How many unknown users an error names."""


class Envoi(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent to many: the template as it was when the sending began, and what fills it."""

    modele: Modele
    annonce: Annonce


class BulkStore(Protocol):
    """What sending to many needs of its store."""

    async def template(self, work: Work, key: int) -> Modele | None:
        """Return a template by its id."""
        ...

    async def unknown(self, work: Work, numbers: Sequence[int]) -> list[int]:
        """Return those of these numbers that are no user with an open account."""
        ...

    async def insert(
        self, work: Work, envoi: Envoi, numbers: Sequence[int], *, template: int, requested_by: int
    ) -> int:
        """Record a sending to users, and return its id."""
        ...

    async def insert_for_followers(self, work: Work, envoi: Envoi, followed: int, cle: str) -> int | None:
        """Record a sending to a user's followers, and return its id; None where there are none, or where one with this
        key was recorded before."""
        ...

    async def progress(self, work: Work, key: int) -> Any:
        """Return how a sending stands; None where there is none."""
        ...

    async def hold(self, work: Work, key: int) -> Envoi | None:
        """Return a sending that is not finished, and hold it until the transaction ends."""
        ...

    async def waiting(self, work: Work, key: int, limit: int) -> list[int]:
        """Return the next users of a sending who were not told."""
        ...

    async def mark(self, work: Work, key: int, told: Sequence[int], others: Sequence[int]) -> bool:
        """Record who was told and who could not be; returns whether somebody still waits. A sending for which nobody
        waits is finished."""
        ...


class Envois:
    """Sendings to many. Everybody is told in the transaction that says so: a job that dies leaves a batch undone, and
    goes on with it."""

    def __init__(self, works: Works, store: BulkStore, notifier: Notifier, *, batch: int) -> None:
        self._works = works
        self._store = store
        self._notifier = notifier
        self._batch = batch

    async def start(self, caller: Caller, template: int, users: Sequence[int], data: Mapping[str, Any]) -> int:
        """Record a sending, have it done, and return its id. Raises `DomainError` of kind invalid on `template_id` for
        an unknown template, on `target_users` naming the unknown ones, on `additional_data` naming the template's
        places that it does not fill."""
        numbers = sorted(set(users))
        async with self._works.within(caller) as work:
            modele = await self._store.template(work, template)
            if modele is None:
                raise invalid_field("template_id", messages.NOT_REFERENCE)
            unknown = await self._store.unknown(work, numbers)
            if unknown:
                named = ", ".join(map(str, unknown[:NAMED])) + (", …" if len(unknown) > NAMED else "")
                raise invalid_field("target_users", UNKNOWN_USERS, users=named)
            unfilled = modele.places - ALWAYS - {name for name, value in data.items() if value is not None}
            if unfilled:
                raise invalid_field("additional_data", UNFILLED_PLACES, places=", ".join(sorted(unfilled)))
            values = {name: _written(value) for name, value in data.items() if name in modele.places - ALWAYS}
            annonce = Annonce(
                type_notification=modele.type_notification, values=values, lien=_link(data), donnees=dict(data)
            )
            made = await self._store.insert(
                work,
                Envoi(modele=modele, annonce=annonce),
                numbers,
                template=template,
                requested_by=number_of(caller),
            )
            work.audit("CREATE", OBJECT_TYPE, made, details={"template_id": template, "users": len(numbers)})
            work.ask(JOB, envoi=made)
            await work.commit(made)
        return made

    async def tell_followers(self, work: Work, annonce: Annonce, followed: int, cle: str) -> None:
        """Have a user's followers told of something, once for each key."""
        modele = await self._notifier.template(work, annonce.type_notification)
        made = await self._store.insert_for_followers(work, Envoi(modele=modele, annonce=annonce), followed, cle)
        if made is not None:
            work.ask(JOB, envoi=made)

    async def progress(self, caller: Caller, key: ResourceId) -> Any:
        """Return how a sending stands. Raises `DomainError` of kind missing."""
        async with self._works.reading(caller) as work:
            found = await self._store.progress(work, int(key))
        if found is None:
            raise missing(ENVOI_NOT_FOUND)
        return found

    async def send(self, delivery: Delivery) -> None:
        """Handle the job `send_bulk`: tell the next batch, and ask for the one after it."""
        key = int(delivery.payload["envoi"])
        async with self._works.delivering(delivery) as work:
            envoi = await self._store.hold(work, key)
            if envoi is not None:
                numbers = await self._store.waiting(work, key, self._batch)
                told = await self._notifier.send(work, envoi.modele, envoi.annonce, numbers)
                others = [number for number in numbers if number not in told]
                if await self._store.mark(work, key, sorted(told), others):
                    work.ask(JOB, envoi=key)
            await work.commit()


def _written(value: Any) -> str | int:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else str(value).lower()


def _link(data: Mapping[str, Any]) -> str | None:
    """Where a sending leads, where its data say so: a path of the application."""
    link = data.get("lien_action")
    return link if isinstance(link, str) and link.startswith("/") else None
