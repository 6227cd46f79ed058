"""Icons: what is taken, who may look at them, and what becomes of them (DECISIONS.md section 3, "Icons")."""

import asyncio
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from core.primitives.ids import new_id
from tests.installation import Api
from tests.plugins.driven.pictures import (
    HARMFUL_SVG,
    JPEG,
    LAUGHS,
    PNG,
    REFUSED,
    SVG,
    TAKEN,
    application,
    count,
    made,
    objects,
    page,
    state,
    sweep,
)
from tests.portal import Portal

MAX_BYTES = 2_000_000
KINDS = {"applications": ("app_icon", "uploads/icons"), "pages": ("icon", "uploads/pages")}
BODIES = {"applications": application, "pages": page}
KEYS = {"applications": "app_id", "pages": "page_id"}


@pytest.fixture
def anyone(portal: Portal) -> Api:
    """Who has no token."""
    return portal.api()


async def send(portal: Portal, kind: str, icon: bytes, name: str = "mon_icone.png", **headers: str) -> Any:
    """Send a new one with an icon."""
    files = {KINDS[kind][0]: (name, io.BytesIO(icon), "image/png")}
    return await portal.admin.client.post(f"/api/{kind}", data=BODIES[kind](), files=files, headers=headers)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture", TAKEN)
async def test_an_icon_is_what_it_holds_whatever_its_name(portal: Portal, anyone: Api, kind: str, picture: str) -> None:
    data, media_type, ending = TAKEN[picture]
    field, folder = KINDS[kind]
    for name in ("page.html", "../../../etc/passwd", "sans-fin"):
        answer = await send(portal, kind, data, name)
        assert answer.status_code == 201, answer.text
        path = answer.json()["data"][field]
        assert re.fullmatch(rf"{folder}/[0-9a-f]{{32}}\.{ending}", path), path
        shown = await anyone.get(f"/{path}")
        assert (shown.status_code, shown.headers["content-type"]) == (200, media_type)
        assert shown.content == data or ending == "svg"
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_an_svg_is_cleaned_and_shown_as_a_picture_alone(portal: Portal, anyone: Api) -> None:
    one = await made(portal, "applications", application(), HARMFUL_SVG)
    shown = await anyone.get(f"/{one['app_icon']}")
    assert b"evil" not in shown.content
    assert b"<rect" in shown.content
    policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert shown.headers["content-security-policy"] == policy
    kept = portal.installed.composition.loaded.home / "files" / "public" / one["app_icon"]
    assert kept.read_bytes() == shown.content, "what would harm is not even stored"


async def test_a_token_changes_nothing(portal: Portal) -> None:
    one = await made(portal, "pages", page(), PNG)
    for client in (portal.api("abc"), portal.admin.client):
        shown = await client.get(f"/{one['icon']}")
        assert (shown.status_code, shown.content) == (200, PNG)
        assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture", REFUSED)
async def test_what_is_no_icon_is_400_and_leaves_nothing(portal: Portal, kind: str, picture: str) -> None:
    before, kept = await count(portal), len(objects(portal))
    for name in ("icone.png", "icone.svg"):
        refused = await send(portal, kind, REFUSED[picture], name)
        assert refused.status_code == 400
        said = ["Ce type de fichier n'est pas accepté ; types acceptés : PNG, JPG, GIF, SVG."]
        assert refused.json()["details"] == {KINDS[kind][0]: said}
    assert (await count(portal), len(objects(portal))) == (before, kept)


async def test_an_svg_that_cannot_be_cleaned_is_400(portal: Portal) -> None:
    before = await count(portal)
    for data in (LAUGHS, SVG[:-3], SVG.replace(b"svg xmlns", b"svg xmlnx"), b"<html><svg ></svg></html>"):
        refused = await send(portal, "pages", data)
        assert (refused.status_code, set(refused.json()["details"])) == (400, {"icon"}), data
        assert "SVG" in refused.json()["details"]["icon"][0]
    assert await count(portal) == before


async def test_two_megabytes_are_taken_and_not_a_byte_more(portal: Portal, anyone: Api) -> None:
    whole = PNG + b"\0" * (MAX_BYTES - len(PNG))
    one = await made(portal, "applications", application(), whole)
    assert (await anyone.get(f"/{one['app_icon']}")).content == whole
    for too_large in (whole + b"\0", b"<" * (MAX_BYTES + 1), SVG + b" " * MAX_BYTES):
        refused = await send(portal, "applications", too_large)
        assert (refused.status_code, refused.json()["details"]) == (400, {"app_icon": ["Le fichier dépasse 2 Mo."]})
    empty = await send(portal, "applications", b"")
    assert empty.json()["details"] == {"app_icon": ["Le fichier est vide."]}
    assert (await send(portal, "applications", b"\0" * 13_000_000)).status_code == 413


