"""A plugin of somebody else's package, found by its entry point alone."""

from pathlib import Path

import httpx

from tests.cluster import TestCluster
from tests.installation import unique
from tests.server import serving, socle

PACKAGE = '''
"""A feature of another package."""

from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel):
    from typing import Any

    import msgspec
    from litestar import Controller

    from adapters.http.operations import operation
    from adapters.http.request import StrictRequest
    from core.access.rules import Anyone

    class Greeting(msgspec.Struct):
        """A greeting."""

        salut: str

    class Greetings(Controller):
        """Greets."""

        path = "{path}"

        @operation("GET", "/", name="read_greeting", rule=Anyone(), summary=Text(fr="Saluer", en="Greet"))
        async def read(self, request: StrictRequest) -> Greeting:
            return Greeting("Bonjour")

    return Wired(controllers=[Greetings])


PLUGIN = Plugin(
    name="{name}",
    title=Text(fr="Salutations", en="Greetings"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("{path}",),
    wire=_wire,
)
'''


def package(folder: Path, module: str, *, name: str, path: str, text: str = PACKAGE) -> None:
    """Write an installed package: its module, and the entry point that names its manifest."""
    (folder / f"{module}.py").write_text(text.replace("{name}", name).replace("{path}", path), encoding="utf-8")
    metadata = folder / f"{module}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[socle.plugins]\n{name} = {module}:PLUGIN\n", encoding="utf-8")


def test_its_route_is_served_and_listed(cluster: TestCluster, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    package(packages, "bonjour", name="bonjour_salut", path="/api/salut")
    found = {"PYTHONPATH": str(packages)}
    home = tmp_path / "home"

    listed = socle(home, "plugins", environment=found)
    assert listed.returncode == 0, listed.stderr
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("bonjour_salut")]
    assert line.split()[1] == "enabled"
    assert "/api/salut/" in socle(home, "openapi", environment=found).stdout

    with serving(home, cluster.clone(unique("third")), **found) as server:
        answer = httpx.get(f"{server.base_url}/api/salut/")
        assert (answer.status_code, answer.json()) == (200, {"salut": "Bonjour"})
        assert httpx.get(f"{server.base_url}/api/salut/x/").json().keys() == {"detail", "code"}
        assert "read_greeting" in httpx.get(f"{server.base_url}/swagger.json", timeout=60).text
    (home / "socle.toml").write_text('[plugins]\noff = ["bonjour_salut"]\n', encoding="utf-8")
    assert "/api/salut/" not in socle(home, "openapi", environment=found).stdout
    switched_off = socle(home, "plugins", environment=found).stdout
    assert [line.split()[1] for line in switched_off.splitlines() if line.startswith("bonjour_salut")] == ["off"]


def test_a_route_that_another_plugin_has_is_refused_with_both_names(tmp_path: Path) -> None:
    package(tmp_path, "rival", name="rival_produits", path="/api/produits")
    refused = socle(tmp_path / "home", "openapi", environment={"PYTHONPATH": str(tmp_path)})
    assert refused.returncode == 1
    (sentence,) = refused.stderr.splitlines()
    for named in ('"rival_produits"', '"ekigega_produits"', "GET /api/produits", "mounts.ekigega"):
        assert named in sentence


def test_a_package_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    package(tmp_path, "broken", name="broken_shop", path="/api/x", text="import nowhere_to_be_found\n")
    refused = socle(tmp_path / "home", "plugins", environment={"PYTHONPATH": str(tmp_path)})
    assert refused.returncode == 1
    assert 'socle: The entry point "broken_shop" of socle.plugins cannot be loaded' in refused.stderr
    assert "Traceback" not in refused.stderr


def test_two_packages_of_one_name_are_refused(tmp_path: Path) -> None:
    package(tmp_path, "first", name="one_shop", path="/api/one")
    package(tmp_path, "second", name="one_shop", path="/api/two")
    refused = socle(tmp_path / "home", "plugins", environment={"PYTHONPATH": str(tmp_path)})
    assert refused.returncode == 1
    assert 'Two packages bring a plugin named "one_shop": remove one.' in refused.stderr
