"""`/swagger/`, `/redoc/` and `/swagger.json`."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from adapters.http.documentation.assets import REDOC_ASSETS, SWAGGER_ASSETS, Asset, coded, content, digest
from adapters.http.edge.codings import choose_coding
from core.primitives.errors import missing

_COMMON_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SWAGGER_POLICY = f"{_COMMON_POLICY}; style-src 'self'"
REDOC_POLICY = f"{_COMMON_POLICY}; style-src 'self' 'unsafe-inline'; worker-src blob:"
"""ReDoc writes style elements, and searches in a worker that it makes of a blob."""

_PAGE = """<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Documentation de l’API · API documentation</title>
<link rel="icon" type="image/png" href="{icon}">
{styles}
</head>
<body>
<div id="documentation" data-schema="{schema}"></div>
<noscript>Cette page a besoin de JavaScript ; le document lui-même est là :
<span lang="en">This page needs JavaScript; the document itself is here:</span>
<a href="{schema}">{schema}</a></noscript>
{scripts}
</body>
</html>
"""


def documentation_handlers(schema: Callable[[], Awaitable[bytes]], title: str, mount: str = "") -> list[Any]:
    """Litestar handlers for the documentation pages, their assets and the OpenAPI document.

    `schema` returns the document as JSON; `title` is the name of the API, in plain text; `mount` is the path prefix
    of it all ("" or "/docs").
    """
    page_of_swagger = _page(f"{mount}/swagger/assets", SWAGGER_ASSETS, "swagger", f"{mount}/swagger.json", title)
    page_of_redoc = _page(f"{mount}/redoc/assets", REDOC_ASSETS, "redoc", f"{mount}/swagger.json", title)

    @get(f"{mount}/swagger", include_in_schema=False)
    async def show_swagger() -> Response[bytes]:
        return _html(page_of_swagger, SWAGGER_POLICY)

    @get(f"{mount}/redoc", include_in_schema=False)
    async def show_redoc() -> Response[bytes]:
        return _html(page_of_redoc, REDOC_POLICY)

    @get(f"{mount}/swagger.json", include_in_schema=False)
    async def show_schema(request: Request[Any, Any, Any]) -> Response[bytes]:
        document = await schema()
        tag = f'"{hashlib.sha256(document).hexdigest()[:16]}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if _matches(request, tag):
            return Response(b"", status_code=304, headers=headers)
        return Response(document, media_type="application/json", headers=headers)

    @get(f"{mount}/swagger/assets/{{name:str}}", include_in_schema=False)
    async def show_swagger_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return await _asset(request, SWAGGER_ASSETS, name)

    @get(f"{mount}/redoc/assets/{{name:str}}", include_in_schema=False)
    async def show_redoc_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        return await _asset(request, REDOC_ASSETS, name)

    return [show_swagger, show_redoc, show_schema, show_swagger_asset, show_redoc_asset]


def _page(base: str, assets: Mapping[str, Asset], starter: str, schema: str, title: str) -> bytes:
    def address(name: str) -> str:
        return f"{base}/{name}?v={digest(assets[name])}"

    styles = [f'<link rel="stylesheet" href="{address(name)}">' for name in assets if name.endswith(".css")]
    names = [name for name in assets if name.endswith(".js") and name != f"{starter}.js"]
    scripts = [f'<script src="{address(name)}"></script>' for name in (*names, f"{starter}.js")]
    return _PAGE.format(
        title=escape(title),
        icon=address("favicon-32x32.png"),
        schema=escape(schema),
        styles="\n".join(styles),
        scripts="\n".join(scripts),
    ).encode()


def _html(page: bytes, policy: str) -> Response[bytes]:
    headers = {"content-security-policy": policy, "cache-control": "no-cache"}
    return Response(page, media_type="text/html", headers=headers)


async def _asset(request: Request[Any, Any, Any], assets: Mapping[str, Asset], name: FromPath[str]) -> Response[bytes]:
    """An asset, compressed once and for all. Pages name its version in the query, so it may be kept for a year."""
    asset = assets.get(name)
    if asset is None:
        raise missing()
    tag = f'"{digest(asset)}"'
    headers = {"etag": tag, "cache-control": "public, max-age=31536000, immutable", "vary": "Accept-Encoding"}
    if _matches(request, tag):
        return Response(b"", status_code=304, headers=headers)
    coding = choose_coding(request.headers.get("accept-encoding", "").encode("latin-1"))
    if coding is None or asset.media_type.startswith("image/"):
        return Response(content(asset), media_type=asset.media_type, headers=headers)
    headers |= {"etag": f'{tag[:-1]}-{coding.decode()}"', "content-encoding": coding.decode()}
    return Response(await asyncio.to_thread(coded, asset, coding), media_type=asset.media_type, headers=headers)


def _matches(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether `If-None-Match` names the tag, in whatever content coding (RFC 9110 section 13.1.2)."""
    asked = request.headers.get("if-none-match", "")
    stem = tag[:-1]
    return asked.strip() == "*" or any(f'{stem}{end}"' in asked for end in ("", "-br", "-gzip"))
