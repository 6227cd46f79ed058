"""Subscribers: a scene whose plans are sold. Its gateways are fakes, and what an operator says is said by the test."""

import asyncio
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from core.access.principal import SYSTEM
from core.payments.entities import RefundCause
from core.payments.gateway import Reason, State
from core.primitives.ids import new_id
from core.testkit.gateways import FakeOperator
from core.work import Delivery
from plugins.spotvibe.subscriptions.domain import end_of_day
from tests.cluster import DatabaseUrls
from tests.plugins.spotvibe.till import Till
from tests.scene import SECRETS, Person, Scene, scene_on

BASE = "/api/subscriptions"
NEWS = (
    "spotvibe.subscription_activated",
    "spotvibe.subscription_expiring",
    "spotvibe.subscription_expired",
    "spotvibe.renewal_link",
)
ASLEEP = ("payments.look_at_refund", "payments.look_at_attempt")
PHONE = "+22997000000"
SECRET = SECRETS["SOCLE_SPOTVIBE_SUBSCRIPTIONS_WEBHOOK"]


def signature(body: bytes, *, moment: int | str | None = None, secret: str = SECRET) -> str:
    """The signature's header of a webhook's body, of now unless told otherwise."""
    at = int(time.time()) if moment is None else moment
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, sha256).hexdigest()}"


