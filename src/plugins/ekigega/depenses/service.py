"""Expenses: what their list answers to, and their receipts."""

from collections.abc import Mapping
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from core.access.principal import Caller
from core.files.content import JPEG, PDF, PNG, WEBP
from core.files.service import Files, StoredFile, Upload
from core.primitives.page import Filter, FilterKind, Listing, Versioned
from core.resources import Resource, ResourceId, ResourceStore
from core.work import Work, Works

W = TypeVar("W")

RECEIPT: Final = "justificatif"
RECEIPT_KINDS: Final = (PDF, PNG, JPEG, WEBP)
MAX_RECEIPT_BYTES: Final = 10_000_000

LISTING = Listing(
    filters=(Filter("categorie", FilterKind.EXACT_FOLDED), Filter("type", FilterKind.EXACT_FOLDED)),
    search=("description",),
    ordering=("id", "categorie", "description", "montant", "type", "entreprise", "created_at", "updated_at"),
)


class DepenseStore(ResourceStore[W], Protocol[W]):
    """What expenses need of their store."""

    async def receipt_of(self, work: Work, key: ResourceId) -> UUID | None:
        """Return the receipt of an expense in scope, and hold the expense until the transaction ends."""
        ...


class Depenses(Resource[W]):
    """The use cases of expenses. A receipt is checked and stored first, and kept in the transaction of its expense;
    one that is replaced, taken away or deleted is released there (DECISIONS.md section 1, "Expenses")."""

    store: DepenseStore[W]

    def __init__(self, works: Works, store: DepenseStore[W], files: Files) -> None:
        super().__init__(works, store, object_type="Depense")
        self._files = files

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Make an expense."""
        return await super().create(caller, await self._with_receipt(caller, values))

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change an expense. A new receipt replaces the one before, null takes it away; without either it stays."""
        # before anything is stored: who may not see it, stores nothing
        await self.get(caller, key)
        return await super().change(caller, key, await self._with_receipt(caller, values), version)

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Keep the new receipt, release the one before."""
        if RECEIPT not in values:
            return values
        if key is not None:
            await self._release(work, key)
        receipt = values[RECEIPT]
        if isinstance(receipt, StoredFile):
            await self._files.keep(work, receipt)
            values[RECEIPT] = receipt.id
        return values

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Release the receipt."""
        await self._release(work, key)

    async def _release(self, work: Work, key: ResourceId) -> None:
        receipt = await self.store.receipt_of(work, key)
        if receipt is not None:
            await self._files.release(work, receipt)

    async def _with_receipt(self, caller: Caller, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with an uploaded receipt stored; the address of the present one, sent back, changes nothing."""
        given = dict(values)
        receipt = given.get(RECEIPT)
        if isinstance(receipt, Upload):
            data = await receipt.read()
            given[RECEIPT] = await self._files.receive(
                caller, RECEIPT, receipt.filename, data, RECEIPT_KINDS, MAX_RECEIPT_BYTES
            )
        elif receipt is not None:
            given.pop(RECEIPT, None)
        return given