async def test_json_cannot_bring_an_icon(portal: Portal) -> None:
    one = await made(portal, "pages", page(), PNG)
    wrong: list[Any] = [
        1,
        True,
        [],
        {},
        ["a"],
        "a.png",
        "/etc/passwd",
        "https://example.com/a.png",
        "uploads/pages/../a",
    ]
    for value in wrong:
        for method, path in (("POST", "/api/pages"), ("PUT", f"/api/pages/{one['page_id']}")):
            refused = await portal.admin.client.request(method, path, json=page(icon=value))
            assert (refused.status_code, set(refused.json()["details"])) == (400, {"icon"}), value
    for value in ("", None, one["icon"]):
        answer = await portal.admin.client.post("/api/pages", json=page(icon=value))
        assert (answer.status_code, answer.json()["data"]["icon"]) == (201, None), "nobody takes another's icon"


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "%2e%2e%2f%2e%2e%2fsecret.key", "..%5c..%5ca.png", "a.png", "%00.png", "%ff.png", "é.png",
     "x" * 5000, f"{'0' * 32}.png", f"{'0' * 32}.PNG", f"{'0' * 32}.png%0a", f"{'0' * 32}.png/", "icons/x.png"],
)  # fmt: skip
async def test_only_an_icons_name_opens_it(portal: Portal, anyone: Api, name: str) -> None:
    for folder in ("icons", "pages"):
        answer = await anyone.get(f"/uploads/{folder}/{name}")
        assert answer.status_code in (404, 414), name
        assert answer.status_code == 414 or set(answer.json()) == {"error", "message", "details", "code"}


async def test_an_icon_stays_in_its_folder(portal: Portal, anyone: Api) -> None:
    one = await made(portal, "pages", page(), PNG)
    other = one["icon"].replace("pages", "icons")
    assert (await anyone.get(f"/{other}")).status_code == 404
    for method in ("POST", "PUT", "DELETE"):
        assert (await anyone.request(method, f"/{one['icon']}")).status_code == 405
    assert (await anyone.get("/uploads/icons")).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_without_an_icon_keeps_it_and_null_takes_it_away(portal: Portal, anyone: Api, kind: str) -> None:
    field = KINDS[kind][0]
    one = await made(portal, kind, BODIES[kind](), PNG)
    path, icon = f"/api/{kind}/{one[KEYS[kind]]}", one[field]
    for given in (
        {"json": {"nom": "x"}},
        {"data": {"nom": "y"}},
        {"data": {field: ""}},
        {"json": {field: icon}},
        {"json": one},
    ):
        changed = await portal.admin.client.put(path, **given)
        assert changed.status_code == 200, changed.text
        assert changed.json()["data"][field] == icon, given
    assert await state(portal, icon) == "kept"
    changed = await portal.admin.client.put(path, json={field: None})
    assert changed.json()["data"][field] is None
    assert await state(portal, icon) == "released"
    assert (await anyone.get(f"/{icon}")).status_code == 404, "an address dies with its file"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_new_icon_replaces_the_one_before_and_a_deletion_lets_it_go(
    portal: Portal, anyone: Api, kind: str
) -> None:
    field = KINDS[kind][0]
    one = await made(portal, kind, BODIES[kind](), PNG)
    path = f"/api/{kind}/{one[KEYS[kind]]}"
    changed = await portal.admin.client.put(path, files={field: ("b.jpg", JPEG)})
    assert changed.status_code == 200, changed.text
    icon = changed.json()["data"][field]
    assert (await anyone.get(f"/{icon}")).content == JPEG
    assert (await anyone.get(f"/{one[field]}")).status_code == 404
    assert (await state(portal, one[field]), await state(portal, icon)) == ("released", "kept")
    assert (await portal.admin.client.delete(path)).status_code == 200
    assert (await anyone.get(f"/{icon}")).status_code == 404
    names = {found.name for found in objects(portal)}
    assert {one[field].rpartition("/")[2], icon.rpartition("/")[2]} <= names
    await sweep(portal)
    left = {found.name for found in objects(portal)}
    assert not {one[field].rpartition("/")[2], icon.rpartition("/")[2]} & left
    assert (await state(portal, one[field]), await state(portal, icon)) == (None, None)


@pytest.mark.parametrize("kind", KINDS)
async def test_of_parallel_icons_one_is_kept(portal: Portal, kind: str) -> None:
    field = KINDS[kind][0]
    one = await made(portal, kind, BODIES[kind](), PNG)
    path = f"/api/{kind}/{one[KEYS[kind]]}"
    answers = await asyncio.gather(
        *(portal.admin.client.put(path, files={field: ("b", JPEG)}) for _ in range(8)),
    )
    icons = {answer.json()["data"][field] for answer in answers}
    assert len(icons) == 8
    states = {icon: await state(portal, icon) for icon in (one[field], *icons)}
    now = (await portal.admin.client.get(path)).json()["data"][field]
    assert states == {icon: "kept" if icon == now else "released" for icon in states}


