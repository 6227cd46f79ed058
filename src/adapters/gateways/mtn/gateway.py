"""MTN MoMo behind the gateway port: the payer confirms on the phone (mobile-money.md section 2)."""

from typing import Literal

import httpx2
import msgspec

from adapters.gateways.forms import plain_text, refuse_collection, refuse_refund, rejected, wire_amount, wire_number
from adapters.gateways.mtn import mapping
from adapters.gateways.mtn.client import MtnClient, MtnCredentials, Product
from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.reading import parse_object
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
    OperationKind,
    Probe,
    Reason,
    RefundMode,
    RefundOrder,
    Submission,
    UnreadableCallback,
    read_reference,
)

MAX_MESSAGE = 128
REFUND_BY = "refund_by"
"""The handle that says by which call a refund was sent: its status is read by the same."""

RefundCall = Literal["refund", "transfer"]
_CALLBACK_FIELDS = ("status", "externalId", "referenceId", "financialTransactionId")


class MtnGateway:
    """Collects by requesttopay, refunds by the Disbursement product's refund or transfer.

    The operation's id is the `X-Reference-Id`, which MTN takes once for ever: the same operation may be sent again.
    """

    def __init__(
        self,
        settings: MtnSettings,
        collection: MtnCredentials,
        disbursement: MtnCredentials | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._client = MtnClient(settings, collection, disbursement, transport)
        self._capabilities = settings.capabilities(
            Flow.PUSH,
            payee_needed=settings.refund_by == "transfer",
            resend=True,
            refunds=RefundMode.AUTOMATIC if disbursement else RefundMode.MANUAL,
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
        amount = mapping.to_wire(collection.amount, sandbox=self._settings.sandbox)
        body = {
            "amount": wire_amount(amount),
            "currency": amount.currency,
            "externalId": str(collection.operation),
            "payer": self._party(collection.payer),
            **_notes(collection.description),
        }
        try:
            async with within(self._settings.deadline):
                answer = await self._client.collection.post(
                    "requesttopay",
                    "/v1_0/requesttopay",
                    operation=collection.operation,
                    body=body,
                    callback_url=self._callback(collection.callback_url),
                )
            said = mapping.submission(answer)
        except Trouble as trouble:
            said = trouble.submission()
        return clean_submission(said, self._client.secrets)

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Read the status of a request to pay, or of a refund."""
        try:
            async with within(self._settings.deadline):
                said = await self._look(inquiry)
        except Trouble as trouble:
            said = trouble.observation()
        return clean_observation(said, self._client.secrets)

    async def refund(self, order: RefundOrder) -> Submission:
        """Send money back from the merchant's wallet."""
        product = self._client.disbursement
        if product is None:
            return rejected(Reason.NOT_ALLOWED, "no disbursement product")
        by = self._settings.refund_by
        if refused := refuse_refund(self._capabilities, order):
            return refused
        amount = mapping.to_wire(order.amount, sandbox=self._settings.sandbox)
        body: dict[str, object] = {
            "amount": wire_amount(amount),
            "currency": amount.currency,
            "externalId": str(order.operation),
            **_notes(order.description),
        }
        if by == "transfer":
            assert order.payee is not None
            body["payee"] = self._party(order.payee)
        else:
            body["referenceIdToRefund"] = str(order.collection)
        try:
            async with within(self._settings.deadline):
                answer = await product.post(
                    by,
                    f"/v1_0/{by}",
                    operation=order.operation,
                    body=body,
                    callback_url=self._callback(order.callback_url),
                )
            said = mapping.submission(answer)
        except Trouble as trouble:
            said = trouble.submission()
        said = clean_submission(said, self._client.secrets)
        return msgspec.structs.replace(said, handles={REFUND_BY: by})

    def read_callback(self, callback: Callback) -> CallbackReading:
        """Read whose callback it is; nothing proves that it is MTN's. Its reference may be in the address alone.
        Raises `UnreadableCallback`."""
        fields = parse_object(callback.body) if callback.method in ("POST", "PUT") else None
        if fields is None or not any(name in fields for name in _CALLBACK_FIELDS):
            raise UnreadableCallback("no callback of MTN's")
        named = {read_reference(fields.text(name)) for name in ("referenceId", "externalId")} - {None}
        if len(named) > 1:
            raise UnreadableCallback("a callback that names two operations")
        return CallbackReading(reference=named.pop() if named else None)

    async def probe(self) -> Probe:
        """Fetch a token and read the balance, for each product."""
        try:
            async with within(self._settings.deadline):
                for product in self._client.products:
                    answer = await product.get("balance", "/v1_0/account/balance", operation=None)
                    if answer.status != 200:
                        return Probe(ok=False, detail=f"{product.name}: HTTP {answer.status}")
        except Trouble as trouble:
            return Probe(ok=False, detail=trouble.code)
        return Probe(ok=True)

    async def close(self) -> None:
        """Let connections and tokens go."""
        await self._client.close()

    async def _look(self, inquiry: Inquiry) -> Observation:
        if inquiry.kind is OperationKind.COLLECTION:
            return await self._read(self._client.collection, "requesttopay", inquiry)
        product = self._client.disbursement
        if product is None:
            raise Trouble("no disbursement product", Reason.NOT_ALLOWED)
        sent_by = inquiry.handles.get(REFUND_BY)
        if sent_by in ("refund", "transfer"):
            return await self._read(product, sent_by, inquiry)
        # The answer that said by which call was lost, and the setting may have changed since. Only what both do not
        # know was never sent.
        calls: tuple[RefundCall, RefundCall] = ("refund", "transfer")
        first, second = calls if self._settings.refund_by == "refund" else calls[::-1]
        said = await self._read(product, first, inquiry)
        return said if said.found else await self._read(product, second, inquiry)

    async def _read(self, product: Product, call: str, inquiry: Inquiry) -> Observation:
        answer = await product.get(f"{call}_status", f"/v1_0/{call}/{inquiry.operation}", operation=inquiry.operation)
        return mapping.observation(answer, asked=inquiry.amount, sandbox=self._settings.sandbox)

    def _party(self, number: str) -> dict[str, str]:
        return {"partyIdType": "MSISDN", "partyId": wire_number(number, self._settings.number_form)}

    def _callback(self, url: str) -> str:
        return url if self._settings.callbacks else ""


def _notes(description: str) -> dict[str, str]:
    text = plain_text(description, MAX_MESSAGE)
    return {"payerMessage": text, "payeeNote": text}
