"""Reading payments and operators' transactions of spotvibe. The rows are the kernel's; this slice has none of its
own."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from adapters.db.counted import counted_page
from adapters.db.stores.text import sql
from adapters.db.work import pg
from core.payments.entities import AttemptState
from core.primitives.page import ListQuery, Page
from core.work import Work
from plugins.spotvibe.payments.domain import ORDER_TYPES, STATUTS, TYPES, Statut, methode_of

OURS: Final = "p.order_type in ({})".format(", ".join(f"'{name}'" for name in ORDER_TYPES.values()))
"""What tells spotvibe's payments from those of other products."""

STATUT: Final[Mapping[str, str]] = {state.value: statut.value for state, statut in STATUTS.items()}
TYPE: Final[Mapping[str, str]] = {order_type: kind.value for order_type, kind in TYPES.items()}
_OF_ATTEMPT: Final[Mapping[str, str]] = {
    **{state.value: Statut.EN_ATTENTE.value for state in AttemptState if state.open},
    AttemptState.SUCCEEDED.value: Statut.REUSSI.value,
    AttemptState.FAILED.value: Statut.ECHEC.value,
    AttemptState.LOST.value: Statut.ECHEC.value,
    AttemptState.CANCELLED.value: Statut.ANNULE.value,
    AttemptState.EXPIRED.value: Statut.EXPIRE.value,
}

_OWN = f"from payment p where p.account_id = cast(:account as uuid) and {OURS}"
_PAGE = sql(f"""
select p.id, p.order_type, p.amount, p.state, p.created_at, (select count(*) {_OWN})
{_OWN} order by p.created_at desc, p.id desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT = sql(f"select count(*) {_OWN}")
_DETAIL = sql(f"""
select p.id, u.number, u.username, p.order_type, p.amount, p.commission, p.refunded, p.state, p.reason, p.gateway,
       p.payer, p.created_at, p.settled_at
from payment p left join account u on u.id = p.account_id
where p.id = cast(:payment as uuid) and {OURS}
      and (cast(:account as uuid) is null or p.account_id = cast(:account as uuid))
""")  # noqa: S608 - constants
_IS_THERE = sql(f"""
select exists (select from payment p where p.id = cast(:payment as uuid) and {OURS}
               and (cast(:account as uuid) is null or p.account_id = cast(:account as uuid)))
""")  # noqa: S608 - constants
_WAY = sql("""
select p.gateway, (select t.action_url from payment_attempt t where t.payment_id = p.id
                   order by t.position desc limit 1)
from payment p where p.id = cast(:payment as uuid)
""")
_PAYER = sql("""
select u.number from payment p join account u on u.id = p.account_id where p.id = cast(:payment as uuid)
""")
_TRIED = f"from payment_attempt t join payment p on p.id = t.payment_id where {OURS}"
_TRANSACTIONS = sql(f"""
select t.number, t.payment_id, t.gateway, t.payer, t.operator_reference, t.state, t.created_at,
       (select count(*) {_TRIED})
{_TRIED} order by t.number desc limit cast(:size as bigint) offset cast(:skipped as bigint)
""")
_COUNT_TRANSACTIONS = sql(f"select count(*) {_TRIED}")


class PaymentReadingStore:
    """Payments as people read them. `paiement`, `detail`, `payeur` and `transaction` make the wire structs of their
    columns."""

    def __init__(
        self,
        *,
        paiement: Callable[..., Any],
        detail: Callable[..., Any],
        payeur: Callable[..., Any],
        transaction: Callable[..., Any],
    ) -> None:
        self._paiement = paiement
        self._detail = detail
        self._payeur = payeur
        self._transaction = transaction

    async def page(self, work: Work, query: ListQuery, account: UUID) -> Page[Any]:
        """Return a page of an account's payments, newest first."""

        def shown(key: UUID, order_type: str, amount: Decimal, state: str, created_at: datetime) -> Any:
            return self._paiement(key, TYPE[order_type], amount, STATUT[state], created_at)

        return await counted_page(work, query, _PAGE, _COUNT, shown, account=account)

    async def detail(self, work: Work, payment: UUID, account: UUID | None) -> Any:
        """Return an account's payment, anybody's where None is given; None where there is none."""
        record = await pg(work).one(_DETAIL, payment=payment, account=account)
        if record is None:
            return None
        return self._detail(
            uuid=record["id"],
            utilisateur=None if record["number"] is None else self._payeur(record["number"], record["username"]),
            type_paiement=TYPE[record["order_type"]],
            montant=record["amount"],
            frais=record["commission"],
            montant_net=record["amount"] - record["commission"],
            montant_rembourse=record["refunded"],
            statut=STATUT[record["state"]],
            motif=record["reason"],
            methode_paiement=methode_of(record["gateway"]),
            telephone_paiement=record["payer"],
            date_creation=record["created_at"],
            date_confirmation=record["settled_at"],
            next_action=None,
        )

    async def exists(self, work: Work, payment: UUID, account: UUID | None) -> bool:
        """Whether an account has this payment, anybody where None is given."""
        found: bool = await pg(work).value(_IS_THERE, payment=payment, account=account)
        return found

    async def way(self, work: Work, payment: UUID) -> tuple[str, str | None]:
        """Return a payment's gateway, and the address of the operator's page where there is one."""
        gateway, url = await pg(work).one(_WAY, payment=payment)
        return gateway, url

    async def payer(self, work: Work, payment: UUID) -> int | None:
        """Return the number of the account that pays; None where nobody's account does."""
        number: int | None = await pg(work).value(_PAYER, payment=payment)
        return number

    async def transactions(self, work: Work, query: ListQuery) -> Page[Any]:
        """Return a page of all tries with operators, newest first."""

        def shown(
            number: int,
            payment: UUID,
            gateway: str,
            payer: str | None,
            reference: str | None,
            state: str,
            created_at: datetime,
        ) -> Any:
            return self._transaction(number, payment, gateway.upper(), payer, reference, _OF_ATTEMPT[state], created_at)

        return await counted_page(work, query, _TRANSACTIONS, _COUNT_TRANSACTIONS, shown)
