"""Icons on the wire: sent with a form, shown to everybody."""

import re
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import named
from adapters.http.scalars import Rejected
from core.access.rules import Anyone
from core.files.content import SVG
from core.files.public import PublicFiles
from core.primitives import messages
from core.primitives.locale import Text

SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself is a document: it is drawn, with its own style, and does nothing."""
FOR_EVER = "public, max-age=31536000, immutable"
"""A name is never used again."""

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


def icons_controller(files: PublicFiles, folder: str, *, name: str, tag: str, summary: Text) -> type[Controller]:
    """The controller of `/<folder>/{name}`, open to all: pictures are shown where no token can be sent."""

    async def handler(self: Any, request: StrictRequest, key: str) -> Response[bytes]:  # noqa: ARG001
        found, data = await files.open(f"{folder}/{key}")
        headers = {"cache-control": FOR_EVER, "content-disposition": f"inline; filename={key}"}
        if found.media_type == SVG.media_type:
            headers["content-security-policy"] = SVG_POLICY
        return Response(data, media_type=found.media_type, headers=headers)

    show = operation(
        "GET",
        "/{key:str}",
        name=name,
        rule=Anyone(),
        summary=summary,
        media_type="image/*",
        facts=Facts(errors=(404,), key="name", text_key=True),
    )(named(handler, name, key=FromPath[str], **{"return": Response[bytes]}))
    made: Any = {"path": f"/{folder}", "tags": [tag], "__module__": __name__, name: show}
    return type(f"{name.title().replace('_', '')}Controller", (Controller,), made)
