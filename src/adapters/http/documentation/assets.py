"""The files behind the documentation pages: the libraries of the installed package `drf-spectacular-sidecar`, and a
few small ones of our own. They are a fixed list; no path of a request ever names a file."""

import gzip
import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import msgspec

_OWN = Path(__file__).parent / "assets"
_JAVASCRIPT = "text/javascript"
_CSS = "text/css"
_REDOC_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


class Asset(msgspec.Struct, frozen=True):
    """A file: where it stands, its media type, and a text in it that is replaced."""

    path: Path
    media_type: str
    replace: tuple[bytes, bytes] | None = None


def _library(path: str) -> Path:
    spec = find_spec("drf_spectacular_sidecar")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package drf-spectacular-sidecar is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0], "static", "drf_spectacular_sidecar", path)


SWAGGER_ASSETS = {
    "swagger-ui-bundle.js": Asset(_library("swagger-ui-dist/swagger-ui-bundle.js"), _JAVASCRIPT),
    "swagger-ui.css": Asset(_library("swagger-ui-dist/swagger-ui.css"), _CSS),
    "favicon-32x32.png": Asset(_library("swagger-ui-dist/favicon-32x32.png"), "image/png"),
    "swagger.js": Asset(_OWN / "swagger.js", _JAVASCRIPT),
    "page.css": Asset(_OWN / "page.css", _CSS),
}
REDOC_ASSETS = {
    # ReDoc shows its maker's logo from a host of theirs. An empty image in its place makes it show none.
    "redoc.standalone.js": Asset(
        _library("redoc/bundles/redoc.standalone.js"), _JAVASCRIPT, replace=(_REDOC_LOGO, b"data:,")
    ),
    "favicon-32x32.png": SWAGGER_ASSETS["favicon-32x32.png"],
    "redoc.js": Asset(_OWN / "redoc.js", _JAVASCRIPT),
    "page.css": SWAGGER_ASSETS["page.css"],
}


@lru_cache(16)
def content(asset: Asset) -> bytes:
    """The bytes of an asset."""
    data = asset.path.read_bytes()
    return data.replace(*asset.replace) if asset.replace else data


@lru_cache(16)
def digest(asset: Asset) -> str:
    """What names this version of an asset."""
    return hashlib.sha256(content(asset)).hexdigest()[:16]


@lru_cache(32)
def coded(asset: Asset, coding: bytes) -> bytes:
    """The bytes of an asset under a content coding, made once."""
    data = content(asset)
    if coding == b"br":
        compressed: bytes = brotli.compress(data, quality=5)
        return compressed
    return gzip.compress(data, 6, mtime=0)
