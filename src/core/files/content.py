"""What a file is, by its content and not by its name."""

import re
from collections.abc import Callable

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """A kind of file: its media type, its usual ending, and what its bytes look like. An `active` one can hold programs
    and references: it is kept only once it has been cleaned (`core.files.public`)."""

    media_type: str
    ending: str
    matches: Callable[[bytes], bool]
    active: bool = False


PDF = Kind("application/pdf", "pdf", lambda data: data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:])
PNG = Kind("image/png", "png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR")
# cameras append data of their own after the end of the picture
JPEG = Kind("image/jpeg", "jpg", lambda data: data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data)
WEBP = Kind(
    "image/webp",
    "webp",
    lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 <= len(data),
)
# the picture's size follows the signature, and a semicolon ends the file
GIF = Kind("image/gif", "gif", lambda data: data[:6] in (b"GIF87a", b"GIF89a") and len(data) > 13 and b";" in data[13:])
_SVG_BEGINS = re.compile(rb"\s*<")
_SVG_ROOT = re.compile(rb"<svg[\s/>]")
SVG_HEAD = 64 * 1024
"""How far into a file its root element is looked for: declarations and comments stand before it."""


def _is_svg(data: bytes) -> bool:
    head = data[:SVG_HEAD].removeprefix(b"\xef\xbb\xbf")
    return _SVG_BEGINS.match(head) is not None and _SVG_ROOT.search(head) is not None


SVG = Kind("image/svg+xml", "svg", _is_svg, active=True)


def kind_of(data: bytes, accepted: tuple[Kind, ...]) -> Kind | None:
    """The first accepted kind that the content is of, None where it is of none."""
    return next((kind for kind in accepted if kind.matches(data)), None)
