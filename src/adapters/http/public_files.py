"""Public files on the wire: shown to everybody under a random name."""

from typing import Any

from litestar import Controller, Response
from litestar.params import FromPath

from adapters.http.operations import Facts, operation
from adapters.http.request import StrictRequest
from adapters.http.resource import named
from core.access.rules import Anyone
from core.files.content import SVG
from core.files.public import PublicFiles
from core.primitives.locale import Text

SVG_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG opened by itself is a document: it is drawn, with its own style, and does nothing."""
FOR_EVER = "public, max-age=31536000, immutable"
"""A name is never used again."""


def public_files_controller(files: PublicFiles, folder: str, *, name: str, tag: str, summary: Text) -> type[Controller]:
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
