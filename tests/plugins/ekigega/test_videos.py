"""Training videos: a tenant's own, and those that a superuser shows to all (DECISIONS.md section 1, "Videos")."""

from typing import Any

import pytest

from tests.installation import Api, Company, Installed, unique
from tests.matrices.footprint import footprint

BODY = {"url": "https://example.com/v", "duree": 60}


async def made(client: Api, **fields: Any) -> dict[str, Any]:
    """Make a video."""
    answer = await client.post("/api/videos/", json={"titre": unique("Vidéo"), **BODY, **fields})
    assert answer.status_code == 201, answer.text
    video: dict[str, Any] = answer.json()
    return video


async def seen(client: Api, search: str) -> tuple[int, set[str]]:
    """The count and the ids that a search finds."""
    page = (await client.get("/api/videos/", params={"search": search})).json()
    return page["count"], {each["id"] for each in page["results"]}


async def test_a_tenants_own_are_its_own(company: Company, installed: Installed) -> None:
    mark, other = unique("propre"), await installed.company()
    video = await made(company.owner, titre=f"Caisse {mark}")
    assert await seen(company.owner, mark.upper()) == (1, {video["id"]})
    assert await seen(other.owner, mark) == (0, set())
    assert (await other.owner.get(f"/api/videos/{video['id']}/")).status_code == 404


async def test_a_superusers_are_shown_to_all_and_counted(company: Company, installed: Installed) -> None:
    mark, other, root = unique("commune"), await installed.company(), await installed.superuser()
    before = (await other.owner.get("/api/videos/")).json()["count"]
    shared = await made(root, titre=f"Stock {mark}")
    own = await made(company.owner, titre=f"Stock {mark}")
    assert await seen(company.owner, mark) == (2, {shared["id"], own["id"]})
    assert await seen(other.owner, mark) == (1, {shared["id"]})
    assert await seen(await company.join("LECTURE"), mark) == (2, {shared["id"], own["id"]})
    assert (await other.owner.get("/api/videos/")).json()["count"] == before + 1
    assert (await company.owner.get("/api/videos/")).json()["count"] == before + 2
    assert (await other.owner.get(f"/api/videos/{shared['id']}/")).json() == shared
    past = await other.owner.get("/api/videos/", params={"page": 1, "page_size": 1, "search": mark})
    assert (past.json()["count"], len(past.json()["results"])) == (1, 1)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_a_shared_one_is_not_a_tenants_to_change(
    method: str, company: Company, installed: Installed, owner: Any
) -> None:
    root = await installed.superuser()
    shared = await made(root)
    before = await footprint(owner)
    body = {"titre": "À moi", **BODY}
    answer = await company.owner.request(method, f"/api/videos/{shared['id']}/", json=body)
    assert answer.status_code == 404
    headers = {"if-match": '"7"'}
    versioned = await company.owner.request(method, f"/api/videos/{shared['id']}/", json=body, headers=headers)
    assert versioned.status_code == 404
    assert await footprint(owner) == before
    assert (await company.owner.get(f"/api/videos/{shared['id']}/")).json() == shared

    answer = await root.request(method, f"/api/videos/{shared['id']}/", json=body)
    assert answer.status_code == (204 if method == "DELETE" else 200)
    left = await company.owner.get(f"/api/videos/{shared['id']}/")
    if method == "DELETE":
        assert left.status_code == 404
    else:
        assert left.json()["titre"] == "À moi"


async def test_a_narrowed_superuser_makes_a_tenants_own(company: Company, installed: Installed) -> None:
    mark, other, root = unique("étroite"), await installed.company(), await installed.superuser()
    root.headers["x-organisation"] = company.id
    video = await made(root, titre=mark)
    assert await seen(company.owner, mark) == (1, {video["id"]})
    assert await seen(other.owner, mark) == (0, set())
    changed = await company.owner.patch(f"/api/videos/{video['id']}/", json={"status": "archivé"})
    assert (changed.status_code, changed.json()["status"]) == (200, "archivé")


async def test_a_superuser_sees_every_tenants(company: Company, installed: Installed) -> None:
    mark, other, root = unique("tous"), await installed.company(), await installed.superuser()
    ids = {(await made(client, titre=mark))["id"] for client in (company.owner, other.owner, root)}
    assert await seen(root, mark) == (3, ids)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/v",
        "javascript:alert(1)",
        "data:text/html,x",
        "example.com/v",
        "//example.com/v",
        "https://",
        "https://u:p@example.com/",
        "https://exam ple.com/",
        "",
        7,
    ],
)
async def test_only_web_addresses_are_taken(url: Any, company: Company) -> None:
    answer = await company.owner.post("/api/videos/", json={"titre": "V", "duree": 1, "url": url})
    assert (answer.status_code, list(answer.json())) == (400, ["url"])


@pytest.mark.parametrize("langue", ["f", "français", "fr_FR", "fr-", "", " ", "12", "fr en", 7, None])
async def test_a_language_is_a_language_tag(langue: Any, company: Company) -> None:
    answer = await company.owner.post("/api/videos/", json={"titre": "V", **BODY, "langue": langue})
    assert (answer.status_code, list(answer.json())) == (400, ["langue"])


async def test_when_it_was_made_known_stays(company: Company) -> None:
    video = await made(company.owner, date_genere="2020-01-01T00:00:00Z", langue="en-GB\n")
    assert video["date_genere"] > "2026"
    assert video["langue"] == "en-GB"
    put = await company.owner.put(
        f"/api/videos/{video['id']}/", json={"titre": "V", **BODY, "date_genere": "2020-01-01"}
    )
    assert put.json()["date_genere"] == video["date_genere"]
