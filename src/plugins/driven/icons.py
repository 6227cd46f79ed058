"""Icons of applications and pages: public files that live and go with what they belong to."""

from collections.abc import Mapping
from typing import Any, Final, Protocol, TypeVar

from core.access.principal import Caller
from core.files.content import GIF, JPEG, PNG, SVG
from core.files.public import PublicFile, PublicFiles
from core.files.service import Upload
from core.primitives.errors import Message
from core.primitives.page import Versioned
from core.resources import ResourceId, ResourceStore
from core.work import Work, Works
from plugins.driven.tracking import TrackedResource

W = TypeVar("W")

ICON_KINDS: Final = (PNG, JPEG, GIF, SVG)
MAX_ICON_BYTES: Final = 2_000_000


class IconStore(ResourceStore[W], Protocol[W]):
    """What things with an icon need of their store."""

    async def icon_of(self, work: Work, key: ResourceId) -> str | None:
        """Return the path of an icon, and hold what it belongs to until the transaction ends."""
        ...


class IconResource(TrackedResource[W]):
    """Things with an icon in `field`, kept in `folder`. An icon is checked and stored first, and kept in the
    transaction of its owner; one that is replaced, taken away or whose owner is deleted is released there
    (contracts/driven.md, "Gestion des fichiers"; DECISIONS.md section 3, "Icons")."""

    store: IconStore[W]

    def __init__(
        self,
        works: Works,
        store: IconStore[W],
        files: PublicFiles,
        *,
        field: str,
        folder: str,
        object_type: str,
        key: str,
        absent: Message,
    ) -> None:
        super().__init__(works, store, object_type=object_type, key=key, absent=absent)
        self._files = files
        self._field = field
        self._folder = folder

    async def create(self, caller: Caller, values: Mapping[str, Any]) -> Versioned[W]:
        """Make one. Raises `DomainError` of kind invalid for a file that is no icon."""
        return await super().create(caller, await self._with_icon(caller, values))

    async def change(
        self, caller: Caller, key: ResourceId, values: Mapping[str, Any], version: int | None = None
    ) -> Versioned[W]:
        """Change one. A new icon replaces the one before, null takes it away; without either it stays."""
        # before anything is stored: what is not there, gets no icon
        await self.get(caller, key)
        return await super().change(caller, key, await self._with_icon(caller, values), version)

    async def prepare(self, work: Work, values: dict[str, Any], key: ResourceId | None) -> dict[str, Any]:
        """Add who writes; keep the new icon, release the one before."""
        prepared = await super().prepare(work, values, key)
        if self._field in prepared:
            if key is not None:
                await self._release(work, key)
            icon = prepared[self._field]
            if isinstance(icon, PublicFile):
                await self._files.keep(work, icon)
                prepared[self._field] = icon.path
        return prepared

    async def before_delete(self, work: Work, key: ResourceId) -> None:
        """Release the icon."""
        await self._release(work, key)

    async def _release(self, work: Work, key: ResourceId) -> None:
        icon = await self.store.icon_of(work, key)
        if icon is not None:
            await self._files.release(work, icon)

    async def _with_icon(self, caller: Caller, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with an uploaded icon stored; the path of the present one, sent back, changes nothing."""
        given = dict(values)
        icon = given.get(self._field)
        if isinstance(icon, Upload):
            data = await icon.read()
            given[self._field] = await self._files.receive(
                caller, self._field, self._folder, data, ICON_KINDS, MAX_ICON_BYTES
            )
        elif icon is not None:
            given.pop(self._field)
        return given
