"""Expenses and their receipts: what is taken, who may look at it, and what becomes of it (DECISIONS.md section 1)."""

import io
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
import pytest

from core.primitives.ids import new_id
from core.testkit.clock import FakeClock
from tests.installation import Api, Company, Installed
from tests.plugins.ekigega.receipts import PDF, PNG, REFUSED, TAKEN, WEBP, objects, parts_of, stored, sweep

BODY = {"categorie": "Transport", "montant": "75.00", "type": "Taxi", "description": "Course"}
MAX_BYTES = 10_000_000


async def post(company: Company, receipt: bytes, name: str = "facture.pdf", **headers: str) -> Any:
    """Send an expense with a receipt."""
    files = {"justificatif": (name, io.BytesIO(receipt), "application/pdf")}
    return await company.owner.post("/api/depenses/", data=BODY, files=files, headers=headers)


@pytest.fixture
async def anyone(installed: Installed) -> Api:
    """Who has no token."""
    return installed.api()


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("name", ["facture.exe", "page.html", "sans-fin"])
async def test_a_receipt_is_what_it_holds_whatever_its_name(
    company: Company, anyone: Api, kind: str, name: str
) -> None:
    data, media_type, ending = TAKEN[kind]
    made = await post(company, data, name)
    assert made.status_code == 201, made.text
    shown = await anyone.get(made.json()["justificatif"])
    assert (shown.status_code, shown.content) == (200, data)
    assert shown.headers["content-type"] == media_type
    assert parts_of(made.json()["justificatif"])[1] == f"{name.rpartition('.')[0] or name}.{ending}"


@pytest.mark.parametrize("kind", REFUSED)
async def test_what_is_no_receipt_is_400_and_leaves_nothing(
    installed: Installed, company: Company, owner: Any, kind: str
) -> None:
    for name in ("facture.pdf", "photo.png"):
        refused = await post(company, REFUSED[kind], name)
        assert refused.status_code == 400
        assert refused.json() == {
            "justificatif": ["Ce type de fichier n'est pas accepté ; types acceptés : PDF, PNG, JPG, WEBP."]
        }
    assert await stored(owner, company) == {}
    assert objects(installed, company) == []


async def test_an_empty_receipt_is_400_and_an_input_left_empty_is_none(company: Company) -> None:
    assert (await post(company, b"")).json() == {"justificatif": ["Le fichier est vide."]}
    delimited = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{BODY[name]}\r\n' for name in BODY
    )
    empty = '--x\r\nContent-Disposition: form-data; name="justificatif"; filename=""\r\n'
    empty += "Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=x"}
    made = await company.owner.post("/api/depenses/", content=(delimited + empty).encode(), headers=headers)
    assert (made.status_code, made.json()["justificatif"]) == (201, None), (
        "what a browser sends where no file is chosen"
    )


async def test_ten_megabytes_are_taken_and_not_a_byte_more(company: Company, anyone: Api) -> None:
    whole = PDF[:-6] + b"\0" * (MAX_BYTES - len(PDF)) + PDF[-6:]
    made = await post(company, whole)
    assert made.status_code == 201, made.text
    assert (await anyone.get(made.json()["justificatif"])).content == whole
    for too_large in (PDF[:-6] + b"\0" + whole[len(PDF) - 6 :], b"<" * (MAX_BYTES + 1)):
        assert len(too_large) == MAX_BYTES + 1
        refused = await post(company, too_large)
        assert (refused.status_code, refused.json()) == (400, {"justificatif": ["Le fichier dépasse 10 Mo."]})
    assert (await post(company, b"\0" * 13_000_000)).status_code == 413


