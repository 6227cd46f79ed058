"""The package that docs/plugins.md builds: written down, built, installed and used as its reader would."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import httpx

from tests.cluster import TestCluster
from tests.installation import unique
from tests.portal import Portal, portal_on
from tests.server import serving, socle

GUIDE = Path(__file__).parents[2] / "docs" / "plugins.md"
BLOCK = re.compile(r"^\*\*`([\w./]+)`\*\*[^\n]*(?:\n[^`\n][^\n]*)*\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PIECE = re.compile(r"`((?:core|adapters)\.[\w.]+)`")


def written(folder: Path) -> Path:
    """The guide's package, each code block in the file that it names."""
    blocks = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    assert [name for name, _ in blocks] == [
        "pyproject.toml",
        "acme_salles/__init__.py",
        "acme_salles/plugin.py",
        "acme_salles/service.py",
        "acme_salles/store.py",
        "acme_salles/http.py",
        "acme_salles/migrations/__init__.py",
        "acme_salles/migrations/acme_salles_0001.py",
    ]
    for name, text in blocks:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def built(folder: Path, place: Path) -> dict[str, str]:
    """Build and install a package into a place of its own; return the environment that finds it there."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(place), str(folder)], check=True, timeout=120)
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "packages")
    return {"PYTHONPATH": str(place / "packages"), "SOCLE_EDITION": "driven"}


class Salles:
    """The rooms of a running server, as somebody sees them."""

    def __init__(self, base_url: str, token: str | None) -> None:
        self._base_url = base_url
        self._headers = {"authorization": f"Bearer {token}"}

    def ask(self, method: str, path: str = "", **body: Any) -> tuple[int, Any]:
        """The status and the body of an answer."""
        address = f"{self._base_url}/api/salles{path}"
        answer = httpx.request(method, address, headers=self._headers, json=body or None, timeout=30)
        return answer.status_code, answer.json()

    def documented(self) -> set[str]:
        """The paths of rooms that the OpenAPI document has."""
        paths = httpx.get(f"{self._base_url}/swagger.json", timeout=60).json()["paths"]
        return {path for path in paths if path.startswith("/api/salles")}


async def test_the_guides_package_is_served(cluster: TestCluster, tmp_path: Path) -> None:
    found = built(written(tmp_path / "source"), tmp_path / "built")
    home, urls = tmp_path / "home", cluster.clone(unique("guide"))
    async with portal_on(urls, home) as portal:
        reader = await portal.person()
        entite = (await portal.admin.client.post("/api/entites", json={"nom": "Siège", "code": "SIEGE"})).json()["data"]

        listed = socle(home, "plugins", environment=found)
        assert listed.returncode == 0, listed.stderr
        assert re.search(r"^acme_salles +enabled +/ +Salles de réunion$", listed.stdout, re.MULTILINE)
        with serving(home, urls, **found) as server:
            admin = Salles(server.base_url, portal.admin.client.token)
            make_rooms(admin, entite["id"], portal)
            await ask_as_reader(Salles(server.base_url, reader.client.token), entite["id"], portal)
            assert admin.documented() == {
                "/api/salles",
                "/api/salles/{id}",
                "/api/salles/nom/{nom}",
                "/api/salles/entite/{id_entite}",
            }

        (home / "socle.toml").write_text('[plugins]\noff = ["acme_salles"]\n', encoding="utf-8")
        with serving(home, urls, **found) as server:
            assert Salles(server.base_url, portal.admin.client.token).ask("GET")[0] == 404
        assert await portal.owner.fetchval("select count(*) from acme_salle") == 1


def make_rooms(admin: Salles, entite: int, portal: Portal) -> None:
    """What an administrator does: make, refuse, find, change and delete."""
    status, made = admin.ask("POST", nom="Baobab", places=12, id_entite=entite, creer_par=999)
    assert status == 201, made
    assert made["message"] == {"en": "Meeting room created successfully", "fr": "Salle créée avec succès"}
    salle = made["data"]
    assert (salle["places"], salle["creer_par"]) == (12, portal.admin.id)
    status, refused = admin.ask("POST", nom="Baobab", id_entite=entite)
    assert (status, refused["details"]) == (409, {"nom": ["Une salle avec ce nom existe déjà"]})
    status, refused = admin.ask("POST", nom="Karité", id_entite=entite + 999)
    assert (status, refused["details"]) == (400, {"id_entite": ["Objet inconnu."]})
    status, refused = admin.ask("POST", nom=" ", places=0)
    assert (status, set(refused["details"])) == (400, {"nom", "places", "id_entite"})
    assert admin.ask("GET", "/nom/Baobab")[1]["data"] == salle
    status, changed = admin.ask("PUT", f"/{salle['id']}", places=20)
    assert (status, changed["data"]["places"], changed["data"]["nom"]) == (200, 20, "Baobab")
    _, other = admin.ask("POST", nom="Acacia", id_entite=entite)
    page = admin.ask("GET", f"/entite/{entite}?per_page=1")[1]
    assert ([each["nom"] for each in page["data"]], page["pagination"]["total_items"]) == (["Acacia"], 2)
    assert admin.ask("DELETE", f"/{other['data']['id']}")[0] == 200
    status, absent = admin.ask("GET", f"/{other['data']['id']}")
    assert (status, absent["message"]["fr"]) == (404, "Salle non trouvée")


async def ask_as_reader(reader: Salles, entite: int, portal: Portal) -> None:
    """What an utilisateur without roles may do: read, and write nothing."""
    assert reader.ask("GET")[1]["data"][0]["nom"] == "Baobab"
    status, refused = reader.ask("POST", nom="Fromager", id_entite=entite)
    assert (status, refused["code"]) == (403, "driven_function_refused")
    recorded = await portal.owner.fetch("select action from audit_entry where object_type = 'Salle' order by id")
    assert [each["action"] for each in recorded] == ["CREATE", "UPDATE", "CREATE", "DELETE"]


def test_the_pieces_that_the_guide_names_exist() -> None:
    from importlib import import_module

    from socle.registry import load_attribute

    named = set(PIECE.findall(GUIDE.read_text(encoding="utf-8")))
    assert len(named) > 10
    for piece in named:
        module, _, attribute = piece.rpartition(".")
        if attribute[0].isupper() or attribute in ("operation", "resource_controller"):
            assert load_attribute(f"{module}:{attribute}"), piece
        elif attribute.endswith("_operation"):
            assert callable(load_attribute(f"{module}:{attribute}")), piece
        else:
            assert import_module(piece), piece
