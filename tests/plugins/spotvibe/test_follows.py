"""Following (contracts/spotvibe.md section 2.4)."""

import asyncio

import asyncpg
import pytest

from tests.scene import Scene

FOLLOW = "/api/users/follow/"


async def test_somebody_follows_is_listed_and_follows_no_more(scene: Scene) -> None:
    star, fan, other = [await scene.person() for _ in range(3)]
    done = await fan.client.post(FOLLOW, json={"user_id": star.id})
    assert (done.status_code, done.json()) == (200, {"message": "Utilisateur suivi avec succès."})
    await other.client.post(FOLLOW, json={"user_id": star.id})
    assert (await fan.client.get(f"/api/users/{star.id}/follow-status/")).json() == {"is_following": True}
    assert (await star.client.get(f"/api/users/{fan.id}/follow-status/")).json() == {"is_following": False}
    followers = await star.client.get(f"/api/users/{star.id}/followers/")
    assert followers.json() == [
        {"id": other.id, "username": other.username, "photo_profil": None},
        {"id": fan.id, "username": fan.username, "photo_profil": None},
    ]
    assert followers.headers["x-total-count"] == "2"
    following = await star.client.get(f"/api/users/{fan.id}/following/")
    assert [each["id"] for each in following.json()] == [star.id]
    figures = (await star.client.get("/api/users/stats/")).json()
    assert (figures["followers_count"], figures["following_count"]) == (2, 0)
    left = await fan.client.post(f"/api/users/{star.id}/unfollow/")
    assert (left.status_code, left.json()) == (200, {"message": "Utilisateur désabonné avec succès."})
    again = await fan.client.post(f"/api/users/{star.id}/unfollow/")
    assert (again.status_code, again.json()["error"]) == (400, "Vous ne suivez pas cet utilisateur.")


async def test_lists_are_cut_by_limit_and_offset(scene: Scene) -> None:
    star = await scene.person()
    fans = [await scene.person() for _ in range(3)]
    for fan in fans:
        await fan.client.post(FOLLOW, json={"user_id": star.id})
    path = f"/api/users/{star.id}/followers/"
    cut = await star.client.get(path, params={"limit": 1, "offset": 1})
    assert ([each["id"] for each in cut.json()], cut.headers["x-total-count"]) == ([fans[1].id], "3")
    past = await star.client.get(path, params={"offset": 50})
    assert (past.status_code, past.json(), past.headers["x-total-count"]) == (200, [], "3")


async def test_closed_accounts_are_neither_listed_nor_counted(scene: Scene) -> None:
    star, fan = await scene.person(), await scene.person()
    await fan.client.post(FOLLOW, json={"user_id": star.id})
    await scene.owner.execute("update account set is_active = false where number = $1", fan.id)
    listed = await star.client.get(f"/api/users/{star.id}/followers/")
    assert (listed.json(), listed.headers["x-total-count"]) == ([], "0")
    assert (await star.client.get("/api/users/stats/")).json()["followers_count"] == 0
    refused = await star.client.post(FOLLOW, json={"user_id": fan.id})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"user_id"})


@pytest.mark.parametrize("value", [0, -1, 2**62, 2**63, 10**30, "2", None, [], 1.5])
async def test_who_is_nobody_cannot_be_followed(scene: Scene, value: object) -> None:
    person = await scene.person()
    refused = await person.client.post(FOLLOW, json={"user_id": value})
    assert (refused.status_code, set(refused.json()["details"])) == (400, {"user_id"})


async def test_a_stranger_and_oneself_cannot_be_followed(scene: Scene) -> None:
    person, stranger = await scene.person(), await scene.person(profile=False)
    own = await person.client.post(FOLLOW, json={"user_id": person.id})
    assert (own.status_code, own.json()["error"]) == (400, "Vous ne pouvez pas vous suivre vous-même.")
    assert (await person.client.post(FOLLOW, json={"user_id": stranger.id})).status_code == 400


async def test_following_twice_at_once_counts_once(scene: Scene) -> None:
    star, fan = await scene.person(), await scene.person()
    answers = await asyncio.gather(*(fan.client.post(FOLLOW, json={"user_id": star.id}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]
    again = await fan.client.post(FOLLOW, json={"user_id": star.id})
    assert again.json()["error"] == "Vous suivez déjà cet utilisateur."
    counted = "select count(*) from spotvibe_follow where follower_id = $1 and followed_id = $2"
    assert await scene.owner.fetchval(counted, fan.id, star.id) == 1


async def test_the_database_keeps_pairs_unique_and_nobody_follows_himself(scene: Scene) -> None:
    star, fan = await scene.person(), await scene.person()
    insert = "insert into spotvibe_follow (follower_id, followed_id) values ($1, $2)"
    await scene.owner.execute(insert, fan.id, star.id)
    with pytest.raises(asyncpg.UniqueViolationError):
        await scene.owner.execute(insert, fan.id, star.id)
    with pytest.raises(asyncpg.CheckViolationError):
        await scene.owner.execute(insert, fan.id, fan.id)
