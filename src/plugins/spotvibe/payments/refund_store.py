"""Reading refunds of spotvibe's payments. The rows are the kernel's."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.payments.entities import PaymentState, RefundCause, RefundState
from core.primitives.ids import MAX_INTEGER_ID
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.payments.domain import RAISONS, STATUTS_REMBOURSEMENT
from plugins.spotvibe.payments.payment_store import OURS
from plugins.spotvibe.payments.refund_service import NamedRefund, PaidPayment

_STATUT: Final[Mapping[str, str]] = {state.value: word.value for state, word in STATUTS_REMBOURSEMENT.items()}
_RAISON: Final[Mapping[str, str]] = {cause.value: raison.value for cause, raison in RAISONS.items()}

_LOCK = sql(f"select p.id from payment p where p.id = cast(:payment as uuid) and {OURS} for update")  # noqa: S608
_PAID = sql("""
select p.account_id, p.order_type, p.order_key, p.state, p.amount, p.commission, coalesce(t.refund_held, 0) as held,
       array(select r.id from refund r where r.payment_id = p.id and r.state = 'requested' order by r.number) as open
from payment p left join payment_attempt t on t.id = p.honoured
where p.id = cast(:payment as uuid)
""")
_NAMED = f"""
select r.id, r.number, r.state, r.amount, u.number
from refund r join payment p on p.id = r.payment_id left join account u on u.id = p.account_id
where {OURS}
"""  # noqa: S608 - constants
_BY_NUMBER = sql(f"{_NAMED} and r.number = cast(:number as bigint)")
_BY_ID = sql(f"{_NAMED} and r.id = cast(:refund as uuid)")
_DETAIL = sql(f"""
select r.number, p.id, p.amount, u.number as user_number, u.username, r.amount as montant, r.cause, r.description,
       r.state, r.created_at, r.decided_at, r.done_at
from refund r join payment p on p.id = r.payment_id
     left join account u on u.id = coalesce(r.requested_by, p.account_id)
where r.number = cast(:number as bigint) and {OURS}
      and (cast(:account as uuid) is null or p.account_id = cast(:account as uuid))
""")  # noqa: S608 - constants


def _list(condition: str) -> Any:
    matching = f"""
from refund r join payment p on p.id = r.payment_id
where {OURS} and r.state = any(cast(:states as text[])) {condition}
"""
    return sql(f"""
select r.number, r.payment_id, r.amount, r.state, r.created_at, (select count(*) {matching})
{matching} order by r.number desc limit cast(:size as bigint) offset cast(:skipped as bigint)
"""), sql(f"select count(*) {matching}")


_EVERYBODYS = _list("")
_OWN = _list("and p.account_id = cast(:account as uuid)")


class RefundReadingStore:
    """Refunds as people read and decide on them. `remboursement`, `detail`, `original` and `payeur` make the wire
    structs of their columns."""

    def __init__(
        self,
        *,
        remboursement: Callable[..., Any],
        detail: Callable[..., Any],
        original: Callable[..., Any],
        payeur: Callable[..., Any],
    ) -> None:
        self._remboursement = remboursement
        self._detail = detail
        self._original = original
        self._payeur = payeur

    async def lock_payment(self, work: Work, payment: UUID) -> PaidPayment | None:
        """Lock a payment of spotvibe, and read what refunds ask of it."""
        db = pg(work)
        if await db.one(_LOCK, payment=payment) is None:
            return None
        # read once it is locked: whoever held it before has changed its refunds
        record = await db.one(_PAID, payment=payment)
        return PaidPayment(
            account=record["account_id"],
            order_type=record["order_type"],
            order=record["order_key"],
            state=PaymentState(record["state"]),
            montant=record["amount"],
            net=record["amount"] - record["commission"],
            held=record["held"],
            open=tuple(record["open"]),
        )

    async def named(self, work: Work, number: int) -> NamedRefund | None:
        """Return a refund by its number."""
        if number > MAX_INTEGER_ID:
            return None
        return _named(await pg(work).one(_BY_NUMBER, number=number))

    async def owner(self, work: Work, refund: UUID) -> NamedRefund | None:
        """Return a refund by the id of its operation."""
        return _named(await pg(work).one(_BY_ID, refund=refund))

    async def page(
        self, work: Work, query: ListQuery, *, account: UUID | None, states: Sequence[RefundState]
    ) -> Page[Any]:
        """Return a page of refunds, newest first: of an account's payments, of all where None is given."""
        listed, counted = _EVERYBODYS if account is None else _OWN
        given: dict[str, Any] = {"states": [state.value for state in states]}
        if account is not None:
            given["account"] = account

        def shown(number: int, payment: UUID, amount: Decimal, state: str, created_at: datetime) -> Any:
            return self._remboursement(number, payment, amount, _STATUT[state], created_at)

        return await counted_page(work, query, listed, counted, shown, **given)

    async def detail(self, work: Work, number: int, *, account: UUID | None) -> Any:
        """Return a refund of an account's payments, of anybody's where None is given; None where there is none."""
        if number > MAX_INTEGER_ID:
            return None
        record = await pg(work).one(_DETAIL, number=number, account=account)
        if record is None:
            return None
        known = record["user_number"] is not None
        return self._detail(
            id=record["number"],
            payment_original=self._original(record["id"], record["amount"]),
            demandeur=self._payeur(record["user_number"], record["username"]) if known else None,
            montant_remboursement=record["montant"],
            raison=_RAISON[RefundCause(record["cause"]).value],
            description=record["description"],
            statut=_STATUT[record["state"]],
            date_demande=record["created_at"],
            date_decision=record["decided_at"],
            date_traitement=record["done_at"],
        )


def _named(record: Any) -> NamedRefund | None:
    if record is None:
        return None
    key, number, state, amount, user = record
    return NamedRefund(id=key, number=number, state=RefundState(state), montant=amount, user=user)
