"""A scene that takes money: fake operators beside it, and the news that a slice publishes."""

from typing import Any

from core.payments.gateway import Capabilities, GatewayOffer
from core.testkit.gateways import FakeGateway, FakeOperator
from core.testkit.gateways.fake_operator import PAGE
from core.work import Delivery
from tests.scene import Scene


class Till:
    """`operator` is the far end of MOMO_FAKE, which prompts the phone, `page` that of MOMO_PAGE, which has a page.
    `news` are the events of `topics`, in order."""

    def __init__(self, scene: Scene, *topics: str) -> None:
        self.scene = scene
        self.operator = scene.operator
        self.page = self.add_operator("page", PAGE)
        self.news: list[tuple[str, dict[str, Any]]] = []
        scene.installed.composition.handlers["test.till"] = self._hear  # type: ignore[index]
        self.listen_to(*topics)

    def listen_to(self, *topics: str) -> None:
        """Have more events told, as another slice's manifest would."""
        composition: Any = self.scene.installed.composition
        for topic in topics:
            composition.works.subscribers[topic] = ("test.till",)

    def add_operator(self, slug: str, capabilities: Capabilities) -> FakeOperator:
        """Add an operator, and return its far end."""
        operator = FakeOperator(capabilities)
        offer = GatewayOffer(slug=slug, title=f"Monnaie {slug}", gateway=FakeGateway(operator))
        self.scene.kernel.payments.gateways.add(offer)
        return operator

    async def _hear(self, delivery: Delivery) -> None:
        async with self.scene.kernel.works.delivering(delivery) as work:
            await work.commit()
        self.news.append((delivery.topic, delivery.payload))
