"""Uses of one subscription on two web processes: 200 at once on a limit of 100 count exactly 100, and the journal
proves it (issue 7, "Done when")."""

import asyncio
from typing import Any

import pytest

from tests.concurrency import test_brands_in_parallel as brands
from tests.concurrency.conftest import Pair
from tests.concurrency.test_brands_in_parallel import Firm
from tests.installation import unique

firm = brands.firm
"""The fixture of a new company."""

ROUNDS = 2
ASKED = 200
LIMIT = 100
SUBSCRIPTIONS = "/companies/features/subscriptions/"
_COUNTED = """
select (select used from usage_counter where feature = 'megahub_subscriptions' and subject = $1),
       (select sum(amount) from usage_entry where feature = 'megahub_subscriptions' and subject = $1),
       (select count(*) from usage_entry where feature = 'megahub_subscriptions' and subject = $1 and kind = 'take')
"""


@pytest.fixture
async def subscription(pair: Pair, pair_owner: Any, firm: Firm) -> dict[str, Any]:
    """A subscription of a new company with 100 uses."""
    made = await pair_owner.fetchval(
        "insert into megahub_feature (name, display_name, feature_type) values ($1, $1, 'tasks') returning id",
        unique("feature"),
    )
    body = {"company": firm.id, "feature": made, "usage_limit": LIMIT}
    answer = await pair.client(0).post(SUBSCRIPTIONS, json=body, headers=firm.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_two_hundred_uses_of_a_hundred_count_a_hundred(
    pair: Pair, pair_owner: Any, firm: Firm, subscription: dict[str, Any]
) -> None:
    path = f"{SUBSCRIPTIONS}{subscription['id']}/"
    for number in range(ROUNDS):
        answers = await asyncio.gather(
            *(pair.client(each).post(f"{path}increment-usage/", json={}, headers=firm.headers) for each in range(ASKED))
        )
        codes = [answer.status_code for answer in answers]
        assert sorted(codes) == [200] * LIMIT + [400] * (ASKED - LIMIT)
        shown = sorted(answer.json()["current_usage"] for answer in answers if answer.status_code == 200)
        assert shown == list(range(1, LIMIT + 1)), "each use saw a sum of its own"
        refused = {answer.json()["error"] for answer in answers if answer.status_code == 400}
        assert refused == {f"Limite d'utilisation atteinte ({LIMIT})"}
        used, journal, takes = await pair_owner.fetchrow(_COUNTED, str(subscription["id"]))
        assert (used, journal, takes) == (LIMIT, LIMIT, LIMIT * (number + 1))
        crossed = await pair_owner.fetch(
            "select type from megahub_alert where subscription_id = $1 and cleared_at is null order by type",
            subscription["id"],
        )
        assert [row["type"] for row in crossed] == ["feature_limit", "feature_warning"]
        reset = await pair.client(number).post(f"{path}reset-usage/", json={}, headers=firm.headers)
        assert reset.json() == {"message": "Utilisation remise à zéro", "old_usage": LIMIT, "current_usage": 0}


async def test_a_limit_that_is_lowered_meanwhile_is_never_passed(
    pair: Pair, pair_owner: Any, firm: Firm, subscription: dict[str, Any]
) -> None:
    path = f"{SUBSCRIPTIONS}{subscription['id']}/"

    async def lower(limit: int) -> int:
        answer = await pair.client(limit).patch(path, json={"usage_limit": limit}, headers=firm.headers)
        assert answer.status_code in (200, 400), answer.text
        return limit if answer.status_code == 200 else LIMIT

    uses = [
        pair.client(each).post(f"{path}increment-usage/", json={"amount": 3}, headers=firm.headers)
        for each in range(60)
    ]
    outcomes = await asyncio.gather(*(lower(limit) for limit in (61, 47, 33, 52)), *uses)
    statuses = [answer.status_code for answer in outcomes[4:]]
    used, journal, takes = await pair_owner.fetchrow(_COUNTED, str(subscription["id"]))
    shown = (await pair.client(0).get(path, headers=firm.headers)).json()
    assert used == journal == shown["current_usage"] == 3 * statuses.count(200) == 3 * takes
    assert used <= shown["usage_limit"]
    assert set(statuses) <= {200, 400}


async def test_one_company_that_subscribes_twice_at_once_is_subscribed_once(
    pair: Pair, pair_owner: Any, firm: Firm
) -> None:
    made = await pair_owner.fetchval(
        "insert into megahub_feature (name, display_name, feature_type) values ($1, $1, 'crm') returning id",
        unique("feature"),
    )
    answers = await asyncio.gather(
        *(pair.client(each).post(SUBSCRIPTIONS, json={"feature": made}, headers=firm.headers) for each in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    refused = {answer.json()["error"] for answer in answers if answer.status_code == 409}
    assert refused == {"Cette entreprise est déjà abonnée à cette feature"}
