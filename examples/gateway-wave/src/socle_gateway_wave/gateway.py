"""The gateway: Socle's port in Wave's words."""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import quote

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
    Outcome,
    Probe,
    Reason,
    RefundMode,
    RefundOrder,
    State,
    Submission,
    UnreadableCallback,
)
from core.primitives.clock import Clock
from core.primitives.secret import Secret
from socle_gateway_wave.client import Reply, Unanswered, WaveClient
from socle_gateway_wave.reading import Event, Found, Session, Transactions, decoded, observed, refunded, refused
from socle_gateway_wave.settings import WaveSettings
from socle_gateway_wave.signature import HEADER, signed

SESSIONS = "/v1/checkout/sessions"
SEARCH = f"{SESSIONS}/search"
TRANSACTIONS = "/v1/transactions"
SESSION = "session"
"""The handle that keeps a session's id."""

NOBODYS_REFERENCE = "socle-probe"
EVENTS = ("checkout.session.completed", "checkout.session.payment_failed")
MOST_PAGES = 20


def capabilities_of(settings: WaveSettings) -> Capabilities:
    """What Wave Checkout offers. Nothing documents that a session is made once for one idempotency key, so `resend` is
    not claimed; a session whose answer was lost has a page that nobody knows, so the answer is needed."""
    return Capabilities(
        flow=Flow.REDIRECT,
        currencies=frozenset({"XOF"}),
        needs_payer=False,
        payee_needed=False,
        answer_needed=True,
        refunds=RefundMode.AUTOMATIC,
        partial_refunds=False,
        callback=CallbackTrust.SIGNED,
        window=timedelta(minutes=settings.window_minutes),
        deadline=timedelta(seconds=settings.deadline_seconds),
    )


