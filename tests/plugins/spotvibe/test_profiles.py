"""Profiles: one's own with its photo, the list, and others' (contracts/spotvibe.md sections 2.2 and 2.5)."""

from typing import Any

import pytest

from tests.installation import unique
from tests.plugins.ekigega.receipts import JPEG, PDF, PNG
from tests.scene import Scene

PATH = "/api/users/profile/"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


async def state(scene: Scene, path: str) -> str | None:
    """The state of a photo's file."""
    found: str | None = await scene.owner.fetchval("select state from public_file where path = $1", path.lstrip("/"))
    return found


async def test_given_fields_change_and_others_stay(scene: Scene) -> None:
    person = await scene.person(first_name="Afi", phone="+2290197000001")
    body = {"bio": "Ma biographie.", "date_naissance": "1990-01-01", "notifications_push": False, "last_name": "Koffi"}
    answer = await person.client.put(PATH, json={**body, "id": 1, "email": "autre@example.com", "est_verifie": True})
    assert answer.status_code == 200, answer.text
    assert answer.json()["message"] == "Profil mis à jour avec succès."
    shown = answer.json()["user"]
    kept = {"id": person.id, "email": person.email, "est_verifie": False, "first_name": "Afi"}
    assert shown == {**shown, **body, **kept, "telephone": "+2290197000001", "notifications_email": True}
    assert (await person.client.get(PATH)).json() == shown


async def test_null_clears(scene: Scene) -> None:
    person = await scene.person(first_name="Afi", phone="+2290197000002")
    body = {"first_name": None, "telephone": None, "date_naissance": None}
    shown = (await person.client.put(PATH, json=body)).json()["user"]
    assert (shown["first_name"], shown["telephone"], shown["date_naissance"]) == ("", None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("date_naissance", "2990-01-01"),
        ("date_naissance", "0001-01-01"),
        ("date_naissance", "hier"),
        ("telephone", "12"),
        ("username", ""),
        ("username", "deux mots"),
        ("username", "quelquun@example.com"),
        ("username", None),
        ("bio", None),
        ("bio", "b" * 5001),
        ("first_name", "n" * 151),
        ("notifications_email", "peut-être"),
        ("photo_profil", "https://example.com/photo.png"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_changes(scene: Scene, field: str, value: Any) -> None:
    person = await scene.person()
    before = (await person.client.get(PATH)).json()
    refused = await person.client.put(PATH, json={"last_name": "Autre", field: value})
    assert refused.status_code == 400, refused.text
    assert set(refused.json()["details"]) == {field}
    assert (await person.client.get(PATH)).json() == before


async def test_a_username_is_unique_whatever_its_case(scene: Scene) -> None:
    one, other = await scene.person(), await scene.person()
    refused = await one.client.put(PATH, json={"username": other.username.upper(), "bio": "x"})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"username"})
    assert (await one.client.get(PATH)).json()["bio"] == ""


async def test_a_photo_comes_by_a_form_and_is_replaced(scene: Scene) -> None:
    person = await scene.person()
    sent = await person.client.put(PATH, data={"bio": "Avec photo"}, files={"photo_profil": ("moi.png", PNG)})
    assert sent.status_code == 200, sent.text
    first = sent.json()["user"]["photo_profil"]
    assert sent.json()["user"]["bio"] == "Avec photo"
    assert first.startswith("/media/profiles/")
    shown = await scene.api().get(first)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    kept = await person.client.put(PATH, json={"photo_profil": first, "bio": "Sans"})
    assert kept.json()["user"]["photo_profil"] == first
    second = (await person.client.put(PATH, files={"photo_profil": ("moi.jpg", JPEG)})).json()["user"]["photo_profil"]
    assert await state(scene, first) == "released"
    assert (await scene.api().get(first)).status_code == 404
    gone = await person.client.put(PATH, json={"photo_profil": None})
    assert gone.json()["user"]["photo_profil"] is None
    assert await state(scene, second) == "released"


@pytest.mark.parametrize("content", [PDF, SVG, b"<html>", b"", PNG + b"\0" * 5_000_000], ids=range(5))
async def test_what_is_no_photo_is_refused(scene: Scene, content: bytes) -> None:
    person = await scene.person()
    refused = await person.client.put(PATH, files={"photo_profil": ("moi.png", content)})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"photo_profil"})
    assert (await person.client.get(PATH)).json()["photo_profil"] is None


