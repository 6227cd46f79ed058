"""The OpenAPI document in other forms, and the page that shows one of them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from socle.composition import compose_unconnected
from socle.describe import collection, operations, reference
from socle.installation import load
from socle.web import schema_of

PAGE = Path(__file__).parents[2] / "docs" / "api" / "ekigega.md"
MARK = "<!-- socle openapi --edition ekigega --reference -->\n"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    loaded = load(tmp_path_factory.mktemp("home"), {}, edition="ekigega")
    return msgspec.json.decode(schema_of(compose_unconnected(loaded))())


def test_the_page_shows_the_present_operations(document: Any) -> None:
    _, _, shown = PAGE.read_text(encoding="utf-8").partition(MARK)
    assert shown.strip() == reference(document).strip(), "write it anew: socle openapi --edition ekigega --reference"


def test_the_collection_has_every_operation_once(document: Any) -> None:
    exported = msgspec.json.decode(collection(document))
    items = [item for folder in exported["item"] for item in folder["item"]]
    assert sorted(item["name"] for item in items) == sorted(each["operationId"] for _, _, each in operations(document))
    by_name = {item["name"]: item["request"] for item in items}
    assert by_name["login"]["auth"] == {"type": "noauth"}
    assert "auth" not in by_name["list_produits"]
    assert by_name["get_produit"]["url"]["raw"] == "{{base}}/api/produits/:id/"
    assert [each["key"] for each in by_name["get_produit"]["url"]["variable"]] == ["id"]
    body = msgspec.json.decode(by_name["create_produit"]["body"]["raw"])
    assert body["nom"] == "Nouveau Produit"
    assert exported["auth"]["bearer"][0]["value"] == "{{access}}"