async def test_a_refused_change_keeps_the_icon(portal: Portal, anyone: Api) -> None:
    one = await made(portal, "pages", page(), PNG)
    path, before = f"/api/pages/{one['page_id']}", await count(portal)
    refused = await portal.admin.client.put(path, data={"nom": " "}, files={"icon": ("b", JPEG)})
    assert (refused.status_code, await count(portal)) == (400, before), "a form that is refused stores nothing"
    late = await portal.admin.client.put(path, data={"app_id": str(2**62)}, files={"icon": ("b", JPEG)})
    assert (late.status_code, await count(portal)) == (400, before + 1)
    missing = await portal.admin.client.put(f"/api/pages/{2**62}", files={"icon": ("b", JPEG)})
    assert (missing.status_code, await count(portal)) == (404, before + 1), "what is not there, gets no icon"
    assert (await portal.admin.client.get(path)).json()["data"] == one
    assert (await anyone.get(f"/{one['icon']}")).content == PNG


async def test_the_protected_application_keeps_its_icon(portal: Portal, anyone: Api) -> None:
    key = await portal.owner.fetchval("select app_id from driven_application where protege")
    path = f"/api/applications/{key}"
    icon = (await portal.admin.client.put(path, files={"app_icon": ("b", PNG)})).json()["data"]["app_icon"]
    refused = await portal.admin.client.put(path, data={"nom": "x"}, files={"app_icon": ("b", JPEG)})
    assert refused.status_code == 409
    assert (await portal.admin.client.delete(path)).status_code == 409
    assert (await anyone.get(f"/{icon}")).content == PNG


async def test_what_nothing_came_to_need_is_swept_after_a_day(portal: Portal) -> None:
    one = await made(portal, "pages", page(), PNG)
    late = await portal.admin.client.put(
        f"/api/pages/{one['page_id']}", data={"app_id": str(2**62)}, files={"icon": ("b", JPEG)}
    )
    assert late.status_code == 400
    pending = await portal.owner.fetchval(
        "select path from public_file where state = 'pending' order by created_at desc limit 1"
    )
    age = "update public_file set created_at = now() - $2::interval where path = $1"
    await portal.owner.execute(age, pending, timedelta(hours=23, minutes=59))
    await sweep(portal)
    assert await state(portal, pending) == "pending", "its request may still be under way"
    await portal.owner.execute(age, pending, timedelta(hours=24, minutes=1))
    await portal.owner.execute(age, one["icon"], timedelta(days=9))
    await sweep(portal)
    assert (await state(portal, pending), await state(portal, one["icon"])) == (None, "kept")
    assert not [found for found in objects(portal) if found.name == pending.rpartition("/")[2]]


async def test_a_storage_that_is_down_is_503_and_makes_nothing(portal: Portal, anyone: Api) -> None:
    one = await made(portal, "pages", page(), PNG)
    counted = await portal.owner.fetchval("select count(*) from driven_page")
    folder = portal.installed.composition.loaded.home / "files" / "public" / "uploads" / "pages"
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_bytes(b"no folder")
    try:
        for answer in (await send(portal, "pages", PNG), await anyone.get(f"/{one['icon']}")):
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    finally:
        folder.unlink()
        aside.rename(folder)
    assert await portal.owner.fetchval("select count(*) from driven_page") == counted
    assert (await anyone.get(f"/{one['icon']}")).content == PNG


async def test_a_form_that_is_sent_again_makes_one(portal: Portal) -> None:
    key = str(new_id())
    first = await send(portal, "pages", PNG, **{"idempotency-key": key})
    again = await send(portal, "pages", PNG, **{"idempotency-key": key})
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json(), "another boundary is no other body"
    assert await state(portal, first.json()["data"]["icon"]) == "kept"


async def test_the_database_keeps_an_icon_that_is_referred_to(portal: Portal) -> None:
    one = await made(portal, "pages", page(), PNG)
    await portal.owner.execute("update public_file set state = 'released' where path = $1", one["icon"])
    with pytest.raises(Exception, match="fk_driven_page_icon"):
        await portal.owner.execute("delete from public_file where path = $1", one["icon"])
    await portal.owner.execute("update public_file set state = 'kept' where path = $1", one["icon"])


async def test_the_document_shows_the_form_and_the_file(portal: Portal) -> None:
    document = json.loads((await portal.api().get("/swagger.json")).content)
    schemas = document["components"]["schemas"]
    for kind, (field, folder) in KINDS.items():
        for method, path in (("post", f"/api/{kind}"), ("put", f"/api/{kind}/{{id}}")):
            content = document["paths"][path][method]["requestBody"]["content"]
            assert set(content) == {"application/json", "multipart/form-data"}
            form = schemas[content["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]]
            assert form["properties"][field] == {"type": "string", "format": "binary"}
            assert form["required"] == ([] if method == "put" else schemas_required(kind))
        shown = document["paths"][f"/{folder}/{{name}}"]["get"]
        assert (shown["security"], list(shown["responses"]["200"]["content"])) == ([], ["image/*"])


def schemas_required(kind: str) -> list[str]:
    """The fields that a new one must have."""
    return ["nom"] if kind == "applications" else ["lien", "nom"]
