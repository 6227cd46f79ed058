"""Files that users upload (contracts/spotvibe.md section 3.2; DECISIONS.md section 2, "upload")."""

from typing import Any

import pytest

from tests.plugins.ekigega.receipts import JPEG, PDF, PNG
from tests.scene import Scene

PATH = "/api/core/upload/"
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


async def upload(client: Any, content: bytes, kind: str, name: str = "fichier.bin", **headers: str) -> Any:
    """Upload a file."""
    return await client.post(PATH, data={"type": kind}, files={"file": (name, content)}, headers=headers)


@pytest.mark.parametrize(
    ("content", "kind", "ending", "media"),
    [
        (PNG, "image", "png", "image/png"),
        (JPEG, "image", "jpg", "image/jpeg"),
        (GIF, "image", "gif", "image/gif"),
        (PDF, "document", "pdf", "application/pdf"),
    ],
)
async def test_a_file_is_kept_under_a_random_name(
    scene: Scene, content: bytes, kind: str, ending: str, media: str
) -> None:
    person = await scene.person()
    answer = await upload(person.client, content, kind, "../../etc/passwd.exe")
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == "Fichier téléchargé avec succès."
    address = answer.json()["file_url"]
    folder, _, name = address.rpartition("/")
    assert folder == "/media/uploads"
    assert len(name) == 33 + len(ending)
    assert name.endswith(f".{ending}")
    shown = await scene.api().get(address)
    assert (shown.content, shown.headers["content-type"]) == (content, media)
    kept = await scene.owner.fetchrow("select user_id, type from spotvibe_upload where path = $1", address[1:])
    assert tuple(kept) == (person.id, kind)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "image"), (PNG, "document"), (SVG, "image"), (b"", "image"), (b"MZ", "document"), (b"<html>", "image")],
    ids=range(6),
)
async def test_what_a_file_holds_decides(scene: Scene, content: bytes, kind: str) -> None:
    person = await scene.person()
    refused = await upload(person.client, content, kind, "image.png" if kind == "image" else "document.pdf")
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"file"})
    assert await scene.owner.fetchval("select count(*) from spotvibe_upload where user_id = $1", person.id) == 0


@pytest.mark.parametrize(
    ("data", "files", "wrong"),
    [
        ({}, {}, {"file", "type"}),
        ({"type": "image"}, {}, {"file"}),
        ({"type": "video"}, {"file": ("a.png", PNG)}, {"type"}),
        ({"type": "image", "file": "texte"}, {}, {"file"}),
    ],
)
async def test_every_missing_part_is_named(scene: Scene, data: Any, files: Any, wrong: set[str]) -> None:
    person = await scene.person()
    refused = await person.client.post(PATH, data=data, files=files or None)
    assert (refused.status_code, set(refused.json()["details"])) == (400, wrong)


async def test_the_setting_bounds_images_and_not_documents(scene: Scene) -> None:
    staff, person = await scene.person(staff=True), await scene.person()
    large = PNG + b"\0" * 1_200_000
    assert (await upload(person.client, large, "image")).status_code == 200
    setting = "/api/core/settings/MAX_IMAGE_SIZE/"
    try:
        assert (await staff.client.put(setting, json={"valeur": "1"})).status_code == 200
        refused = await upload(person.client, large, "image")
        assert (refused.status_code, refused.json()["error"]) == (400, "Le fichier dépasse 1 Mo.")
        assert (await upload(person.client, PNG, "image")).status_code == 200
        document = PDF.replace(b"%%EOF", b"0" * 1_200_000 + b"\n%%EOF")
        assert (await upload(person.client, document, "document")).status_code == 200
    finally:
        assert (await staff.client.put(setting, json={"valeur": "5"})).status_code == 200
    assert (await upload(person.client, PNG + b"\0" * 5_000_000, "image")).status_code == 400


async def test_a_document_has_at_most_ten_megabytes(scene: Scene) -> None:
    person = await scene.person()
    refused = await upload(person.client, PDF.replace(b"%%EOF", b"0" * 10_000_001 + b"\n%%EOF"), "document")
    assert (refused.status_code, refused.json()["error"]) == (400, "Le fichier dépasse 10 Mo.")


async def test_the_same_key_uploads_once(scene: Scene) -> None:
    person = await scene.person()
    first = await upload(person.client, PNG, "image", **{"idempotency-key": "une-fois"})
    again = await upload(person.client, PNG, "image", **{"idempotency-key": "une-fois"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert await scene.owner.fetchval("select count(*) from spotvibe_upload where user_id = $1", person.id) == 1


async def test_what_nobody_uploaded_is_404(scene: Scene) -> None:
    for name in ("nulle.png", "..%2Fprofiles%2Fx.png", "%00.png"):
        assert (await scene.api().get(f"/media/uploads/{name}")).status_code == 404
