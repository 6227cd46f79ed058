"""Icons in requests: sent with a form. `adapters.http.public_files` shows them."""

import re
from typing import Annotated, Any

import msgspec
from litestar.datastructures import UploadFile

from adapters.http.scalars import Rejected
from core.primitives import messages

_PATH = re.compile(r"uploads/[a-z]+/[0-9a-f]{32}\.[a-z]{3}\Z")


def check_icon(value: Any) -> Any:
    """Accept an uploaded file, or the path of the present icon, sent back; an empty text stands for it in a form."""
    if isinstance(value, UploadFile) or value == "":
        return value
    if not isinstance(value, str) or not _PATH.match(value):
        raise Rejected(messages.NOT_FILE)
    return value


Icon = Annotated[Any, msgspec.Meta(extra={"check": check_icon, "file": True})]
"""An icon: a file in a form; null takes the present one away."""
