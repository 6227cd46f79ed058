"""Pages (contracts/driven.md, "Pages")."""

import asyncio
from typing import Any

import pytest

from tests.plugins.driven.pictures import PNG, application, made, page
from tests.portal import Portal

NOBODYS = 2**62


async def pages_of(portal: Portal, app_id: int) -> list[int]:
    """The ids of an application's pages."""
    answer = await portal.admin.client.get(f"/api/pages/application/{app_id}")
    assert answer.status_code == 200, answer.text
    return [each["page_id"] for each in answer.json()["data"]]


async def test_a_page_lives(portal: Portal) -> None:
    admin = portal.admin.client
    app_id = (await made(portal, "applications", application()))["app_id"]
    body = page(app_id=str(app_id), creer_par="1", modifier_par="1")
    answer = await admin.post("/api/pages", data=body, files={"icon": ("a.png", PNG, "image/png")})
    assert answer.status_code == 201, answer.text
    assert answer.json()["message"] == {"en": "Page created successfully", "fr": "Page créée avec succès"}
    one = answer.json()["data"]
    assert {**one, "page_id": 0, "icon": "", "creer_a": "", "modifier_a": ""} == {
        "page_id": 0,
        "nom": "Ma Page",
        "description": "Description de la page",
        "lien": "/ma-page",
        "icon": "",
        "app_id": app_id,
        "creer_par": portal.admin.id,
        "modifier_par": portal.admin.id,
        "creer_a": "",
        "modifier_a": "",
    }
    assert one["icon"].startswith("uploads/pages/")
    path = f"/api/pages/{one['page_id']}"
    assert await pages_of(portal, app_id) == [one["page_id"]]
    changed = await admin.put(path, data={"lien": "https://example.com/page"})
    assert changed.status_code == 200, changed.text
    assert {**changed.json()["data"], "modifier_a": ""} == {**one, "lien": "https://example.com/page", "modifier_a": ""}
    left = await admin.put(path, json={"app_id": None})
    assert left.json()["data"]["app_id"] is None
    assert await pages_of(portal, app_id) == []
    gone = await admin.delete(path)
    assert (gone.status_code, gone.json()["message"]["fr"]) == (200, "Page supprimée avec succès")
    for answer in (await admin.get(path), await admin.put(path, json={"nom": "x"}), await admin.delete(path)):
        assert (answer.status_code, answer.json()["message"]["en"]) == (404, "Page not found")


@pytest.mark.parametrize("form", [True, False])
async def test_the_application_of_a_page_must_exist(portal: Portal, form: bool) -> None:
    how = "data" if form else "json"
    one = await made(portal, "pages", page())
    # an empty input of a form is absent, as a browser sends it
    empty = () if form else (("", ""),)
    for app_id, text in ((NOBODYS, "Cette application n'existe pas"), (2**63, ""), (0, ""), ("x", ""), *empty):
        for method, path in (("POST", "/api/pages"), ("PUT", f"/api/pages/{one['page_id']}")):
            given: Any = {how: page(app_id=app_id)}
            refused = await portal.admin.client.request(method, path, **given)
            assert (refused.status_code, set(refused.json()["details"])) == (400, {"app_id"}), app_id
            assert not text or refused.json()["details"]["app_id"] == [text]
    assert (await portal.admin.client.get(f"/api/pages/{one['page_id']}")).json()["data"] == one


@pytest.mark.parametrize(
    "lien",
    ["javascript:alert(1)", "JavaScript:x", " java\tscript\n:x", "data:text/html,x", "vbscript:x", "\x01javascript:x"],
)
async def test_a_link_does_not_run(portal: Portal, lien: str) -> None:
    refused = await portal.admin.client.post("/api/pages", json=page(lien=lien))
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"lien"})


@pytest.mark.parametrize("lien", ["/ma-page", "ma-page?x=1#y", "https://example.com:8000/é", "app://page", "/data:x"])
async def test_a_link_is_a_path_or_an_address(portal: Portal, lien: str) -> None:
    assert (await made(portal, "pages", page(lien=lien)))["lien"] == lien


async def test_pages_come_and_go(portal: Portal) -> None:
    admin = portal.admin.client
    first, second = [(await made(portal, "applications", application()))["app_id"] for _ in range(2)]
    ids = [(await made(portal, "pages", page()))["page_id"] for _ in range(3)]
    added = await admin.post(f"/api/pages/application/{first}/add", json={"page_ids": [*ids, ids[0]]})
    assert (added.status_code, added.json()) == (
        200,
        {
            "error": False,
            "message": {
                "en": "Pages added to application successfully",
                "fr": "Pages ajoutées à l'application avec succès",
            },
        },
    )
    assert await pages_of(portal, first) == ids
    await admin.post(f"/api/pages/application/{second}/add", json={"page_ids": ids[:1]})
    assert (await pages_of(portal, first), await pages_of(portal, second)) == (ids[1:], ids[:1])
    removed = await admin.post(f"/api/pages/application/{first}/remove", json={"page_ids": ids[:2]})
    assert (removed.status_code, removed.json()["message"]["en"]) == (
        200,
        "Pages removed from application successfully",
    )
    assert (await pages_of(portal, first), await pages_of(portal, second)) == (ids[2:], ids[:1]), "another's stays its"
    again = await admin.post(f"/api/pages/application/{first}/remove", json={"page_ids": ids[:2]})
    assert again.status_code == 200


