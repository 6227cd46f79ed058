"""Documentation pages, assets and the document itself."""

import gzip
import json
import re
import subprocess
import sys

import brotli
import pytest

from tests.adapters.http.documentation.served import app
from tests.adapters.http.edge.drive import HOST, ask

PAGES = pytest.mark.parametrize("page", ["swagger", "redoc"])


@PAGES
@pytest.mark.parametrize("slash", ["", "/"])
async def test_pages_are_served_with_and_without_slash(page: str, slash: str) -> None:
    answer = await ask(app, f"/{page}{slash}")
    assert (answer.status, answer.header("content-type")) == (200, "text/html; charset=utf-8")
    text = answer.body.decode()
    assert "<title>Socle &lt;démo&gt; · Documentation de l’API · API documentation</title>" in text
    assert not re.search(r"https?:|//[a-z]", text)
    assert "<script>" not in text
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+=", text)


@PAGES
async def test_pages_name_assets_that_are_there(page: str) -> None:
    text = (await ask(app, f"/{page}")).body.decode()
    names = re.findall(r'(?:src|href)="(/[a-z]+/assets/[^"]+)"', text)
    assert len(names) >= 4
    for name in names:
        answer = await ask(app, name)
        assert answer.status == 200
        assert answer.header("cache-control") == "public, max-age=31536000, immutable"
        assert answer.header("x-content-type-options") == "nosniff"
        assert len(answer.body) > 50


@PAGES
async def test_the_policy_names_no_other_host(page: str) -> None:
    policy = (await ask(app, f"/{page}")).header("content-security-policy") or ""
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    allowed = {"'none'", "'self'", "data:", "blob:", "'unsafe-inline'"}
    assert {source for value in directives.values() for source in value.split()} <= allowed
    assert [name for name, value in directives.items() if "unsafe-inline" in value] == (
        ["style-src"] if page == "redoc" else []
    )


@pytest.mark.parametrize(
    "path",
    [
        "/swagger/assets/swagger-ui-bundle.js.map",
        "/swagger/assets/redoc.standalone.js",
        "/swagger/assets/..",
        "/swagger/assets/..%2F..%2F__init__.py",
        "/swagger/assets/%2e%2e",
        "/redoc/assets/LICENSE",
        "/redoc/assets/redoc.standalone.js/x",
        "/swagger/assets/",
    ],
)
async def test_nothing_but_the_listed_files_is_served(path: str) -> None:
    assert (await ask(app, path)).status == 404


async def test_assets_are_compressed_and_revalidated() -> None:
    path = "/redoc/assets/redoc.standalone.js"
    plain = await ask(app, path)
    for accepted, decode in ((b"br", brotli.decompress), (b"gzip", gzip.decompress)):
        answer = await ask(app, path, headers=[HOST, (b"accept-encoding", accepted)])
        assert answer.header("content-encoding") == accepted.decode()
        assert decode(answer.body) == plain.body
        tag = answer.header("etag")
        assert tag is not None
        assert tag != plain.header("etag")
        again = await ask(app, path, headers=[HOST, (b"accept-encoding", accepted), (b"if-none-match", tag.encode())])
        assert (again.status, again.body, again.header("etag")) == (304, b"", tag)
    assert (await ask(app, path, headers=[HOST, (b"if-none-match", b'"other"')])).status == 200


async def test_redoc_names_no_host_to_load_an_image_from() -> None:
    assert b"cdn.redoc.ly" not in (await ask(app, "/redoc/assets/redoc.standalone.js")).body


async def test_the_document_is_served_and_revalidated() -> None:
    answer = await ask(app, "/swagger.json")
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    assert json.loads(answer.body)["openapi"].startswith("3.1")
    tag = (answer.header("etag") or "").encode()
    assert (await ask(app, "/swagger.json", headers=[HOST, (b"if-none-match", tag)])).status == 304


def test_django_is_not_imported() -> None:
    code = (
        "import adapters.http.documentation.pages, sys; "
        "sys.exit('django' in sys.modules or 'drf_spectacular_sidecar' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, env={"PYTHONPATH": "src"})
    assert done.returncode == 0