class WaveGateway:
    """Wave Checkout. Keeps nothing of a payment."""

    def __init__(self, settings: WaveSettings, *, api_key: Secret, webhook_secret: Secret, clock: Clock) -> None:
        self._settings = settings
        self._capabilities = capabilities_of(settings)
        self._webhook_secret = webhook_secret
        self._clock = clock
        self._client = WaveClient(settings.url, api_key=api_key, deadline_seconds=settings.deadline_seconds)

    @property
    def capabilities(self) -> Capabilities:
        """What Wave Checkout offers."""
        return self._capabilities

    async def collect(self, collection: Collection) -> Submission:
        """Make a session, where the payer pays."""
        body = {
            "amount": f"{collection.amount.amount:f}",
            "currency": collection.amount.currency,
            "client_reference": str(collection.operation),
            "success_url": collection.return_url,
            "error_url": collection.cancel_url,
        }
        try:
            reply = await self._client.ask("POST", SESSIONS, body=body, operation=str(collection.operation))
        except Unanswered as error:
            return Submission(outcome=Outcome.UNKNOWN, code=str(error))
        session = decoded(reply.body, Session) if reply.status in (200, 201) else None
        if session is None or not (session.wave_launch_url or "").startswith("https://"):
            return _turned_down(reply, {})
        return Submission(
            outcome=Outcome.ACTION_REQUIRED,
            url=session.wave_launch_url or "",
            handles={SESSION: session.id},
            observation=observed(session),
        )

    async def lookup(self, inquiry: Inquiry) -> Observation:
        """Read a session, by its id or by our reference, or find a refund among the wallet's movements."""
        known = inquiry.handles.get(SESSION)
        try:
            if inquiry.kind is OperationKind.REFUND:
                known = known or await self._refunded_session(inquiry)
                return await self._refund_of(known, inquiry.sent_at.date())
            return await (self._session(known) if known else self._search(str(inquiry.operation)))
        except Unanswered as error:
            return Observation(state=State.UNKNOWN, code=str(error))

    async def refund(self, order: RefundOrder) -> Submission:
        """Send the whole amount back: Wave refunds sessions, not amounts."""
        if not order.amount.same(order.captured):
            return Submission(outcome=Outcome.REJECTED, reason=Reason.INVALID_AMOUNT, code="whole-amount-only")
        try:
            known = order.handles.get(SESSION) or await self._paid_session(str(order.collection))
        except Unanswered as error:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.OPERATOR_UNAVAILABLE, code=str(error))
        if known is None:
            return Submission(outcome=Outcome.REJECTED, reason=Reason.UNSPECIFIED, code="no paid session")
        handles = {SESSION: known}
        try:
            reply = await self._client.ask("POST", f"{_path(known)}/refund", operation=str(order.operation))
        except Unanswered as error:
            return Submission(outcome=Outcome.UNKNOWN, handles=handles, code=str(error))
        if reply.status == 200 and reply.body.strip() in (b"", b"{}"):
            return Submission(outcome=Outcome.ACCEPTED, handles=handles)
        return _turned_down(reply, handles)

    def read_callback(self, callback: Callback) -> CallbackReading:
        """Read a webhook. Raises `UnreadableCallback`."""
        event = decoded(callback.body, Event)
        if event is None or event.type not in EVENTS:
            raise UnreadableCallback("no event of a checkout session")
        operation = event.data.operation
        return CallbackReading(
            reference=operation,
            handle=None if operation else (SESSION, event.data.id),
            authentic=signed(
                callback.headers.get(HEADER, ""),
                callback.body,
                self._webhook_secret,
                received_at=callback.received_at,
                age_seconds=self._settings.callback_age_seconds,
            ),
        )

    async def probe(self) -> Probe:
        """Search for a reference that nobody has."""
        try:
            reply = await self._client.ask("GET", SEARCH, query={"client_reference": NOBODYS_REFERENCE})
        except Unanswered as error:
            return Probe(ok=False, detail=f"Wave does not answer: {error}")
        if reply.status == 200 and decoded(reply.body, Found) is not None:
            return Probe(ok=True)
        told = refused(reply.status, reply.body)
        return Probe(ok=False, detail=f"Wave answers {reply.status} {told[1] if told else ''}".strip())

    async def close(self) -> None:
        """Let connections go."""
        await self._client.close()

    async def _session(self, known: str) -> Observation:
        reply = await self._client.ask("GET", _path(known))
        session = decoded(reply.body, Session) if reply.status == 200 else None
        return _unread(reply) if session is None else observed(session)

    async def _search(self, reference: str) -> Observation:
        reply = await self._client.ask("GET", SEARCH, query={"client_reference": reference})
        sessions = _found(reply, reference)
        if sessions is None:
            return _unread(reply)
        nothing = Observation(state=State.UNKNOWN, found=False, code="no session")
        return next((observed(each) for each in sessions), nothing)

    async def _paid_session(self, reference: str) -> str | None:
        """The session that our reference was paid by, where the answer that told it was lost. Raises `Unanswered`."""
        reply = await self._client.ask("GET", SEARCH, query={"client_reference": reference})
        sessions = _found(reply, reference)
        if sessions is None:
            raise Unanswered(f"HTTP {reply.status}")
        return next((each.id for each in sessions if observed(each).state is State.SUCCEEDED), None)

    async def _refunded_session(self, inquiry: Inquiry) -> str | None:
        """The session that a refund gives back, where nothing came back of the refund itself. Raises `Unanswered`."""
        known = inquiry.collection_handles.get(SESSION)
        return known or (await self._paid_session(str(inquiry.collection)) if inquiry.collection else None)

    async def _refund_of(self, known: str | None, sent_on: date) -> Observation:
        """Read the movements of the day on which it was sent, and of the next once that has come."""
        if known is None:
            return Observation(state=State.UNKNOWN, code="session-unknown")
        for day in (sent_on, sent_on + timedelta(days=1)):
            if day > max(self._clock.now().date(), sent_on):
                break
            query = {"date": day.isoformat()}
            for _ in range(MOST_PAGES):
                reply = await self._client.ask("GET", TRANSACTIONS, query=query)
                page = decoded(reply.body, Transactions) if reply.status == 200 else None
                if page is None:
                    return _unread(reply)
                if (seen := refunded(page.items, known)) is not None:
                    return seen
                if not page.page_info.has_next_page or not page.page_info.end_cursor:
                    break
                query = {"date": day.isoformat(), "after": page.page_info.end_cursor}
        return Observation(state=State.UNKNOWN, found=False, code="no refund among the movements")


def _path(session: str) -> str:
    return f"{SESSIONS}/{quote(session, safe='')}"


def _found(reply: Reply, reference: str) -> list[Session] | None:
    """The sessions of a reference, paid ones first; None where the answer is none of a search."""
    found = decoded(reply.body, Found) if reply.status == 200 else None
    if found is None:
        return None
    sessions = [each for each in found.result if each.client_reference == reference]
    return sorted(sessions, key=lambda each: observed(each).state is not State.SUCCEEDED)


def _turned_down(reply: Reply, handles: Mapping[str, str]) -> Submission:
    """A command that was not carried out as asked: refused in Wave's words, else unknown."""
    told = refused(reply.status, reply.body)
    if told is None:
        return Submission(outcome=Outcome.UNKNOWN, handles=handles, code=f"HTTP {reply.status}")
    reason, code = told
    return Submission(outcome=Outcome.REJECTED, reason=reason, code=code)


def _unread(reply: Reply) -> Observation:
    """A status read without a status."""
    told = refused(reply.status, reply.body)
    missing = reply.status == 404 and told is not None
    return Observation(state=State.UNKNOWN, found=not missing, code=told[1] if told else f"HTTP {reply.status}")