async def test_another_users_address_is_null_but_to_staff(scene: Scene) -> None:
    person, other = await scene.person(first_name="Afi"), await scene.person()
    staff = await scene.person(staff=True)
    path = f"/api/users/{person.id}/"
    shown = (await other.client.get(path)).json()
    assert shown == {
        "id": person.id,
        "username": person.username,
        "email": None,
        "first_name": "Afi",
        "last_name": "",
        "photo_profil": None,
        "bio": "",
        "est_verifie": False,
    }
    assert (await person.client.get(path)).json()["email"] == person.email
    assert (await staff.client.get(path)).json()["email"] == person.email
    listed = (await other.client.get("/api/users/", params={"ordering": "-id", "page_size": 3})).json()
    assert {each["id"]: each["email"] for each in listed["results"]} == {
        staff.id: None,
        other.id: other.email,
        person.id: None,
    }
    listed = (await staff.client.get("/api/users/", params={"ordering": "-id", "page_size": 3})).json()
    assert all(each["email"] for each in listed["results"])


async def test_the_list_is_paginated_and_ordered(scene: Scene) -> None:
    people = [await scene.person() for _ in range(3)]
    client = people[0].client
    page = (await client.get("/api/users/", params={"page_size": 2, "ordering": "-id"})).json()
    assert set(page) == {"count", "next", "previous", "results"}
    assert [each["id"] for each in page["results"]] == [people[2].id, people[1].id]
    assert set(page["results"][0]) == {"id", "username", "email", "photo_profil"}
    following = (await client.get(page["next"])).json()
    assert following["results"][0]["id"] == people[0].id
    assert following["previous"].startswith("http://testserver/api/users/?")
    assert (await client.get("/api/users/", params={"page": 10_000})).status_code == 404
    names = [each["username"] for each in (await client.get("/api/users/?ordering=username,email")).json()["results"]]
    assert names == sorted(names, key=str.lower)
    by_id = [each["id"] for each in (await client.get("/api/users/", params={"ordering": "email"})).json()["results"]]
    assert by_id == sorted(by_id)


async def test_closed_accounts_are_not_shown(scene: Scene) -> None:
    person, other = await scene.person(), await scene.person()
    count = (await other.client.get("/api/users/")).json()["count"]
    await scene.owner.execute("update account set is_active = false where number = $1", person.id)
    assert (await other.client.get(f"/api/users/{person.id}/")).status_code == 404
    assert (await other.client.get("/api/users/")).json()["count"] == count - 1


@pytest.mark.parametrize("key", ["0", "-1", "1.0", "x", "9223372036854775807", "9223372036854775808", "%00"])
async def test_nobody_is_404(scene: Scene, key: str) -> None:
    person = await scene.person()
    for path in ("", "follow-status/", "followers/", "following/"):
        answer = await person.client.get(f"/api/users/{key}/{path}")
        assert answer.status_code == 404, path
        assert set(answer.json()) == {"error", "code"}


async def test_figures_of_other_slices_are_theirs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    counters: Any = scene.users.counters
    monkeypatch.setattr(counters, "_counters", {})
    person = await scene.person()
    zero = {"events_created_count": 0, "followers_count": 0, "following_count": 0, "total_tickets_purchased": 0}
    assert (await person.client.get("/api/users/stats/")).json() == zero

    async def seven(work: Any, number: int) -> int:
        return 7 if number == person.id else 0

    counters.add("events_created_count", seven)
    with pytest.raises(ValueError, match="each counted once"):
        counters.add("events_created_count", seven)
    with pytest.raises(ValueError, match="figures are"):
        counters.add("likes", seven)
    assert (await person.client.get("/api/users/stats/")).json() == {**zero, "events_created_count": 7}


async def test_a_superuser_needs_no_profile_and_gets_one_by_writing(scene: Scene) -> None:
    root = await scene.person(profile=False, superuser=True)
    assert (await root.client.get(PATH)).json()["bio"] == ""
    assert (await root.client.put(PATH, json={"bio": unique("bio")})).status_code == 200
    fan = await scene.person()
    other = await scene.person(profile=False, superuser=True)
    assert (await other.client.post("/api/users/follow/", json={"user_id": fan.id})).status_code == 200
