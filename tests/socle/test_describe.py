"""The OpenAPI document in other forms, and the page that shows one of them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from socle.composition import compose_unconnected
from socle.describe import collection, operations, reference
from socle.installation import load
from socle.web import schema_of

PAGES = Path(__file__).parents[2] / "docs" / "api"
GUIDED = ("crm", "driven", "ekigega", "megahub", "spotvibe")


def described(home: Path, edition: str) -> Any:
    """The OpenAPI document of an edition."""
    return msgspec.json.decode(schema_of(compose_unconnected(load(home, {}, edition=edition)))())


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return described(tmp_path_factory.mktemp("home"), "ekigega")


@pytest.mark.parametrize("edition", GUIDED)
def test_the_page_shows_the_present_operations(edition: str, tmp_path: Path) -> None:
    command = f"socle openapi --edition {edition} --reference"
    guide, mark, shown = (PAGES / f"{edition}.md").read_text(encoding="utf-8").partition(f"<!-- {command} -->\n")
    assert mark
    assert "## A guided tour" in guide
    assert shown.strip() == reference(described(tmp_path, edition)).strip(), f"write it anew: {command}"


def test_the_collection_has_every_operation_once(document: Any) -> None:
    exported = msgspec.json.decode(collection(document))
    items = [item for folder in exported["item"] for item in folder["item"]]
    assert sorted(item["name"] for item in items) == sorted(each["operationId"] for _, _, each in operations(document))
    by_name = {item["name"]: item["request"] for item in items}
    assert by_name["sign_in"]["auth"] == {"type": "noauth"}
    assert "auth" not in by_name["list_produits"]
    assert by_name["get_produit"]["url"]["raw"] == "{{base}}/api/produits/:id/"
    assert [each["key"] for each in by_name["get_produit"]["url"]["variable"]] == ["id"]
    body = msgspec.json.decode(by_name["create_produit"]["body"]["raw"])
    assert body["nom"] == "Nouveau Produit"
    assert exported["auth"]["bearer"][0]["value"] == "{{access}}"
