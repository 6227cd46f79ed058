"""Files that users upload for everybody to see (DECISIONS.md section 2, "upload")."""

from typing import Final, Protocol

from core.access.principal import Caller
from core.files.public import PublicFiles
from core.files.service import Upload
from core.work import Work, Works
from plugins.spotvibe.core.domain import (
    DEFAULT_IMAGE_SIZE,
    DOCUMENT_KINDS,
    IMAGE_KINDS,
    MAX_IMAGE_SIZE,
    UPLOAD_FOLDER,
    TypeFichier,
)
from plugins.spotvibe.core.setting_service import Settings
from plugins.spotvibe.users.profile_service import principal_of

OBJECT_TYPE: Final = "Fichier"


class UploadStore(Protocol):
    """What uploads need of their store."""

    async def insert(self, work: Work, path: str, number: int, kind: str) -> None:
        """Record who uploaded a public file, and as what."""
        ...


class Uploads:
    """Takes files and keeps them under random names."""

    def __init__(
        self, works: Works, store: UploadStore, files: PublicFiles, settings: Settings, *, max_document_bytes: int
    ) -> None:
        self._works = works
        self._store = store
        self._files = files
        self._settings = settings
        self._max_document_bytes = max_document_bytes

    async def take(self, caller: Caller, file: Upload, kind: TypeFichier) -> str:
        """Keep a file and return its path below the product's mount. Raises `DomainError` of kind invalid on `file`
        for one that is too large, or by its content of none of the accepted kinds."""
        number = principal_of(caller).number
        async with self._works.within(caller) as work:
            bound = await self._settings.get(work, MAX_IMAGE_SIZE)
        megabytes = DEFAULT_IMAGE_SIZE if bound is None else bound.value
        accepted, most = IMAGE_KINDS, megabytes * 1_000_000
        if kind is TypeFichier.DOCUMENT:
            accepted, most = DOCUMENT_KINDS, self._max_document_bytes
        received = await self._files.receive(caller, "file", UPLOAD_FOLDER, await file.read(), accepted, most)
        path = f"/{received.path}"
        async with self._works.within(caller) as work:
            await self._files.keep(work, received)
            await self._store.insert(work, received.path, number, kind.value)
            work.audit("CREATE", OBJECT_TYPE, received.path)
            await work.commit(path)
        return path