class Desk(Till):
    """Where plans are sold. `operator` is the far end of MOMO_FAKE, which prompts the phone, `page` that of MOMO_PAGE,
    which has a page. `news` are the events that subscriptions publish, in order."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene, *NEWS)
        self.plans: dict[str, int] = {}

    @property
    def api(self) -> Any:
        """What other slices may call of subscriptions."""
        return self.scene.installed.composition.wired["spotvibe_subscriptions"].api

    def news_of(self, person: Person) -> list[str]:
        """The names of what was told about somebody's subscriptions, without their area."""
        return [topic.partition(".")[2] for topic, payload in self.news if payload["user"] == person.id]

    async def open(self) -> None:
        """Learn the seeded plans' ids."""
        shown = await self.scene.api().get(f"{BASE}/plans/")
        self.plans = {plan["nom"]: plan["id"] for plan in shown.json()}

    async def plan(self, **fields: Any) -> dict[str, Any]:
        """A new plan that staff make."""
        staff = await self.scene.person(staff=True)
        body = {
            "nom": f"Plan {new_id()}",
            "type_plan": "STANDARD",
            "prix": "10000",
            "commission_reduite": "9",
            **fields,
        }
        made = await staff.client.post(f"{BASE}/plans/", json=body)
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found

    # buying

    async def ask(self, person: Person, what: str, status: int = 200, **body: Any) -> dict[str, Any]:
        """Ask for something about one's subscription; the answer."""
        answer = await person.client.post(f"{BASE}/{what}/", json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def begun(self, person: Person, plan: str | int = "Standard", **body: Any) -> str:
        """A plan whose payer is prompted; its payment."""
        key = self.plans[plan] if isinstance(plan, str) else plan
        given = {"plan_id": key, "payment_method": "MOMO_FAKE", "phone_number": PHONE, **body}
        answer = await self.ask(person, "pay", 201, **given)
        await self.scene.installed.drain()
        payment: str = answer["payment_uuid"]
        return payment

    async def subscribed(self, person: Person, plan: str | int = "Standard") -> dict[str, Any]:
        """A subscription that is paid, as it is listed."""
        await self.confirm(await self.begun(person, plan))
        return (await self.subscriptions(person))[0]

    async def confirm(self, payment: str, operator: FakeOperator | None = None) -> str:
        """Let the money of a payment come; returns how it stands then."""
        await self.scene.installed.drain()
        await (operator or self.operator).settle(await self.scene.attempt(payment))
        return await self.look(payment)

    async def decline(self, payment: str) -> str:
        """Decline a payment; returns how it stands then."""
        await self.scene.installed.drain()
        await self.operator.end(await self.scene.attempt(payment), State.FAILED, Reason.DECLINED_BY_PAYER)
        return await self.look(payment)

    async def look(self, payment: str) -> str:
        """Ask the operator how a payment stands, and run what comes of it."""
        found = await self.scene.kernel.payments.verify(UUID(payment))
        await self.scene.installed.drain()
        state: str = found.state.value
        return state

    async def confirm_at_once(self, *payments: str) -> list[str]:
        """Let the money of payments come, and have all of them looked at at the same time."""
        await self.scene.installed.drain()
        for payment in payments:
            await self.operator.settle(await self.scene.attempt(payment))
        verify = self.scene.kernel.payments.verify
        found = await asyncio.gather(*(verify(UUID(payment)) for payment in payments))
        await self.scene.installed.drain()
        return sorted(each.state.value for each in found)

    async def refund(self, payment: str) -> None:
        """Send the whole money of a payment back."""
        payments = self.scene.kernel.payments
        async with self.scene.kernel.works.everywhere(SYSTEM) as work:
            found = await payments.get(work, UUID(payment))
            refund = await payments.refunds.request(work, found.id, found.amount.amount, RefundCause.REQUESTED)
            await payments.refunds.approve(work, refund.id, None)
            await work.commit()
        await self.scene.installed.drain()
        await self.wake()

    async def wake(self) -> None:
        """Have looks that wait for their time run now, and what comes of them."""
        await self.scene.owner.execute(
            "update outbox set available_at = now() where done_at is null and subscriber = any($1)", list(ASLEEP)
        )
        await self.scene.installed.drain()

    async def refunds(self, payment: str) -> list[tuple[str, str]]:
        """The cause and state of a payment's refunds."""
        rows = await self.scene.owner.fetch(
            "select cause, state from refund where payment_id = $1 order by number", UUID(payment)
        )
        return [tuple(row) for row in rows]

    # looking

    async def read(self, person: Person, what: str, status: int = 200) -> Any:
        """Read something about one's subscription."""
        answer = await person.client.get(f"{BASE}/{what}")
        assert answer.status_code == status, answer.text
        return answer.json()

    async def subscriptions(self, person: Person) -> list[dict[str, Any]]:
        """Somebody's subscriptions, the newest first."""
        found: list[dict[str, Any]] = await self.read(person, "")
        return found

    async def statuts(self, person: Person) -> list[tuple[str, str]]:
        """Plan and statut of somebody's subscriptions, the newest first."""
        return [(each["plan_nom"], each["statut"]) for each in await self.subscriptions(person)]

    async def history(self, person: Person) -> list[str]:
        """What happened to somebody's subscriptions, the newest first."""
        return [each["action"] for each in await self.read(person, "history/")]

    # time

    @property
    def today(self) -> Any:
        """The day in the installation's zone."""
        return datetime.now(self.scene.kernel.installation.time_zone).date()

    def end_in(self, days: int) -> datetime:
        """The end of a subscription that ends some days after today."""
        return end_of_day(self.today + timedelta(days=days), self.scene.kernel.installation.time_zone)

    async def ends(self, key: int, when: datetime, jours: int = 30) -> None:
        """Move the end of a subscription, whose period has so many days."""
        await self.scene.owner.execute(
            "update spotvibe_abonnement set date_debut = least(date_debut, $2::timestamptz - interval '1 day'),"
            " date_fin = $2, jours_periode = $3 where id = $1",
            key,
            when,
            jours,
        )

    async def is_over(self, key: int) -> None:
        """Let the end of a subscription be a minute ago."""
        await self.ends(key, datetime.now(UTC) - timedelta(minutes=1))

    async def run(self, job: str) -> None:
        """Run a job of subscriptions as its schedule would, and what comes of it."""
        handler = self.scene.installed.composition.handlers[f"spotvibe_subscriptions.{job}"]
        await handler(Delivery(new_id(), "schedule", f"spotvibe_subscriptions.{job}", {}))
        await self.scene.installed.drain()


@asynccontextmanager
async def desk_on(urls: DatabaseUrls, home: Path, environ: dict[str, str] | None = None) -> AsyncIterator[Desk]:
    """Sell plans on a database."""
    async with scene_on(urls, home, **({"environ": environ} if environ else {})) as scene:
        desk = Desk(scene)
        await desk.open()
        yield desk