async def test_json_cannot_bring_a_receipt(company: Company, owner: Any) -> None:
    for address in ("https://example.com/facture.pdf", ""):
        made = await company.owner.post("/api/depenses/", json={**BODY, "justificatif": address})
        assert (made.status_code, made.json()["justificatif"]) == (201, None)
    wrong: list[Any] = [1, True, [], {}, ["a"], "facture.pdf", str(new_id()), "file:///etc/passwd"]
    for value in wrong:
        refused = await company.owner.post("/api/depenses/", json={**BODY, "justificatif": value})
        assert (refused.status_code, set(refused.json())) == (400, {"justificatif"})
    assert await stored(owner, company) == {}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("/etc/passwd.pdf", "passwd.pdf"),
        ("../../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Awa\\reçu.pdf", "reçu.pdf"),
        ("a/b/c", "c.pdf"),
        ("Reçu d'été 2026.pdf", "Reçu dété 2026.pdf"),
        ("Rec\u0327u.pdf", "Reçu.pdf"),
        ("领收书.pdf", "领收书.pdf"),
        ('a"; x="b.pdf', "a xb.pdf"),
        ("facture\u202efdp.exe", "facturefdp.pdf"),
        ("a\r\nset-cookie: b=c.pdf", "aset-cookie bc.pdf"),
        ("...", "fichier.pdf"),
        ("💶.pdf", "fichier.pdf"),
        ("x" * 300 + ".pdf", "x" * 80 + ".pdf"),
    ],
)
async def test_a_name_is_shown_without_what_could_do_harm(
    company: Company, anyone: Api, given: str, shown: str
) -> None:
    made = await post(company, PDF, given)
    assert made.status_code == 201, made.text
    address = made.json()["justificatif"]
    assert parts_of(address)[1] == shown
    answer = await anyone.get(address)
    assert answer.headers["content-disposition"] == f"inline; filename*=UTF-8''{quote(shown)}"
    assert "set-cookie" not in answer.headers


async def test_a_receipt_is_shown_and_never_run(company: Company, anyone: Api) -> None:
    answer = await anyone.get((await company.depense(PDF))["justificatif"])
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("inline; ")
    assert answer.headers["cache-control"] == "private, max-age=300"


async def test_only_a_good_signature_opens_a_receipt(company: Company, anyone: Api) -> None:
    address = (await company.depense(PDF))["justificatif"]
    other = (await company.depense(PNG))["justificatif"]
    key, name, expires, signature = parts_of(address)
    wrong = [
        f"/files/{parts_of(other)[0]}/{name}?expires={expires}&signature={signature}",
        f"/files/{new_id()}/{name}?expires={expires}&signature={signature}",
        f"/files/{key}/{name}?expires={int(expires) + 1}&signature={signature}",
        f"/files/{key}/{name}?expires={expires}&signature={signature[:-1]}",
        f"/files/{key}/{name}?expires={expires}&signature={signature.swapcase()}",
        f"/files/{key}/{name}?expires={expires}&signature={'é' * 64}",
        f"/files/{key}/{name}?expires={expires}&signature=%ff",
        f"/files/{key}/{name}?expires={expires}",
        f"/files/{key}/{name}?signature={signature}",
        f"/files/{key}/{name}",
        f"/files/{key}/{name}?expires=-1&signature={signature}",
        f"/files/{key}/{name}?expires={'9' * 400}&signature={signature}",
        # Python reads no number of more than 4300 digits, and none of a superscript, which is a digit all the same
        f"/files/{key}/{name}?expires={'9' * 5000}&signature={signature}",
        f"/files/{key}/{name}?expires=%C2%B2&signature={signature}",
        f"/files/{key}/{name}?expires=%D9%A1&signature={signature}",
        f"/files/abc/{name}?expires={expires}&signature={signature}",
        f"/files/{key}?expires={expires}&signature={signature}",
    ]
    for path in wrong:
        for api in (anyone, company.owner):
            refused = await api.get(path)
            assert refused.status_code == 404, path
            assert set(refused.json()) == {"detail", "code"}
    assert (await anyone.get(address)).status_code == 200
    for method in ("POST", "PUT", "DELETE"):
        assert (await anyone.request(method, address)).status_code == 405


async def test_an_address_expires(
    installed: Installed, company: Company, anyone: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    monkeypatch.setattr(installed.composition.kernel.files, "_clock", clock)
    made = await company.depense(PDF)
    clock.advance(timedelta(minutes=15))
    assert (await anyone.get(made["justificatif"])).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await anyone.get(made["justificatif"])).status_code == 404
    again = await company.owner.get(f"/api/depenses/{made['id']}/")
    assert (await anyone.get(again.json()["justificatif"])).status_code == 200


async def test_an_expense_is_shown_whole_although_its_version_stays(company: Company) -> None:
    made = await company.depense(PDF)
    known = {"if-none-match": '"1"'}
    answer = await company.owner.get(f"/api/depenses/{made['id']}/", headers=known)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"'), "a 304 would keep an address that expires"


