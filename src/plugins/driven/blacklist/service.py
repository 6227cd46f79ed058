"""What the list of blacklisted numbers answers to, and what it keeps the house from."""

from typing import Any, Protocol, TypeVar

from core.access.principal import Caller
from core.primitives.errors import message, missing
from core.primitives.page import Listing, Versioned
from core.primitives.phone import compact_phone, phone_forms
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

LISTING = Listing(
    ordering=("id", "numero", "nom", "structure", "date_ajout", "creer_a", "modifier_a"), default_ordering=("id",)
)

ENTRY_NOT_FOUND = message(
    "driven_blacklist_not_found", fr="Entrée de la liste noire non trouvée", en="Blacklist entry not found"
)
NUMERO_USED = message(
    "driven_blacklist_numero_used",
    fr="Ce numéro est déjà dans la liste noire",
    en="This number is already in the blacklist",
)


class ListedNumbers(Protocol):
    """Knows which numbers are listed."""

    async def listed(self, work: Work, forms: tuple[str, ...]) -> ResourceId | None:
        """Return the entry whose number is one of these forms, the first of them that is listed; None where none is."""
        ...


class BlacklistStore(ListedNumbers, ResourceStore[W], Protocol[W]):
    """What the blacklist needs of its store."""


class Blacklist(TrackedResource[W]):
    """The blacklist. Entries are unique by their numbers without spaces, dots and dashes; looking a number up also
    finds the forms that it has with its country code and without. `region` reads numbers without one."""

    store: BlacklistStore[W]

    def __init__(self, works: Works, store: BlacklistStore[W], *, region: str) -> None:
        super().__init__(works, store, object_type="Blacklist", absent=ENTRY_NOT_FOUND)
        self._region = region

    async def find(self, caller: Caller, name: str, value: Any) -> Versioned[W]:  # noqa: ARG002 - it has one such field
        """Return the entry of a number, written as it is before other forms. Raises `DomainError` of kind missing."""
        async with self.works.reading(caller) as work:
            key = await self.store.listed(work, phone_forms(value, self._region))
            found = None if key is None else await self.store.get(work, key)
        if found is None:
            raise missing(self.absent)
        return found

    async def is_listed(self, caller: Caller, numero: str) -> bool:
        """Whether a number is blacklisted."""
        async with self.works.reading(caller) as work:
            return await self.store.listed(work, phone_forms(numero, self._region)) is not None


class BlacklistGuard:
    """Keeps blacklisted numbers from being contacted or paid by any product (`core.numbers`)."""

    def __init__(self, store: ListedNumbers) -> None:
        self._store = store

    async def blocks(self, work: Work, forms: tuple[str, ...]) -> bool:
        """Whether one of the forms is blacklisted."""
        return await self._store.listed(work, forms) is not None


def digits_of(numero: str) -> str:
    """The digits of a number as it is compared; "" where it holds anything else but a leading plus."""
    digits = compact_phone(numero).removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() else ""
