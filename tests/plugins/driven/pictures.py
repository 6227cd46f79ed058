"""Icons by their content, what is taken and what is not, and where they are: in the records, in the storage."""

from pathlib import Path
from typing import Any

from core.files.public import SWEEP_PUBLIC_FILES
from core.primitives.ids import new_id
from core.work import Delivery
from tests.plugins.ekigega.receipts import JPEG, PDF, PNG, WEBP
from tests.portal import Portal

SWEEP = Delivery(new_id(), "job", SWEEP_PUBLIC_FILES, {})
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="red"/></svg>'
HARMFUL_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="evil()"><script>evil()</script><rect width="1"/></svg>'
LAUGHS = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg"/>'

TAKEN = {
    "png": (PNG, "image/png", "png"),
    "jpeg": (JPEG, "image/jpeg", "jpg"),
    "gif": (GIF, "image/gif", "gif"),
    "gif of 1987": (GIF.replace(b"89a", b"87a"), "image/gif", "gif"),
    "svg": (SVG, "image/svg+xml", "svg"),
    "svg behind a mark, a declaration and a comment": (
        b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>\n<!-- made by hand -->\n" + SVG,
        "image/svg+xml",
        "svg",
    ),
}
REFUSED = {
    "pdf": PDF,
    "webp": WEBP,
    "html": b"<!doctype html><script>evil()</script>",
    "text that speaks of an svg": b"see <svg > there",
    "exe": b"MZ" + b"\0" * 200,
    "the first bytes of a png": PNG[:8],
    "the first bytes of a gif": GIF[:6],
    "half a jpeg": JPEG[:-2],
    "one byte": b"<",
}


def objects(portal: Portal, *folders: str) -> list[Path]:
    """The objects that the storage keeps in a folder of public files."""
    folder = portal.installed.composition.loaded.home / "files" / "public"
    return sorted(path for path in folder.joinpath(*folders).rglob("*") if path.is_file())


async def state(portal: Portal, path: str) -> str | None:
    """The state of a public file, None where there is none."""
    found: str | None = await portal.owner.fetchval("select state from public_file where path = $1", path)
    return found


async def count(portal: Portal) -> int:
    """How many public files are recorded."""
    counted: int = await portal.owner.fetchval("select count(*) from public_file")
    return counted


async def sweep(portal: Portal) -> None:
    """Run the job."""
    await portal.installed.composition.handlers[SWEEP_PUBLIC_FILES](SWEEP)


def application(**fields: Any) -> dict[str, Any]:
    """An application as the document shows it."""
    return {
        "nom": "Mon Application",
        "description": "Description de l'application",
        "app_color": "#FF0000",
        "creer_par": "1",
        "modifier_par": "1",
        **fields,
    }


def page(**fields: Any) -> dict[str, Any]:
    """A page as the document shows it."""
    return {"nom": "Ma Page", "description": "Description de la page", "lien": "/ma-page", **fields}


async def made(portal: Portal, kind: str, body: dict[str, Any], icon: bytes | None = None) -> dict[str, Any]:
    """Make an application or a page ("applications", "pages") by a form."""
    field = "app_icon" if kind == "applications" else "icon"
    files = {} if icon is None else {field: ("mon_icone.png", icon, "image/png")}
    answer = await portal.admin.client.post(f"/api/{kind}", data=body, files=files)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data
