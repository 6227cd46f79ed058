"""Brands and users on two web processes: 50 at once on 5 slots make exactly 5, and no recount in between ever shows a
wrong figure (issue 7, "Done when")."""

import asyncio
from typing import Any

import pytest

from tests.concurrency.conftest import Pair
from tests.installation import PASSWORD, unique

ROUNDS = 3
ASKED = 50
SLOTS = 5
_COUNTED = """
select (select used from usage_counter where feature = $2 and subject = organisation.number::text),
       (select sum(amount) from usage_entry where feature = $2 and subject = organisation.number::text),
       (select count(*) from megahub_brand where organisation_id = organisation.id),
       (select count(*) from membership where organisation_id = organisation.id and not owner)
from organisation where number = $1
"""


class Firm:
    """A company on the pair, and the headers of its administrator."""

    def __init__(self, body: dict[str, Any], tokens: dict[str, str]) -> None:
        self.id: int = body["id"]
        self.headers = tokens


async def sign_in(pair: Pair, email: str) -> dict[str, str]:
    """The headers of an account."""
    answer = await pair.client(0).post("/api/auth/login/", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    pair.client(0).cookies.clear()
    return {"authorization": f"Bearer {answer.json()['access']}"}


@pytest.fixture
async def firm(pair: Pair, pair_owner: Any) -> Firm:
    """A new company of 5 brand slots and 5 user slots."""
    email = f"{unique('racine')}@example.com"
    body = {"email": email, "password": PASSWORD, "password2": PASSWORD, "role": "ADMIN"}
    made = await pair.client(0).post("/api/auth/register/", json={**body, "entreprise": await pair.tenant()})
    assert made.status_code == 201, made.text
    pair.client(0).cookies.clear()
    await pair_owner.execute("update account set is_superuser = true where email = $1", email)
    root, username = await sign_in(pair, email), unique("chef")
    opening = {
        "name": unique("Parallèle"),
        "billing_email": "factures@example.com",
        "admin_username": username,
        "admin_email": f"{username}@example.com",
        "admin_password": PASSWORD,
    }
    company = await pair.client(0).post("/companies/", json=opening, headers=root)
    assert company.status_code == 201, company.text
    found = Firm(company.json(), await sign_in(pair, opening["admin_email"]))
    slots = {"brands_slots": SLOTS, "users_slots": SLOTS}
    kept = await pair.client(1).put(f"/companies/slots/{found.id}/", json=slots, headers=found.headers)
    assert kept.status_code == 200, kept.text
    return found


async def proven(owner: Any, firm: Firm, feature: str) -> tuple[int, int]:
    """What a counter says, and its rows, once its journal was seen to say the same."""
    used, journal, brands, users = await owner.fetchrow(_COUNTED, firm.id, feature)
    assert used == journal
    return used, brands if feature == "megahub_brands" else users


async def true_figures(pair: Pair, firm: Firm, done: asyncio.Event, begun: int, ended: int) -> int:
    """Recount and read again and again until `done`: every figure lies between what had been made before it was asked
    for and what may be made at all, and none is less than one that was shown before. Returns how many were read."""
    seen, last = 0, begun
    while not done.is_set() or seen < 10:
        path = f"/companies/slots/{firm.id}/"
        if seen % 2:
            answer = await pair.client(seen // 2).post(f"{path}refresh-counts/", json={}, headers=firm.headers)
            figure = answer.json()["slots"]["current_brands_count"]
        else:
            answer = await pair.client(seen // 2).get(path, headers=firm.headers)
            figure = answer.json()["current_brands_count"]
        assert answer.status_code == 200, answer.text
        assert last <= figure <= ended, (last, figure)
        seen, last = seen + 1, figure
    return seen


async def test_fifty_parallel_brands_on_five_slots_make_five(pair: Pair, pair_owner: Any, firm: Firm) -> None:
    path = f"/companies/{firm.id}/brands/"
    for _ in range(ROUNDS):
        done = asyncio.Event()
        readers = [asyncio.create_task(true_figures(pair, firm, done, 0, SLOTS)) for _ in range(3)]
        answers = await asyncio.gather(
            *(
                pair.client(number).post(path, json={"name": unique("Marque")}, headers=firm.headers)
                for number in range(ASKED)
            )
        )
        done.set()
        assert min(await asyncio.gather(*readers)) >= 10
        codes = [answer.status_code for answer in answers]
        assert sorted(codes) == [201] * SLOTS + [400] * (ASKED - SLOTS)
        refused = {answer.json()["error"] for answer in answers if answer.status_code == 400}
        assert refused == {f"Limite de marques atteinte ({SLOTS}/{SLOTS})"}
        assert await proven(pair_owner, firm, "megahub_brands") == (SLOTS, SLOTS)

        # all of them go again, at once, while the counts are read again
        made = [answer.json()["id"] for answer in answers if answer.status_code == 201]
        gone = await asyncio.gather(
            *(pair.client(key).delete(f"{path}{key}/", headers=firm.headers) for key in [*made, *made]),
            *(
                pair.client(number).post(f"/companies/slots/{firm.id}/refresh-counts/", json={}, headers=firm.headers)
                for number in range(6)
            ),
        )
        assert sorted(answer.status_code for answer in gone) == [200] * 6 + [204] * SLOTS + [404] * SLOTS
        assert await proven(pair_owner, firm, "megahub_brands") == (0, 0)


async def test_users_that_are_made_and_register_share_the_slots(pair: Pair, pair_owner: Any, firm: Firm) -> None:
    key = await pair_owner.fetchval("select id from organisation where number = $1", firm.id)

    async def one(number: int) -> int:
        name = unique("membre")
        account = {"email": f"{name}@example.com", "password": PASSWORD}
        if number % 2:
            body = {**account, "username": name, "user_type": "brand_member"}
            path, headers = f"/companies/{firm.id}/users/", firm.headers
        else:
            body = {**account, "password2": PASSWORD, "role": "VENTES", "entreprise": str(key)}
            path, headers = "/api/auth/register/", {}
        client = pair.client(number // 2)
        answer = await client.post(path, json=body, headers=headers)
        client.cookies.clear()
        if answer.status_code == 400:
            full = f"Limite d'utilisateurs atteinte ({SLOTS}/{SLOTS})"
            assert answer.json().get("error") == full or answer.json() == {"entreprise": [full]}, answer.text
        return answer.status_code

    changes = [
        pair.client(number).patch(
            f"/companies/slots/{firm.id}/", json={"brands_slots": SLOTS + number}, headers=firm.headers
        )
        for number in range(4)
    ]
    codes, *changed = await asyncio.gather(asyncio.gather(*(one(number) for number in range(24))), *changes)
    assert [answer.status_code for answer in changed] == [200] * 4
    assert sorted(codes) == [201] * SLOTS + [400] * (24 - SLOTS)
    assert await proven(pair_owner, firm, "organisation_members") == (SLOTS, SLOTS)
