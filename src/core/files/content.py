"""What a file is, by its content and not by its name."""

from collections.abc import Callable

import msgspec


class Kind(msgspec.Struct, frozen=True):
    """A kind of file: its media type, its usual ending, and what its bytes look like."""

    media_type: str
    ending: str
    matches: Callable[[bytes], bool]


PDF = Kind("application/pdf", "pdf", lambda data: data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:])
PNG = Kind("image/png", "png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR")
# cameras append data of their own after the end of the picture
JPEG = Kind("image/jpeg", "jpg", lambda data: data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data)
WEBP = Kind(
    "image/webp",
    "webp",
    lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 <= len(data),
)


def kind_of(data: bytes, accepted: tuple[Kind, ...]) -> Kind | None:
    """The first accepted kind that the content is of, None where it is of none."""
    return next((kind for kind in accepted if kind.matches(data)), None)
