"""Forms that no honest client sends, to applications and pages: a clear refusal in driven's envelope, and nothing made,
changed or stored."""

from typing import Any

import pytest

from tests.hostile.forms import END, URLENCODED, Form, part, text
from tests.installation import unique
from tests.plugins.driven.pictures import JPEG, PNG, SVG, application, count, made, objects, page
from tests.portal import Portal

BODIES = {"applications": application, "pages": page}
FIELDS = {"applications": b"app_icon", "pages": b"icon"}
KEYS = {"applications": "app_id", "pages": "page_id"}
VALID = text(b"nom", b"Nom") + text(b"lien", b"/lien")


def file(value: bytes, field: bytes, filename: bytes = b"a.png") -> bytes:
    """A file part."""
    return text(field, value, b'; filename="' + filename + b'"\r\nContent-Type: image/png')


def refused(field: bytes) -> list[Form]:
    """What is answered with 400."""
    icon = file(PNG, field)
    return [
        Form("no boundary", VALID + END, b"multipart/form-data"),
        Form("another boundary", VALID + END, b"multipart/form-data; boundary=y"),
        Form("boundary of bytes", VALID + END, b"multipart/form-data; boundary=\xff\xfe"),
        Form("empty", b""),
        Form("no end", VALID + icon),
        Form("cut in the picture", (VALID + icon)[:-30]),
        Form("cut in a head", VALID + b'--x\r\nContent-Disposition: form-data; name="' + field),
        Form("part without a name", VALID + part(b"Content-Disposition: form-data", b"1") + END),
        Form("part without a head", VALID + b"--x\r\n\r\n1\r\n" + END),
        Form("NUL in a text", VALID + text(b"description", b"a\0b") + END),
        Form("NUL in a name", VALID + text(b"a\0b", b"1") + END),
        Form("control character", VALID + text(b"description", b"a\x07b") + END),
        Form("text that is no UTF-8", VALID + text(b"description", b"\xff\xfe") + END),
        Form("file where a text belongs", VALID + file(PNG, b"description") + END),
        Form("file where a name belongs", VALID + file(PNG, b"nom") + END),
        Form("text where the file belongs", VALID + text(field, b"a.png") + END),
        Form("picture where the file belongs, as text", VALID + text(field, SVG) + END),
        Form("long name", VALID + text(b"nom", b"n" * 256) + END),
        Form("long text", VALID + text(b"description", b"d" * 1_000_000) + END),
        Form("wrong picture", VALID + file(b"<html>", field) + END),
        Form("empty picture", VALID + file(b"", field) + END),
        Form("huge picture", VALID + file(PNG + b"\0" * 2_000_000, field) + END),
        Form("wrong picture behind a good one", VALID + icon + file(b"<html>", field) + END),
        Form("1,200 pictures", VALID + file(b"<html>", field) * 1200 + END),
        Form("1,500 parts", VALID + b"".join(text(b"a%d" % number, b"1") for number in range(1500)) + END),
        Form("100,000 delimiters", b"--x\r\n" * 100_000 + END),
        Form("urlencoded NUL", b"nom=a%00&lien=/x", URLENCODED),
        Form("urlencoded picture", b"nom=a&lien=/x&" + field + b"=%89PNG", URLENCODED),
    ]


NAMES = [form.name for form in refused(b"icon")]


async def facts(portal: Portal) -> tuple[Any, ...]:
    """What there is: rows, records of files, objects."""
    rows = [
        await portal.owner.fetchval(f"select md5(string_agg(t::text, '|' order by t::text)) from driven_{table} t")
        for table in ("application", "page")
    ]
    return (*rows, await count(portal), len(objects(portal)))


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
async def test_a_form_is_refused_whole(portal: Portal, kind: str, number: int) -> None:
    form = refused(FIELDS[kind])[number]
    one = await made(portal, kind, BODIES[kind](), JPEG)
    before = await facts(portal)
    for method, path in (("POST", f"/api/{kind}"), ("PUT", f"/api/{kind}/{one[KEYS[kind]]}")):
        if method == "PUT" and form.name == "empty":
            continue
        headers = {b"content-type": form.media}
        answer = await portal.admin.client.request(method, path, content=form.data, headers=headers)
        assert answer.status_code == 400, f"{method}: {answer.status_code} {answer.text[:300]}"
        assert set(answer.json()) == {"error", "message", "details", "code"}
        assert await facts(portal) == before


@pytest.mark.parametrize("kind", BODIES)
async def test_odd_forms_that_are_right_are_taken(portal: Portal, kind: str) -> None:
    field = FIELDS[kind]
    name = unique("Nom").encode()
    forms = [
        Form("two pictures: the last one", VALID + file(JPEG, field) + file(PNG, field) + END),
        Form("unknown fields, files among them", VALID + file(PNG, field) + file(b"x" * 100, b"autre") + END),
        Form("creator as a file", VALID + file(PNG, field) + file(b"1", b"creer_par") + END),
        Form("a name twice", text(b"nom", b"") + VALID + text(b"nom", name) + file(PNG, field) + END),
        Form("no file chosen, then one", VALID + file(b"", field, b"") + file(PNG, field) + END),
        Form("file name of a path", VALID + file(PNG, field, b"../../a.png") + END),
        Form("file name with line breaks", VALID + file(PNG, field, b"a%0d%0ax-evil: 1") + END),
    ]
    for form in forms:
        headers = {b"content-type": form.media}
        answer = await portal.admin.client.post(f"/api/{kind}", content=form.data, headers=headers)
        assert answer.status_code == 201, f"{form.name}: {answer.text[:300]}"
        data = answer.json()["data"]
        assert data["creer_par"] == portal.admin.id
        shown = await portal.api().get(f"/{data[field.decode()]}")
        assert shown.content == PNG, form.name
        assert "x-evil" not in shown.headers


@pytest.mark.parametrize("kind", BODIES)
async def test_another_kind_of_body_is_415(portal: Portal, kind: str) -> None:
    for media in (b"text/plain", b"image/png", b"application/xml", b"multipart/mixed; boundary=x"):
        answer = await portal.admin.client.post(f"/api/{kind}", content=VALID + END, headers={b"content-type": media})
        assert answer.status_code == 415, media
