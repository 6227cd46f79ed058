"""A box office: events whose tickets are sold, for tests of tickets. Its gateways are fakes, and what an operator says
is said by the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.identity.signing import Ed25519Signer
from core.access.principal import SYSTEM
from core.payments.gateway import Reason, State
from plugins.spotvibe.tickets.code import KEY_USE, TicketCodes
from tests.cluster import DatabaseUrls
from tests.plugins.spotvibe.happenings import approved
from tests.plugins.spotvibe.till import Till
from tests.scene import Person, Scene, scene_on

PURCHASE = "/api/events/tickets/purchase/"
MINE = "/api/events/my-tickets/"
SCAN = "/api/events/tickets/scan/"
PRICE = "10000.00"
NEWS = ("spotvibe.tickets_paid", "spotvibe.event_cancelled", "spotvibe.event_reminder")
ASLEEP = ("payments.look_at_refund", "payments.look_at_attempt")


class BoxOffice(Till):
    """A scene whose events sell tickets. `operator` is the far end of MOMO_FAKE, which prompts the phone, `page` that
    of MOMO_PAGE, which has a page. `news` are the events that tickets publish, in order."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, *NEWS)

    @property
    def api(self) -> Any:
        """What other slices may call of tickets."""
        return self.scene.installed.composition.wired["spotvibe_tickets"].api

    def news_of(self, person: Person) -> list[str]:
        """The names of what was told about somebody's tickets."""
        return [topic for topic, payload in self.news if payload["user"] == person.id]

    async def concert(self, organiser: Person | None = None, **fields: Any) -> Any:
        """An event whose tickets are sold; `organiser` makes it."""
        maker = organiser or await self.scene.person()
        return await approved(self.scene, maker, **{"type_acces": "PAYANT", "prix": PRICE, "capacite": 10, **fields})

    def order(self, evenement: Any, **fields: Any) -> dict[str, Any]:
        """A purchase."""
        return {
            "event_id": evenement["id"],
            "quantity": 1,
            "payment_method": "MOMO_FAKE",
            "phone_number": "+22997000000",
            **fields,
        }

    async def begun(self, buyer: Person, evenement: Any, **fields: Any) -> str:
        """A purchase whose payer is prompted; its payment."""
        answer = await buyer.client.post(PURCHASE, json=self.order(evenement, **fields))
        assert answer.status_code == 201, answer.text
        await self.scene.installed.drain()
        key: str = answer.json()["payment_uuid"]
        return key

    async def pay(self, buyer: Person, key: str) -> str:
        """Let the money of a payment come; returns how it stands then."""
        await self.operator.settle(await self.attempt(key))
        return await self.verify(buyer, key)

    async def decline(self, buyer: Person, key: str) -> str:
        """Decline a payment; returns how it stands then."""
        await self.operator.end(await self.attempt(key), State.FAILED, Reason.DECLINED_BY_PAYER)
        return await self.verify(buyer, key)

    async def verify(self, buyer: Person, key: str) -> str:
        """Ask the operator how a payment stands."""
        answer = await buyer.client.post("/api/payments/verify/", json={"payment_uuid": key})
        assert answer.status_code == 200, answer.text
        await self.scene.installed.drain()
        statut: str = answer.json()["status"]
        return statut

    async def paid(self, buyer: Person, evenement: Any, **fields: Any) -> str:
        """Tickets that are paid; their payment."""
        key = await self.begun(buyer, evenement, **fields)
        assert await self.pay(buyer, key) == "REUSSI"
        return key

    async def attempt(self, key: str) -> UUID:
        """The operation of a payment's latest attempt."""
        return await self.scene.attempt(key)

    async def tickets(self, buyer: Person) -> list[dict[str, Any]]:
        """Somebody's tickets."""
        answer = await buyer.client.get(MINE)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    async def statuts(self, buyer: Person) -> list[str]:
        """How somebody's tickets stand, the newest one first."""
        return [ticket["statut"] for ticket in await self.tickets(buyer)]

    async def seats(self, evenement: Any) -> int:
        """The seats of an event that are taken."""
        taken: int = await self.scene.owner.fetchval(
            "select places_prises from spotvibe_evenement where id = $1", evenement["id"]
        )
        return taken

    async def code(self, ticket: dict[str, Any]) -> str:
        """The code of a ticket, as its QR says it: written with the installation's own key."""
        codes = TicketCodes(Ed25519Signer(self.scene.kernel.derive_key(KEY_USE)))
        return codes.write(UUID(ticket["uuid"]), ticket["evenement_id"])

    async def scan(self, person: Person, ticket: dict[str, Any], **fields: Any) -> Any:
        """Scan a ticket."""
        return await person.client.post(SCAN, json={"code": await self.code(ticket), **fields})

    async def run(self, job: str, **payload: Any) -> None:
        """Run a job of tickets, and what comes of it."""
        await self.ask(job, **payload)
        await self.scene.installed.drain()

    async def ask(self, job: str, **payload: Any) -> None:
        """Ask for a job of tickets."""
        async with self.scene.kernel.works.everywhere(SYSTEM) as work:
            work.ask(f"spotvibe_tickets.{job}", **payload)
            await work.commit()

    async def settle(self) -> None:
        """Let everything happen that is asked for, and refunds be looked at without waiting for it."""
        await self.scene.installed.drain()
        await self.scene.owner.execute(
            "update outbox set available_at = now() where done_at is null and subscriber = any($1::text[])", ASLEEP
        )
        await self.scene.installed.drain()

    async def owed(self, account: str) -> Decimal:
        """The balance of an account of the ledger."""
        found: Decimal = await self.scene.owner.fetchval(
            "select coalesce(sum(amount), 0) from ledger_entry where account = $1", account
        )
        return found

    async def faults(self) -> list[Any]:
        """What the books say against us."""
        area = self.scene.installed.composition.payments
        found: list[Any] = await area.reconciliation.faults()
        return found


@asynccontextmanager
async def box_office_on(urls: DatabaseUrls, home: Path, **settings: Any) -> AsyncIterator[BoxOffice]:
    """Run a box office on a database."""
    async with scene_on(urls, home, **settings) as scene:
        yield BoxOffice(scene)
