"""Exports: a report as a file, at once or by a job that tells its progress (DECISIONS.md section 5, "Reports")."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol
from uuid import UUID

import msgspec

from core.access.principal import SYSTEM, Caller
from core.documents.tables import Column, Table, TableWriter
from core.files.content import PDF, Kind
from core.files.service import Files, StoredFile, unrecorded
from core.jobs.policy import GiveUp
from core.organisations.entities import OWN_ORGANISATION
from core.primitives.clock import Clock
from core.primitives.errors import DomainError, invalid_field, message, missing
from core.primitives.errors import Kind as ErrorKind
from core.primitives.locale import Locale
from core.work import Delivery, Work, Works
from plugins.crm.rapports.domain import FIELDS, TITLES, Asked, Format, Rapport
from plugins.crm.rapports.reading_service import Reading, Report

logger = logging.getLogger("socle.crm.exports")

DONE: Final = "Terminé"
FAILED: Final = "Échoué"
MAX_ATTEMPTS: Final = 4
STUCK: Final = timedelta(hours=12)
PROGRESS_EVERY: Final = timedelta(seconds=1)
REMOVED_AT_ONCE: Final = 100
MAX_BYTES: Final = 2_000_000_000

TOO_MANY_ROWS = message(
    "crm_export_too_many_rows",
    fr="Cet export compte {total} lignes, plus que les {most} possibles : précisez les filtres.",
    en="This export has {total} rows, more than the {most} possible: narrow the filters.",
)
EXPORT_FAILED = message(
    "crm_export_failed",
    fr="L'export n'a pas pu être produit ; demandez-le à nouveau.",
    en="The export could not be made; ask for it again.",
)

_CSV = Kind("text/csv", "csv", lambda data: data.startswith(b"\xef\xbb\xbf"))
_XLSX = Kind(
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsx",
    lambda data: data.startswith(b"PK\x03\x04"),
)
KINDS: Final[Mapping[Format, Kind]] = {Format.CSV: _CSV, Format.XLSX: _XLSX, Format.PDF: PDF}

Parse = Callable[[Rapport, dict[str, Any]], Asked]
"""Reads the filters of an export. Raises `DomainError` of kind invalid on those of `filtres` that cannot be read."""


class Order(msgspec.Struct, frozen=True):
    """What a job is to make: a report in a format, for an organisation (None: of everything), in a language; `lignes`
    is how many rows there were when it was asked for."""

    id: int
    entreprise: UUID | None
    rapport: Rapport
    format: Format
    filtres: dict[str, Any]
    langue: Locale
    lignes: int


class Export(msgspec.Struct, frozen=True):
    """An export that a job makes, as it stands."""

    id: int
    rapport: str
    format: str
    statut: str
    lignes: int
    lignes_faites: int
    fichier: UUID | None
    nom_fichier: str
    date_creation: datetime

    @property
    def progress(self) -> int:
        """How much is done, in per cent: 100 once the file is there."""
        if self.statut == DONE:
            return 100
        return min(99, 100 * self.lignes_faites // self.lignes) if self.lignes else 0


class Made(msgspec.Struct, frozen=True):
    """A file that was made at once. It has no name on the disk any more: closing it is all that is left to do."""

    name: str
    media_type: str
    size: int
    file: BinaryIO


class ExportStore(Protocol):
    """Records exports that jobs make."""

    async def insert(self, work: Work, order: Order, account: int) -> int:
        """Record an export to be made; return its id."""
        ...

    async def get(self, work: Work, key: int) -> Export | None:
        """Return an export in scope."""
        ...

    async def begin(self, work: Work, key: int) -> Order | None:
        """Note that an export is being made, and return what was asked for; None where nothing is left to do."""
        ...

    async def note_progress(self, work: Work, key: int, rows: int) -> None:
        """Note how many rows are written."""
        ...

    async def finish(self, work: Work, key: int, file: UUID, name: str, rows: int) -> bool:
        """Note that an export is made; whether somebody waits for it."""
        ...

    async def fail(self, work: Work, key: int) -> None:
        """Note that an export cannot be made."""
        ...

    async def fail_stuck(self, work: Work, before: datetime) -> None:
        """Note that exports on which nothing has moved since a moment are not made any more."""
        ...

    async def remove(self, work: Work, before: datetime, limit: int) -> Sequence[UUID | None]:
        """Delete exports that were asked for before a moment; return the file of each."""
        ...

    async def name_of(self, work: Work, organisation: UUID) -> str:
        """The name of an organisation."""
        ...


class Paper(Protocol):
    """Lays a report out and prints it."""

    async def print(self, report: Report, organisation: str, filtres: Mapping[str, Any], locale: Locale) -> bytes:
        """Return a report as a PDF."""
        ...


class Limits(msgspec.Struct, frozen=True):
    """How many rows are exported at once, how many at most, and how long the file of a job is kept."""

    at_once: int
    most: int
    kept: timedelta


class Exports:
    """The use cases of exports. `job` is the name of the job that `make` handles, `parse` reads filters."""

    def __init__(
        self,
        works: Works,
        reading: Reading,
        store: ExportStore,
        writers: Mapping[Format, TableWriter],
        paper: Paper,
        files: Files,
        clock: Clock,
        *,
        limits: Limits,
        parse: Parse,
        job: str,
    ) -> None:
        self._works = works
        self._reading = reading
        self._store = store
        self._writers = writers
        self._paper = paper
        self._files = files
        self._clock = clock
        self._limits = limits
        self._parse = parse
        self._job = job

    async def export(
        self, caller: Caller, rapport: Rapport, kind: Format, filtres: dict[str, Any], *, later: bool = False
    ) -> Made | int:
        """Make an export of few rows; of more than are made at once, or where the caller prefers it made `later`,
        return how many there are.

        Raises `DomainError` of kind invalid where filters cannot be read, or where there are more rows than an export
        may have.
        """
        order = Order(0, None, rapport, kind, filtres, caller.locale, 0)
        async with _folder() as folder:
            written = await self._write(unrecorded(caller), order, folder, most=-1 if later else self._limits.at_once)
            if not isinstance(written, int):
                async with self._works.within(unrecorded(caller)) as work:
                    details = {"format": kind, "lignes": written.rows}
                    work.audit("EXPORT", "Rapport", rapport, details=details)
                    await work.commit()
                return await asyncio.to_thread(_opened, self._name(order), self._media_type(kind), written.path)
        if written > self._limits.most:
            raise invalid_field("filtres", TOO_MANY_ROWS, total=written, most=self._limits.most)
        return written

    async def order(self, caller: Caller, rapport: Rapport, kind: Format, filtres: dict[str, Any], rows: int) -> Export:
        """Have a job make an export of so many rows."""
        principal = caller.principal
        if principal is None:
            raise missing()
        async with self._works.within(caller) as work:
            owner = None if work.scope.everything else work.scope.organisation
            order = Order(0, owner, rapport, kind, filtres, caller.locale, rows)
            key = await self._store.insert(work, order, principal.number)
            work.ask(self._job, export=key)
            work.audit("EXPORT", "Rapport", key, details={"rapport": rapport, "format": kind, "lignes": rows})
            export = await self._store.get(work, key)
            if export is None:
                raise missing()
            await work.commit(export)
        return export

    async def get(self, caller: Caller, key: int) -> Export:
        """Return an export of the caller's organisation. Raises `DomainError` of kind missing."""
        async with self._works.within(caller) as work:
            found = await self._store.get(work, key)
        if found is None:
            raise missing()
        return found

    def path_of(self, export: Export) -> str | None:
        """A signed path that shows the file of an export until it expires; None while there is none."""
        return None if export.fichier is None else self._files.path(export.fichier, export.nom_fichier)

    # jobs

    async def make(self, delivery: Delivery) -> None:
        """Make an export that was ordered. What another try may mend is tried again, some times; else it has failed,
        and says so."""
        key = int(delivery.payload["export"])
        async with self._works.everywhere(SYSTEM) as work:
            order = await self._store.begin(work, key)
            await work.commit()
        if order is None:
            return
        try:
            if delivery.attempt > MAX_ATTEMPTS:
                raise GiveUp(f"export {key} was tried {MAX_ATTEMPTS} times")
            await self._make(delivery, order)
        except Exception as error:
            passing = isinstance(error, DomainError) and error.kind is ErrorKind.UNAVAILABLE
            if passing and delivery.attempt < MAX_ATTEMPTS:
                raise
            logger.exception("Export %d cannot be made.", key)
            async with self._works.everywhere(SYSTEM) as work:
                await self._store.fail(work, key)
                await work.commit()
            raise GiveUp(f"export {key}: {type(error).__name__}: {error}") from error

    async def tidy(self, delivery: Delivery) -> None:  # noqa: ARG002 - a handler takes its delivery
        """Remove exports that have been there long enough, their files with them; give up those that are stuck."""
        now = self._clock.now()
        async with self._works.everywhere(SYSTEM) as work:
            await self._store.fail_stuck(work, now - STUCK)
            await work.commit()
        removed = REMOVED_AT_ONCE
        while removed == REMOVED_AT_ONCE:
            async with self._works.everywhere(SYSTEM) as work:
                files = await self._store.remove(work, now - self._limits.kept, REMOVED_AT_ONCE)
                for file in files:
                    if file is not None:
                        await self._files.release(work, file)
                await work.commit()
            removed = len(files)

    async def _make(self, delivery: Delivery, order: Order) -> None:
        keeper = Caller(narrowed_to=order.entreprise or OWN_ORGANISATION, locale=order.langue)
        reader = keeper if order.entreprise else None
        async with _folder() as folder:
            written = await self._write(reader, order, folder, most=self._limits.most, told=order.id)
            if isinstance(written, int):
                raise GiveUp(f"export {order.id} has grown to {written} rows")
            stored = await self._receive(keeper, order, written)
        async with self._works.delivering(delivery) as work:
            if await self._store.finish(work, order.id, stored.id, stored.name, written.rows):
                await self._files.keep(work, stored)
            await work.commit()

    async def _receive(self, keeper: Caller, order: Order, written: "_Written") -> StoredFile:
        data = await asyncio.to_thread(written.path.read_bytes)
        name = self._name(order)
        return await self._files.receive(keeper, "fichier", name, data, (KINDS[order.format],), MAX_BYTES)

    # writing

    async def _write(
        self, caller: Caller | None, order: Order, folder: Path, *, most: int, told: int | None = None
    ) -> "_Written | int":
        """Write a report into a file; where there are more rows than `most`, return their number instead. Without a
        caller it is over everything; `told` is the export whose progress is told."""
        asked = self._parse(order.rapport, order.filtres)
        path = folder / f"export.{order.format}"
        opened = self._works.within(caller) if caller is not None else self._works.everywhere(SYSTEM)
        async with AsyncExitStack() as reading:
            work = await reading.enter_async_context(opened)
            figures = await self._reading.figures(work, order.rapport, asked)
            if figures.total > most:
                return figures.total
            if order.format is not Format.PDF:
                batches = _released(self._reading.batches(work, order.rapport, asked, figures), reading)
                shown = batches if told is None else self._telling(told, batches)
                table = self._table(order)
                return _Written(path, await self._writers[order.format].write(path, table, shown))
            report = await self._reading.read(work, order.rapport, asked, figures)
            name = await self._organisation(work)
        document = await self._paper.print(report, name, order.filtres, order.langue)
        await asyncio.to_thread(path.write_bytes, document)
        return _Written(path, figures.total)

    async def _organisation(self, work: Work) -> str:
        organisation = work.scope.organisation
        return "" if organisation is None or work.scope.everything else await self._store.name_of(work, organisation)

    async def _telling(self, export: int, batches: AsyncIterator[Sequence[Any]]) -> AsyncIterator[Sequence[Any]]:
        """Pass batches on, and note now and then how many rows have passed."""
        rows, told = 0, self._clock.now()
        async for batch in batches:
            yield batch
            rows += len(batch)
            if self._clock.now() - told >= PROGRESS_EVERY:
                async with self._works.everywhere(SYSTEM) as work:
                    await self._store.note_progress(work, export, rows)
                    await work.commit()
                told = self._clock.now()

    def _table(self, order: Order) -> Table:
        columns = tuple(
            Column(field.title.in_(order.langue), field.kind, field.width) for field in FIELDS[order.rapport]
        )
        return Table(TITLES[order.rapport].in_(order.langue), columns, self._reading.zone, order.langue)

    def _name(self, order: Order) -> str:
        day = self._clock.now().astimezone(self._reading.zone).date()
        return f"rapport-{order.rapport}-{day.isoformat()}.{order.format}"

    def _media_type(self, kind: Format) -> str:
        return KINDS[kind].media_type if kind is Format.PDF else self._writers[kind].media_type


class _Written(msgspec.Struct, frozen=True):
    path: Path
    rows: int


async def _released(batches: AsyncIterator[Sequence[Any]], reading: AsyncExitStack) -> AsyncIterator[Sequence[Any]]:
    """Pass batches on, and end the unit of work that they are read in after the last one: the connection is free while
    the file is put together."""
    async for batch in batches:
        yield batch
    await reading.aclose()


@asynccontextmanager
async def _folder() -> AsyncIterator[Path]:
    """A folder of its own, gone at the end."""
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="socle-export-")
    try:
        yield Path(folder)
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


def _opened(name: str, media_type: str, path: Path) -> Made:
    return Made(name, media_type, path.stat().st_size, path.open("rb"))
