"""Orange Money behind the gateway port: the payer goes to a page of Orange's (mobile-money.md section 3A).

Web Payment has no refund. Where a payout contract is configured (section 3B, cash-in), refunds are sent by it:
`init` fetches a pay token and moves nothing, `pay` sends money by it once, a second `pay` with it is refused. The token
is all by which the status can be read, so the kernel keeps it before `pay` (`prepare_refund`): whatever becomes of that
call is read by the token, and where Orange knows no payment of it the same token is paid again.
"""

from datetime import timedelta

import httpx2

from adapters.gateways.forms import plain_text, refuse_collection, refuse_refund, rejected
from adapters.gateways.orange import mapping, payout
from adapters.gateways.orange.client import OrangeCredentials, Payout, PayoutCredentials, WebPayment
from adapters.gateways.orange.mapping import MAX_HANDLE, NOTIF_TOKEN, PAY_TOKEN
from adapters.gateways.orange.payout import PAYOUT_TOKEN
from adapters.gateways.orange.settings import OrangeSettings
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
    compact_reference,
)
from core.primitives.clock import Clock
from core.primitives.locale import Locale
from core.primitives.money import Money, decimals_of
from core.primitives.secret import Secret

MAX_REFERENCE = 30
MAX_URL = 120


class OrangeGateway:
    """Collects by Web Payment, refunds by the payout contract where there is one. `clock` tells which pages are
    stale."""

    def __init__(
        self,
        settings: OrangeSettings,
        credentials: OrangeCredentials,
        clock: Clock,
        payout_credentials: PayoutCredentials | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._web = WebPayment(settings, credentials, transport)
        self._payout = Payout(settings, payout_credentials, transport) if payout_credentials else None
        self._capabilities = settings.capabilities(
            Flow.REDIRECT,
            needs_payer=False,
            payee_needed=True,
            resend=False,
            answer_needed=True,
            reports_amount=False,
            refunds=RefundMode.AUTOMATIC if payout_credentials else RefundMode.MANUAL,
            prepares_refunds=payout_credentials is not None,
            callback=CallbackTrust.TOKEN,
            callback_token=NOTIF_TOKEN,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the contracts offer."""
        return self._capabilities

    async def collect(self, collection: Collection) -> Submission:
        """Make a payment page."""
        if refused := refuse_collection(self._capabilities, collection):
            return refused
        urls = {
            "return_url": collection.return_url,
            "cancel_url": collection.cancel_url,
            "notif_url": collection.callback_url,
        }
        for name, url in urls.items():
            if len(url) > MAX_URL:
                return rejected(Reason.NOT_ALLOWED, f"{name} longer than {MAX_URL} characters")
        body = {
            "currency": mapping.SANDBOX_CURRENCY if self._settings.sandbox else collection.amount.currency,
            "order_id": compact_reference(collection.operation),
            "amount": _number(collection.amount),
            **urls,
            "lang": "en" if collection.locale is Locale.EN else "fr",
            "reference": self._settings.merchant_name or plain_text(collection.description, MAX_REFERENCE),
        }
        try:
            async with within(self._settings.deadline):
                answer = await self._web.create(collection.operation, body)
            said = mapping.submission(answer, secure=self._settings.url.startswith("https:"))
        except Trouble as trouble:
            said = trouble.submission()
        return clean_submission(said, self._secrets)

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Read the status of a payment or of a refund. Without the handles of its creation there is none to read."""
        try:
            async with within(self._settings.deadline):
                refund = inquiry.kind is OperationKind.REFUND
                said = await (self._look_refund(inquiry) if refund else self._look(inquiry))
        except Trouble as trouble:
            said = trouble.observation()
        return clean_observation(said, self._secrets)

    async def prepare_refund(self, order: RefundOrder) -> Submission:
        """Fetch the pay token of a refund."""
        if self._payout is None:
            return rejected(Reason.NOT_ALLOWED, "no payout contract")
        if refused := refuse_refund(self._capabilities, order):
            return refused
        try:
            async with within(self._settings.deadline):
                said = payout.read_init(await self._payout.init(order.operation))
        except Trouble as trouble:
            # refused credentials will not be taken the next time either
            said = rejected(trouble.reason, trouble.code) if trouble.reason.ours else trouble.submission()
        return clean_submission(said, self._secrets)

    async def refund(self, order: RefundOrder) -> Submission:
        """Send money by the payout contract, with the token of the refund's preparation."""
        if self._payout is None:
            return rejected(Reason.NOT_ALLOWED, "no payout contract")
        if refused := refuse_refund(self._capabilities, order):
            return refused
        token = order.prepared.get(PAYOUT_TOKEN)
        if not token:
            return rejected(Reason.NOT_ALLOWED, "not prepared")
        body = payout.body(order, self._settings.payout, token)
        try:
            async with within(self._settings.deadline):
                said = payout.read_pay(await self._payout.pay(order.operation, body), order, token)
        except Trouble as trouble:
            said = trouble.submission()
        return clean_submission(said, self._secrets)

    def read_callback(self, callback: Callback) -> CallbackReading:
        """Read a notification, which names no order, but the token that came with its creation (section 3A.5). Raises
        `UnreadableCallback`."""
        fields = parse_object(callback.body) if callback.method == "POST" else None
        token = fields.whole_text(NOTIF_TOKEN, MAX_HANDLE) if fields is not None else ""
        if not token:
            raise UnreadableCallback("no notification of Orange's")
        return CallbackReading(handle=(NOTIF_TOKEN, token), token=Secret(token))

    async def probe(self) -> Probe:
        """Fetch a new token, of each contract."""
        try:
            async with within(self._settings.deadline):
                await self._web.application.tokens.renew()
                if self._payout is not None:
                    await self._payout.application.tokens.renew()
        except Trouble as trouble:
            return Probe(ok=False, detail=trouble.code)
        return Probe(ok=True)

    async def close(self) -> None:
        """Let connections and tokens go."""
        await self._web.application.close()
        if self._payout is not None:
            await self._payout.application.close()

    @property
    def _secrets(self) -> tuple[Secret | None, ...]:
        return (*self._web.secrets, *(self._payout.secrets if self._payout is not None else ()))

    async def _look(self, inquiry: Inquiry) -> Observation:
        pay_token = inquiry.handles.get(PAY_TOKEN)
        if not pay_token:
            raise Trouble("no pay_token kept", Reason.UNSPECIFIED)
        order = compact_reference(inquiry.operation)
        answer = await self._web.status(
            inquiry.operation, {"order_id": order, "amount": _number(inquiry.amount), "pay_token": pay_token}
        )
        age = self._clock.now() - inquiry.sent_at
        return mapping.observation(answer, order=order, stale=age > timedelta(seconds=self._settings.expires_after))

    async def _look_refund(self, inquiry: Inquiry) -> Observation:
        if self._payout is None:
            raise Trouble("no payout contract", Reason.NOT_ALLOWED)
        token = inquiry.handles.get(PAYOUT_TOKEN)
        if not token:
            raise Trouble("no payout_token kept", Reason.UNSPECIFIED)
        return payout.read_status(await self._payout.status(inquiry.operation, token), inquiry, token)


def _number(amount: Money) -> int | float:
    """An amount as a JSON number, whole where the currency has no decimals."""
    exact = amount.rounded().amount
    return int(exact) if decimals_of(amount.currency) == 0 or exact == int(exact) else float(exact)
