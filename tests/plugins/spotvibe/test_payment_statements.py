"""What lists of payments and participations cost: at most 3 statements each, authentication included (DESIGN.md
section 10)."""

from collections.abc import AsyncIterator

import pytest

from tests.cluster import TestCluster
from tests.installation import unique
from tests.plugins.spotvibe.box_office import BoxOffice, box_office_on
from tests.plugins.spotvibe.happenings import approved
from tests.statements import Counter, telling

MOST = 3


@pytest.fixture(scope="module")
async def office(
    counter: Counter, cluster: TestCluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[BoxOffice]:
    """A box office whose every connection tells what it runs."""
    urls = cluster.clone(unique("spotvibe_costs"))
    with telling(counter):
        async with box_office_on(urls, tmp_path_factory.mktemp("office")) as opened:
            yield opened


async def test_no_list_costs_more_the_longer_it_is(office: BoxOffice, counter: Counter) -> None:
    fan, staff = await office.scene.person(), await office.scene.person(staff=True)
    free = await approved(office.scene, fan)
    keys = [await office.paid(fan, await office.concert()) for _ in range(3)]
    refund = {"payment_uuid": keys[0], "raison": "AUTRE"}
    assert (await fan.client.post("/api/payments/refunds/", json=refund)).status_code == 201
    joined = await fan.client.post("/api/events/participate/", json={"event_id": free["id"], "status": "PARTICIPE"})
    assert joined.status_code == 201
    lists = [
        (fan, "/api/payments/", 3),
        (fan, "/api/payments/refunds/", 1),
        (fan, "/api/payments/summary/", None),
        (fan, f"/api/payments/{keys[0]}/", None),
        (staff, "/api/payments/transactions/", 3),
        (staff, "/api/payments/commissions/", 3),
        (fan, f"/api/events/{free['id']}/participants/", 1),
        (fan, f"/api/events/{free['id']}/invitations/", 0),
        (fan, "/api/events/my-participations/", 1),
    ]
    for person, path, length in lists:
        heard = []
        for _ in range(3):
            # what is remembered for half a second is read again where a slow machine takes longer between two requests
            await person.client.get(path)
            await counter.begin()
            answer = await person.client.get(path)
            heard.append(await counter.heard())
        ran = min(heard, key=len)
        assert answer.status_code == 200, path
        assert length is None or len(answer.json()) == length, path
        assert 1 <= len(ran) <= MOST, (path, ran)