async def test_a_change_without_a_receipt_keeps_it_and_null_takes_it_away(
    company: Company, anyone: Api, owner: Any
) -> None:
    made = await company.depense(PDF)
    path, key = f"/api/depenses/{made['id']}/", parts_of(made["justificatif"])[0]
    address = made["justificatif"]
    for method, given in (
        ("PUT", {"json": BODY}),
        ("PUT", {"data": BODY}),
        ("PATCH", {"json": {"montant": 1}}),
        ("PATCH", {"data": {"montant": "2"}}),
        ("PUT", {"json": {**BODY, "justificatif": address}}),
        ("PATCH", {"data": {"justificatif": address}}),
        ("PATCH", {"json": {"justificatif": "https://example.com/autre.pdf"}}),
    ):
        changed = await company.owner.request(method, path, **given)
        assert changed.status_code == 200, changed.text
        assert parts_of(changed.json()["justificatif"])[0] == key, given
    assert await stored(owner, company) == {"kept": 1}
    changed = await company.owner.patch(path, json={"justificatif": None})
    assert changed.json()["justificatif"] is None
    assert await stored(owner, company) == {"released": 1}
    assert (await anyone.get(address)).status_code == 404, "an address dies with its file"


async def test_a_new_receipt_replaces_the_one_before(
    installed: Installed, company: Company, anyone: Api, owner: Any
) -> None:
    made = await company.depense(PDF)
    path = f"/api/depenses/{made['id']}/"
    for method, data in (("PUT", PNG), ("PATCH", WEBP)):
        files = {"justificatif": ("autre", data)}
        changed = await company.owner.request(method, path, data=BODY, files=files)
        assert changed.status_code == 200, changed.text
        assert (await anyone.get(changed.json()["justificatif"])).content == data
    assert (await anyone.get(made["justificatif"])).status_code == 404
    assert await stored(owner, company) == {"kept": 1, "released": 2}
    assert len(objects(installed, company)) == 3
    await sweep(installed)
    (left,) = objects(installed, company)
    assert left.read_bytes() == WEBP
    assert await stored(owner, company) == {"kept": 1}


async def test_deleting_an_expense_lets_its_receipt_go(
    installed: Installed, company: Company, anyone: Api, owner: Any
) -> None:
    made, other = await company.depense(PDF), await company.depense(PNG)
    assert (await company.owner.delete(f"/api/depenses/{made['id']}/")).status_code == 204
    assert (await anyone.get(made["justificatif"])).status_code == 404
    await sweep(installed)
    assert await stored(owner, company) == {"kept": 1}
    assert [path.read_bytes() for path in objects(installed, company)] == [PNG]
    assert (await anyone.get(other["justificatif"])).status_code == 200


async def test_a_refused_change_keeps_the_receipt(
    installed: Installed, company: Company, anyone: Api, owner: Any
) -> None:
    made = await company.depense(PDF)
    path = f"/api/depenses/{made['id']}/"
    stale = await company.owner.patch(path, files={"justificatif": ("b", PNG)}, headers={"if-match": '"7"'})
    assert stale.status_code == 412
    assert (await company.owner.delete(path, headers={"if-match": '"7"'})).status_code == 412
    refused = await company.owner.patch(path, data={"montant": "x"}, files={"justificatif": ("b", PNG)})
    assert refused.status_code == 400
    assert (await stored(owner, company))["kept"] == 1
    assert (await anyone.get(made["justificatif"])).content == PDF


async def test_a_file_that_nothing_came_to_need_is_swept_after_a_day(
    installed: Installed, company: Company, owner: Any
) -> None:
    made = await company.depense()
    path = f"/api/depenses/{made['id']}/"
    stale = await company.owner.patch(path, files={"justificatif": ("b", PNG)}, headers={"if-match": '"7"'})
    assert stale.status_code == 412
    assert await stored(owner, company) == {"pending": 1}
    age = "update stored_file set created_at = now() - $2::interval where organisation_id = $1"
    await owner.execute(age, UUID(company.id), timedelta(hours=23, minutes=59))
    await sweep(installed)
    assert len(objects(installed, company)) == 1, "its request may still be under way"
    await owner.execute(age, UUID(company.id), timedelta(hours=24, minutes=1))
    await sweep(installed)
    assert (await stored(owner, company), objects(installed, company)) == ({}, [])


