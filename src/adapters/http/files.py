"""`GET /files/{id}/{name}`: a private file, to who holds a signed address that has not expired."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream

from core.files.service import Files
from core.primitives.errors import missing
from core.primitives.ids import parse_uuid

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A file is shown, never run (it may be a PDF or an image of a stranger's making)."""


def file_handler(files: Files) -> Any:
    """The handler of signed addresses."""

    @get("/files/{key:str}/{name:str}", include_in_schema=False)
    async def show_file(request: Request[Any, Any, Any], key: FromPath[str], name: FromPath[str]) -> Stream:  # noqa: ARG001
        file: UUID | None = parse_uuid(key)
        expires = request.query_params.get("expires", "")
        if file is None or not (expires.isascii() and expires.isdigit() and len(expires) < 12):
            raise missing()
        found, pieces = await files.open(file, int(expires), request.query_params.get("signature", ""))
        headers = {
            "content-disposition": f"inline; filename*=UTF-8''{quote(found.name)}",
            "content-security-policy": POLICY,
            "cache-control": "private, max-age=300",
            "content-length": str(found.size),
        }
        return Stream(pieces, media_type=found.media_type, headers=headers)

    return show_file
