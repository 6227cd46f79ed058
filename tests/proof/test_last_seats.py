"""200 buyers of an event with 10 seats, at once, on two web processes: 10 tickets are paid, each once, and all money is
where it belongs. 2 rounds under `make test`, 20 under `make proof`."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from tests.cluster import DatabaseUrls, TestCluster
from tests.installation import PASSWORD, unique
from tests.server import Server, serving, socle

pytestmark = pytest.mark.proof

ROUNDS = 20 if os.environ.get("SOCLE_PROOF") else 2
BUYERS = 200
SEATS = 10
CONNECTIONS = 40
SETTLED_SECONDS = 60.0

_LEFT = """
select count(*) from payment p join spotvibe_commande c on c.paiement_id = p.id
where c.evenement_id = $1 and p.state = 'pending'
"""
_SOLD = """
select count(*) filter (where b.statut = 'PAYE'), count(*) filter (where b.statut <> 'PAYE'),
       count(distinct b.commande_id), count(distinct b.user_id)
from spotvibe_billet b where b.evenement_id = $1
"""


class Crowd:
    """Buyers with accounts of their own, at a running server; `owner` looks behind the scenes."""

    def __init__(self, client: httpx.AsyncClient, owner: Any) -> None:
        self._client = client
        self._owner = owner
        self._tokens: list[str] = []

    async def enter(self) -> None:
        """Everybody signs up, and in."""
        self._tokens = await asyncio.gather(*(self._sign_up() for _ in range(BUYERS)))

    async def _sign_up(self) -> str:
        name = unique("fan")
        account = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        made = await self._client.post("/api/users/register/", json=account)
        assert made.status_code == 201, made.text
        signed_in = await self._client.post("/api/users/login/", json=account)
        assert signed_in.status_code == 200, signed_in.text
        # nobody's cookies are kept: everybody speaks through the same connections
        self._client.cookies.clear()
        token: str = signed_in.json()["access"]
        return token

    async def ask(self, buyer: int, path: str, body: Any) -> httpx.Response:
        """Somebody's request."""
        headers = {"authorization": f"Bearer {self._tokens[buyer]}"}
        return await self._client.post(path, json=body, headers=headers)

    async def concert(self, organiser: int) -> int:
        """An event with a few seats, which is on sale."""
        body = {
            "titre": unique("Concert"),
            "description": "Dix places.",
            "date_debut": "2031-06-21T18:00:00Z",
            "date_fin": "2031-06-22T02:00:00Z",
            "lieu": "Palais des Congrès",
            "adresse": "Cotonou",
            "categorie": 1,
            "type_acces": "PAYANT",
            "prix": "5000.00",
            "capacite": SEATS,
        }
        made = await self.ask(organiser, "/api/events/create/", body)
        assert made.status_code == 201, made.text
        key: int = made.json()["event"]["id"]
        await self._owner.execute("update spotvibe_evenement set statut = 'VALIDE' where id = $1", key)
        return key

    async def rush(self, evenement: int) -> list[httpx.Response]:
        """Everybody buys a ticket at once."""
        order = {"event_id": evenement, "quantity": 1, "payment_method": "MOMO_MTN"}
        return await asyncio.gather(
            *(
                self.ask(buyer, "/api/events/tickets/purchase/", {**order, "phone_number": f"+2290197{buyer:04}10"})
                for buyer in range(BUYERS)
            )
        )

    async def printed(self, buyer: int) -> list[bytes]:
        """The tickets of somebody, as PDF."""
        headers = {"authorization": f"Bearer {self._tokens[buyer]}"}
        mine = (await self._client.get("/api/events/my-tickets/", headers=headers)).json()
        answers = [
            await self._client.get(f"/api/events/tickets/{ticket['uuid']}/pdf/", headers=headers) for ticket in mine
        ]
        assert {answer.status_code for answer in answers} == {200}
        return [answer.content for answer in answers]

    async def settled(self, evenement: int) -> None:
        """Wait until no payment of an event's tickets is pending."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while left := await self._owner.fetchval(_LEFT, evenement):
            assert time.monotonic() < deadline, f"{left} payments are still pending"
            await asyncio.sleep(0.2)

    async def sold(self, evenement: int) -> tuple[int, ...]:
        """The paid tickets of an event, those that are not paid, their orders and their holders."""
        return tuple(await self._owner.fetchrow(_SOLD, evenement))

    async def taken(self, evenement: int) -> int:
        """The seats of an event that are taken."""
        count: int = await self._owner.fetchval("select places_prises from spotvibe_evenement where id = $1", evenement)
        return count


async def play(server: Server, urls: DatabaseUrls) -> list[tuple[int, float]]:
    """Play the rounds; return the paid tickets of each, and its purchases answered in a second."""
    limits = httpx.Limits(max_connections=CONNECTIONS)
    owner = await asyncpg.connect(urls.owner)
    played: list[tuple[int, float]] = []
    try:
        async with httpx.AsyncClient(base_url=server.base_url, timeout=60, limits=limits) as client:
            crowd = Crowd(client, owner)
            await crowd.enter()
            for number in range(ROUNDS):
                evenement = await crowd.concert(number)
                began = time.monotonic()
                answers = await crowd.rush(evenement)
                rate = BUYERS / (time.monotonic() - began)
                bought = [answer for answer in answers if answer.status_code == 201]
                refused = [answer for answer in answers if answer.status_code != 201]
                codes = {(answer.status_code, answer.json()["code"]) for answer in refused}
                await crowd.settled(evenement)
                paid, unpaid, orders, holders = await crowd.sold(evenement)
                assert paid == SEATS, f"{paid} tickets of {SEATS} seats are paid in round {number + 1}"
                assert (unpaid, orders, holders, len(bought)) == (0, SEATS, SEATS, SEATS)
                assert codes == {(400, "spotvibe_event_full")}
                assert await crowd.taken(evenement) == SEATS
                played.append((paid, rate))
                holder = next(buyer for buyer, answer in enumerate(answers) if answer.status_code == 201)
                for document in await crowd.printed(holder):
                    assert document.startswith(b"%PDF-")
    finally:
        await owner.close()
    return played


async def test_ten_seats_are_sold_ten_times(cluster: TestCluster, tmp_path: Path) -> None:
    urls = cluster.clone(unique("seats"))
    home = tmp_path / "home"
    given = {"SOCLE_EDITION": "spotvibe"}
    with serving(home, urls, processes=2, worker=True, operators=True, **given) as server:
        played = await play(server, urls)
        assert [paid for paid, _ in played] == [SEATS] * ROUNDS
        async with httpx.AsyncClient(base_url=server.operators_url, timeout=10) as control:
            entries = (await control.get("/_control/ledger")).json()["entries"]
        assert [entry["movement"] for entry in entries] == ["debit"] * (SEATS * ROUNDS)
        checked = await asyncio.to_thread(
            socle, home, "ledger", "check", environment={**given, "SOCLE_DATABASE_URL": urls.app}
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr
    rates = ", ".join(f"{rate:.0f}" for _, rate in played)
    print(f"{ROUNDS} rounds, {SEATS} paid tickets each; purchases answered in a second: {rates}")
