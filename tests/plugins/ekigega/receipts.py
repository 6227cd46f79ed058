"""Receipts by their content: what is taken, and what is not."""

import struct
import zlib


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
}
