"""What /swagger.json says of queries: the portal's own names of pages, and what a list asks for."""

from typing import Any

from tests.portal import Portal


async def parameters(portal: Portal, path: str) -> dict[str, Any]:
    """The query parameters of a GET by name."""
    document = (await portal.api().get("/swagger.json")).json()
    return {each["name"]: each for each in document["paths"][path]["get"]["parameters"] if each["in"] == "query"}


async def test_pages_are_asked_for_by_the_portals_names(portal: Portal) -> None:
    shown = await parameters(portal, "/api/traces")
    assert set(shown) == {"ordering", "page", "per_page"}
    assert shown["per_page"]["schema"] == {"type": "integer", "minimum": 1, "default": 10}
    assert not shown["per_page"]["required"]


async def test_what_a_list_asks_for_is_required(portal: Portal) -> None:
    days = await parameters(portal, "/api/traces/date-range")
    assert {name for name, each in days.items() if each["required"]} == {"start_date", "end_date"}
    assert days["start_date"]["schema"] == {"type": "string", "format": "date"}
    search = await parameters(portal, "/api/codifications/search")
    assert {name for name, each in search.items() if each["required"]} == {"q"}


async def test_the_keys_of_paths_have_their_types(portal: Portal) -> None:
    document = (await portal.api().get("/swagger.json")).json()
    for path, expected in (
        ("/api/objectifs/periode/{periode}", "string"),
        ("/api/codifications/param/{param}", "string"),
        ("/api/utilisateurs/{id_utilisateur}/objectifs", "integer"),
        ("/api/settings/{id}", "integer"),
    ):
        (key,) = [each for each in document["paths"][path]["get"]["parameters"] if each["in"] == "path"]
        assert key["schema"]["type"] == expected, path
