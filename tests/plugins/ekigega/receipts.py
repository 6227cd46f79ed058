"""Receipts by their content, what is taken and what is not, and where they are: in the records, in the storage."""

import struct
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from core.files.service import SWEEP_FILES
from core.primitives.ids import new_id
from core.work import Delivery
from tests.installation import Company, Installed

SWEEP = Delivery(new_id(), "job", SWEEP_FILES, {})


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _webp() -> bytes:
    data = b"WEBPVP8L" + struct.pack("<I", 6) + b"\x2f\0\0\0\0\0"
    return b"RIFF" + struct.pack("<I", len(data)) + data


PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = _png()
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9"
WEBP = _webp()

TAKEN = {
    "pdf": (PDF, "application/pdf", "pdf"),
    "png": (PNG, "image/png", "png"),
    "jpeg": (JPEG, "image/jpeg", "jpg"),
    "jpeg with what a camera appends": (JPEG + b"SEFT" * 100, "image/jpeg", "jpg"),
    "webp": (WEBP, "image/webp", "webp"),
}
REFUSED = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "html that speaks of a pdf": b"<html>%PDF-1.4 %%EOF</html>",
    "exe": b"MZ" + b"\0" * 200,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "gif": b"GIF89a\x01\0\x01\0\0\0\0;",
    "zip": b"PK\x03\x04" + b"\0" * 50,
    "half a pdf": PDF[:20],
    "half a webp": WEBP[:-3],
    "the first bytes of a png": PNG[:8],
    "half a jpeg": JPEG[:-2],
    "one byte": b"%",
    "html with the mark of a png": b"<script>/***IHDR*/alert(1)</script>",
    "html with the end of a jpeg": b"<script>alert('\xff\xd9')</script>",
    "html with the mark of a webp": b"<!--\0\0\0\0WEBP--><script>alert(1)</script>",
    "a sound in the container of a webp": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 30,
}


async def stored(owner: Any, company: Company) -> dict[str, int]:
    """How many files of a company are recorded, by state."""
    found = await owner.fetch(
        "select state, count(*)::int as n from stored_file where organisation_id = $1 group by 1", UUID(company.id)
    )
    return {row["state"]: row["n"] for row in found}


def objects(installed: Installed, company: Company) -> list[Path]:
    """The objects that the storage keeps for a company."""
    folder = installed.composition.loaded.home / "files" / company.id
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def sweep(installed: Installed) -> None:
    """Run the job."""
    await installed.composition.handlers[SWEEP_FILES](SWEEP)


def parts_of(address: str) -> tuple[str, str, str, str]:
    """The id, name, expiry and signature of a signed address."""
    parts = urlsplit(address)
    _, files, key, name = parts.path.split("/")
    assert (parts.scheme, parts.netloc, files) == ("http", "testserver", "files")
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return key, unquote(name), query["expires"], query["signature"]
