"""Moov Money behind the gateway port: the payer confirms on the phone (mobile-money.md section 4A).

Moov does not promise that a reference is taken once: nothing is ever sent again by its own, an operation whose answer
was lost is only looked up. There are no callbacks: status reads settle everything.
"""

from uuid import UUID

import httpx2

from adapters.gateways.forms import plain_text, refuse_collection, refuse_refund, wire_amount, wire_number
from adapters.gateways.moov import mapping
from adapters.gateways.moov.client import MoovClient
from adapters.gateways.moov.settings import MoovSettings
from adapters.gateways.redaction import clean_observation, clean_submission
from adapters.gateways.trouble import Trouble, within
from core.payments.gateway import (
    Callback,
    CallbackReading,
    CallbackTrust,
    Capabilities,
    Collection,
    Flow,
    Inquiry,
    Observation,
    Probe,
    RefundMode,
    RefundOrder,
    Submission,
    UnreadableCallback,
    compact_reference,
)
from core.primitives.secret import Secret

MAX_MESSAGE = 60
"""Characters that fit on the phone's USSD screen beside Moov's own."""
_NEVER_SENT = compact_reference(UUID(int=0))
_WORKING = frozenset({mapping.ABSENT, mapping.SUCCESS, mapping.PENDING, mapping.FAILED})


class MoovGateway:
    """Collects by PushWithPending, refunds by transferFlooz, reads both by our reference."""

    def __init__(
        self, settings: MoovSettings, token: Secret, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._client = MoovClient(settings, token, transport)
        self._capabilities = settings.capabilities(
            Flow.PUSH,
            resend=False,
            reports_amount=False,
            refunds=RefundMode.AUTOMATIC,
            callback=CallbackTrust.NONE,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the contract offers."""
        return self._capabilities

    async def collect(self, collection: Collection) -> Submission:
        """Prompt the payer's phone."""
        if refused := refuse_collection(self._capabilities, collection):
            return refused
        assert collection.payer is not None
        try:
            async with within(self._settings.deadline):
                fields = await self._client.push(
                    collection.operation,
                    number=wire_number(collection.payer, self._settings.number_form),
                    message=plain_text(collection.description, MAX_MESSAGE),
                    amount=wire_amount(collection.amount),
                    reference=compact_reference(collection.operation),
                )
            said = mapping.push_submission(fields, collection.operation)
        except Trouble as trouble:
            said = trouble.submission()
        return clean_submission(said, [self._client.token])

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Read what became of our reference, a push's or a transfer's."""
        try:
            async with within(self._settings.deadline):
                fields = await self._client.status(inquiry.operation, reference=compact_reference(inquiry.operation))
            said = mapping.lookup_observation(fields)
        except Trouble as trouble:
            said = trouble.observation()
        return clean_observation(said, [self._client.token])

    async def refund(self, order: RefundOrder) -> Submission:
        """Send money to the payee from the merchant's wallet. There is no reversal of a push."""
        if refused := refuse_refund(self._capabilities, order):
            return refused
        assert order.payee is not None
        try:
            async with within(self._settings.deadline):
                fields = await self._client.transfer(
                    order.operation,
                    number=wire_number(order.payee, self._settings.number_form),
                    amount=wire_amount(order.amount),
                    reference=compact_reference(order.operation),
                    message=plain_text(order.description, MAX_MESSAGE),
                )
            said = mapping.transfer_submission(fields, order.operation)
        except Trouble as trouble:
            said = trouble.submission()
        return clean_submission(said, [self._client.token])

    def read_callback(self, callback: Callback) -> CallbackReading:  # noqa: ARG002
        """Moov sends none (section 4A.5): raises `UnreadableCallback`."""
        raise UnreadableCallback("Moov sends no callbacks")

    async def probe(self) -> Probe:
        """Ask after a reference that was never sent: who may ask is told that it does not exist."""
        try:
            async with within(self._settings.deadline):
                status = mapping.status_of(await self._client.status(None, reference=_NEVER_SENT))
        except Trouble as trouble:
            return Probe(ok=False, detail=trouble.code)
        return Probe(ok=True) if status in _WORKING else Probe(ok=False, detail=f"status {status}")

    async def close(self) -> None:
        """Let connections go."""
        await self._client.close()