async def test_who_linked_is_known(portal: Portal) -> None:
    other = await portal.person(admin=True)
    app_id = (await made(portal, "applications", application()))["app_id"]
    one = await made(portal, "pages", page())
    await other.client.post(f"/api/pages/application/{app_id}/add", json={"page_ids": [one["page_id"]]})
    now = (await portal.admin.client.get(f"/api/pages/{one['page_id']}")).json()["data"]
    assert (now["creer_par"], now["modifier_par"]) == (portal.admin.id, other.id)
    details = await portal.owner.fetchval(
        "select details from audit_entry where object_type = 'Application' and object_id = $1 order by id desc limit 1",
        str(app_id),
    )
    assert str(one["page_id"]) in details


@pytest.mark.parametrize("action", ["add", "remove"])
async def test_an_unknown_page_changes_nothing(portal: Portal, action: str) -> None:
    admin = portal.admin.client
    app_id = (await made(portal, "applications", application()))["app_id"]
    inside = (await made(portal, "pages", page(app_id=app_id)))["page_id"]
    outside = (await made(portal, "pages", page()))["page_id"]
    for unknown in (NOBODYS, 2**63, 2**200, 0, -1):
        refused = await admin.post(
            f"/api/pages/application/{app_id}/{action}", json={"page_ids": [inside, unknown, outside]}
        )
        assert (refused.status_code, refused.json()["code"]) == (404, "driven_pages_unknown")
        assert str(unknown) in refused.json()["message"]["fr"]
    assert await pages_of(portal, app_id) == [inside]


@pytest.mark.parametrize("action", ["add", "remove"])
async def test_a_page_that_is_being_deleted_is_unknown(portal: Portal, action: str) -> None:
    app_id = (await made(portal, "applications", application()))["app_id"]
    inside = action == "remove"
    stays, goes = [
        (await made(portal, "pages", page(app_id=app_id) if inside else page()))["page_id"] for _ in range(2)
    ]
    async with portal.owner.transaction():
        await portal.owner.execute("delete from driven_page where page_id = $1", goes)
        path = f"/api/pages/application/{app_id}/{action}"
        asking = asyncio.create_task(portal.admin.client.post(path, json={"page_ids": [stays, goes]}))
        await asyncio.sleep(0.3)
        assert not asking.done(), "it waits"
    refused = await asking
    assert (refused.status_code, refused.json()["code"]) == (404, "driven_pages_unknown")
    assert await pages_of(portal, app_id) == ([stays] if inside else [])


@pytest.mark.parametrize("action", ["add", "remove"])
async def test_the_application_must_exist(portal: Portal, action: str) -> None:
    one = (await made(portal, "pages", page()))["page_id"]
    for app_id in (NOBODYS, 0, "x", "1e3", 2**63):
        refused = await portal.admin.client.post(f"/api/pages/application/{app_id}/{action}", json={"page_ids": [one]})
        assert refused.status_code == 404, app_id
    known = await portal.admin.client.get(f"/api/pages/application/{NOBODYS}")
    assert (known.status_code, known.json()["message"]["en"]) == (404, "Application not found")


@pytest.mark.parametrize(
    "body",
    [{}, {"page_ids": None}, {"page_ids": []}, {"page_ids": 1}, {"page_ids": ["1"]}, {"page_ids": [1.5]},
     {"page_ids": [True]}, {"page_ids": [None]}, {"page_ids": [[1]]}, {"page_ids": {"0": 1}}, {"page_ids": [1] * 501}],
)  # fmt: skip
async def test_page_ids_are_whole_numbers(portal: Portal, body: Any) -> None:
    app_id = (await made(portal, "applications", application()))["app_id"]
    for action in ("add", "remove"):
        refused = await portal.admin.client.post(f"/api/pages/application/{app_id}/{action}", json=body)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"page_ids"}), body


async def test_lists_come_whole_unless_a_page_is_asked_for(portal: Portal) -> None:
    app_id = (await made(portal, "applications", application()))["app_id"]
    for _ in range(12):
        await made(portal, "pages", page(app_id=app_id))
    for path in ("/api/pages", f"/api/pages/application/{app_id}"):
        whole = (await portal.admin.client.get(path)).json()
        assert set(whole) == {"error", "message", "data"}
        assert len(whole["data"]) >= 12
        second = (await portal.admin.client.get(path, params={"page": 2, "per_page": 5})).json()
        assert second["data"] == whole["data"][5:10]
        assert second["pagination"]["total_items"] == len(whole["data"])


async def test_parallel_moves_leave_each_page_in_one_application(portal: Portal) -> None:
    admin = portal.admin.client
    apps = [(await made(portal, "applications", application()))["app_id"] for _ in range(4)]
    ids = [(await made(portal, "pages", page()))["page_id"] for _ in range(6)]
    answers = await asyncio.gather(
        *(
            admin.post(f"/api/pages/application/{app_id}/add", json={"page_ids": ids[:: 1 if n % 2 else -1]})
            for n, app_id in enumerate(apps * 3)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    found = [await pages_of(portal, app_id) for app_id in apps]
    assert sorted(each for one in found for each in one) == ids
    assert [len(one) for one in found].count(0) == 3, "the last one has them all"


async def test_who_may(portal: Portal) -> None:
    app_id = (await made(portal, "applications", application()))["app_id"]
    one = (await made(portal, "pages", page()))["page_id"]
    reader = (await portal.person()).client
    for action in ("add", "remove"):
        path = f"/api/pages/application/{app_id}/{action}"
        assert (await portal.api().post(path, json={"page_ids": [one]})).status_code == 401
        refused = await reader.post(path, json={"page_ids": [one]})
        assert refused.status_code == 403
        name = "add_pages_to_application" if action == "add" else "remove_pages_from_application"
        assert name in refused.json()["message"]["en"]
    assert await pages_of(portal, app_id) == []