async def test_a_storage_that_is_down_is_503_and_its_records_are_swept(
    installed: Installed, company: Company, anyone: Api, owner: Any
) -> None:
    made = await company.depense(PDF)
    folder = installed.composition.loaded.home / "files" / company.id
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_bytes(b"no folder")
    try:
        for answer in (await post(company, PDF), await anyone.get(made["justificatif"])):
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
            assert "retry-after" in answer.headers
    finally:
        folder.unlink()
        aside.rename(folder)
    assert await stored(owner, company) == {"kept": 1, "pending": 1}
    await owner.execute("update stored_file set created_at = now() - interval '2 days' where state = 'pending'")
    await sweep(installed)
    assert await stored(owner, company) == {"kept": 1}
    assert (await anyone.get(made["justificatif"])).status_code == 200


async def test_a_form_that_is_sent_again_makes_one_expense(company: Company, owner: Any, installed: Installed) -> None:
    key = str(new_id())
    first = await post(company, PDF, **{"idempotency-key": key})
    again = await post(company, PDF, **{"idempotency-key": key})
    assert first.status_code == again.status_code == 201
    assert again.json() == first.json(), "another boundary is no other body"
    assert (await company.owner.get("/api/depenses/")).json()["count"] == 1
    assert (await stored(owner, company))["kept"] == 1
    other = await post(company, PNG, **{"idempotency-key": key})
    assert other.status_code == 409
    await owner.execute("update stored_file set created_at = now() - interval '2 days' where state = 'pending'")
    await sweep(installed)
    assert len(objects(installed, company)) == 1


async def test_tenants_files_lie_apart(installed: Installed, company: Company, owner: Any) -> None:
    other = await installed.company()
    mine, theirs = await company.depense(PDF), await other.depense(PDF)
    keys = [parts_of(made["justificatif"])[0] for made in (mine, theirs)]
    assert [path.name for path in objects(installed, company)] == keys[:1]
    assert [path.name for path in objects(installed, other)] == keys[1:]
    for method, options in (("PUT", {"data": BODY}), ("PATCH", {})):
        files = {"justificatif": ("b", PNG)}
        refused = await company.owner.request(method, f"/api/depenses/{theirs['id']}/", files=files, **options)  # type: ignore[arg-type]
        assert refused.status_code == 404
    assert (await company.owner.delete(f"/api/depenses/{theirs['id']}/")).status_code == 404
    assert await stored(owner, company) == await stored(owner, other) == {"kept": 1}, "a 404 stores nothing"
    narrowed = await company.owner.patch(f"/api/depenses/{mine['id']}/", json={"justificatif": theirs["justificatif"]})
    assert parts_of(narrowed.json()["justificatif"])[0] == keys[0]


async def test_row_level_security_holds_files_apart(
    installed: Installed, company: Company, owner: Any, database_urls: Any
) -> None:
    other = await installed.company()
    await company.depense(PDF)
    key = UUID(parts_of((await other.depense(PDF))["justificatif"])[0])
    connection = await asyncpg.connect(database_urls.app)
    try:
        assert await connection.fetchval("select count(*) from stored_file") == 0
        async with connection.transaction():
            await connection.execute("select set_config('app.tenant', $1, true)", company.id)
            assert await connection.fetchval("select array_agg(organisation_id) from stored_file") == [UUID(company.id)]
            released = await connection.execute("update stored_file set state = 'released' where id = $1", key)
            deleted = await connection.execute("delete from stored_file where id = $1", key)
            assert (released, deleted) == ("UPDATE 0", "DELETE 0")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(
                    "insert into stored_file (id, organisation_id, name, media_type, size, digest)"
                    " values ($1, $2, 'n', 'm', 1, '')",
                    new_id(),
                    UUID(other.id),
                )
    finally:
        await connection.close()
    assert await stored(owner, other) == {"kept": 1}


async def test_the_files_of_an_archived_company_vanish(installed: Installed, company: Company, anyone: Api) -> None:
    address = (await company.depense(PDF))["justificatif"]
    assert (await anyone.get(address)).status_code == 200
    assert (await company.owner.delete(f"/api/tenants/{company.id}/")).status_code == 204
    assert (await anyone.get(address)).status_code == 404
    await sweep(installed)
    assert len(objects(installed, company)) == 1, "nothing is lost"
