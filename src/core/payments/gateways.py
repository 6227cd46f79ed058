"""The gateways of an installation, and calls to them that end in time and never raise."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from core.payments.gateway import (
    Callback,
    CallbackReading,
    Capabilities,
    Collection,
    Gateway,
    GatewayOffer,
    Inquiry,
    Observation,
    Outcome,
    PreparesRefunds,
    Probe,
    RefundOrder,
    State,
    Submission,
)

logger = logging.getLogger("socle.payments")

T = TypeVar("T")
MARGIN = timedelta(seconds=2)
"""How much longer than its own deadline a gateway is waited for."""


class Gateways:
    """The gateways by slug. A call that is late or raises is `unknown`: an operator may have heard it."""

    def __init__(self) -> None:
        self._offers: dict[str, GatewayOffer] = {}

    def add(self, *offers: GatewayOffer) -> None:
        """Add those of a plugin. Raises `ValueError` for a second one of a slug, or one that contradicts itself."""
        for offer in offers:
            if offer.slug in self._offers:
                raise ValueError(f'two gateways have the slug "{offer.slug}"')
            prepares = offer.gateway.capabilities.prepares_refunds
            if prepares and not isinstance(offer.gateway, PreparesRefunds):
                raise ValueError(f'the gateway "{offer.slug}" says that it prepares refunds, and has no prepare_refund')
            self._offers[offer.slug] = offer

    @property
    def offers(self) -> Mapping[str, GatewayOffer]:
        """Every gateway by its slug."""
        return self._offers

    @property
    def slugs(self) -> Iterable[str]:
        """The slugs of the gateways that are here."""
        return self._offers.keys()

    def capabilities(self, slug: str) -> Capabilities | None:
        """What a gateway offers, None where it is not here."""
        offer = self._offers.get(slug)
        return offer.gateway.capabilities if offer else None

    async def collect(self, slug: str, collection: Collection) -> Submission:
        """Ask for money."""
        lost = Submission(outcome=Outcome.UNKNOWN, code="no_answer")
        return await self._call(slug, "collect", lambda gateway: gateway.collect(collection), lost)

    async def prepare_refund(self, slug: str, order: RefundOrder) -> Submission:
        """Fetch what a refund is sent with, moving nothing."""

        async def prepare(gateway: Gateway) -> Submission:
            assert isinstance(gateway, PreparesRefunds), "its capabilities say so"
            return await gateway.prepare_refund(order)

        return await self._call(slug, "prepare_refund", prepare, Submission(outcome=Outcome.UNKNOWN, code="no_answer"))

    async def refund(self, slug: str, order: RefundOrder) -> Submission:
        """Send money back."""
        lost = Submission(outcome=Outcome.UNKNOWN, code="no_answer")
        return await self._call(slug, "refund", lambda gateway: gateway.refund(order), lost)

    async def lookup(self, slug: str, inquiry: Inquiry) -> Observation:
        """Read what became of an operation."""
        lost = Observation(state=State.UNKNOWN, code="no_answer")
        return await self._call(slug, "lookup", lambda gateway: gateway.lookup(inquiry), lost)

    async def probe(self, slug: str) -> Probe:
        """Try connection and credentials."""
        return await self._call(slug, "probe", lambda gateway: gateway.probe(), Probe(ok=False, detail="no answer"))

    def read_callback(self, slug: str, callback: Callback) -> CallbackReading:
        """Read a callback. Raises `UnreadableCallback`, and `KeyError` where the gateway is not here."""
        return self._offers[slug].gateway.read_callback(callback)

    async def close(self) -> None:
        """Let all connections go."""
        for offer in self._offers.values():
            await offer.gateway.close()

    async def _call(self, slug: str, name: str, call: Callable[[Gateway], Awaitable[T]], lost: T) -> T:
        gateway: Any = self._offers[slug].gateway
        try:
            async with asyncio.timeout((gateway.capabilities.deadline + MARGIN).total_seconds()):
                return await call(gateway)
        except TimeoutError:
            logger.warning("The gateway %s did not end %s within its deadline.", slug, name)
        except Exception as error:  # noqa: BLE001 - another's package may fail in any way: nobody knows what was sent
            # the text may hold what a package put there: its kind and place say enough
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{place.filename}:{place.lineno}"
            logger.error("The gateway %s broke its promise in %s: %s at %s.", slug, name, type(error).__name__, where)
        return lost
