"""What an observation does to an attempt: every state against every statement."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.payments.attempts import new_attempt
from core.payments.entities import Attempt, AttemptState, PaymentState
from core.payments.gateway import Observation, Reason, State
from core.payments.ledger import Line, Movement, Posting, refund, settlement
from core.payments.settling import Change, ended_state, judge
from core.primitives.money import Money
from core.testkit.gateways.fake_operator import PROMPT
from tests.payments.values import payment_of, refund_of

MONEY = Money(Decimal(500), "XOF")
NOW = datetime(2026, 3, 15, tzinfo=UTC)
AMOUNTS = (None, MONEY, Money(Decimal("500.00"), "XOF"), Money(Decimal(500), "XAF"), Money(Decimal("499.99"), "XOF"))


def an_attempt(state: AttemptState) -> Attempt:
    """An attempt in a state."""
    made = new_attempt(payment_of(MONEY), 1, "fake", NOW)
    return msgspec.structs.replace(made, state=state, captured=state is AttemptState.SUCCEEDED)


@pytest.mark.parametrize("state", AttemptState)
def test_money_is_believed_only_where_everything_fits(state: AttemptState) -> None:
    attempt = an_attempt(state)
    for said, amount, own, reports in product(State, AMOUNTS, (True, False), (True, False)):
        observation = Observation(state=said, amount=amount, reference=attempt.id if own else uuid4())
        verdict = judge(attempt, observation, msgspec.structs.replace(PROMPT, reports_amount=reports))
        fits = own and (amount.same(MONEY) if amount else not reports)
        ends = said in (State.FAILED, State.CANCELLED, State.EXPIRED)
        assert (verdict.change is Change.CAPTURE) == (said is State.SUCCEEDED and fits and not attempt.captured)
        assert (verdict.change is Change.END) == (ends and attempt.state.open)
        if attempt.captured:
            assert verdict.state is AttemptState.SUCCEEDED
        if verdict.change is Change.ESCALATE:
            assert verdict.fault
            assert verdict.state is attempt.state


def test_expired_is_for_time_alone() -> None:
    ends = NOW + timedelta(minutes=5)
    assert ended_state(AttemptState.EXPIRED, ends, ends) is PaymentState.EXPIRED
    assert ended_state(AttemptState.EXPIRED, NOW, ends) is PaymentState.FAILED
    assert ended_state(AttemptState.FAILED, ends, ends) is PaymentState.FAILED
    assert ended_state(AttemptState.CANCELLED, ends, ends) is PaymentState.FAILED


@given(
    st.integers(1, 10**9),
    st.integers(0, 10**9),
    st.lists(st.integers(1, 10**9), max_size=6),
)
def test_the_books_balance_after_any_partial_refunds(amount: int, commission: int, parts: list[int]) -> None:
    payment = payment_of(Money(Decimal(amount), "XOF"), commission=Decimal(commission % (amount + 1)), payee="o")
    attempt = an_attempt(AttemptState.SUCCEEDED)
    payment = msgspec.structs.replace(payment, honoured=attempt.id)
    posted = [settlement(payment, attempt)]
    for part in parts:
        back = min(Decimal(part), payment.amount.amount - payment.refunded)
        if back <= 0:
            break
        posted.append(refund(payment, refund_of(payment, attempt, Money(back, "XOF"))))
        payment = msgspec.structs.replace(payment, refunded=payment.refunded + back)
    balances: dict[str, Decimal] = {}
    for posting in posted:
        assert sum(line.amount for line in posting.lines) == 0
        for line in posting.lines:
            balances[line.account] = balances.get(line.account, Decimal(0)) + line.amount
    assert balances.get("payee:o", Decimal(0)) <= 0
    assert balances.get("commission", Decimal(0)) <= 0
    owed = balances.get("payee:o", Decimal(0)) + balances.get("commission", Decimal(0))
    assert owed == payment.refunded - payment.amount.amount


def test_an_unbalanced_transaction_cannot_be_made() -> None:
    lines = (Line("a", Decimal(1)), Line("b", Decimal("-0.99")))
    for wrong in (lines, lines[:1], ()):
        with pytest.raises(ValueError, match="balanced"):
            Posting(
                key="k", movement=Movement.COLLECTION, currency="XOF", payment=uuid4(), attempt=uuid4(), lines=wrong
            )


def test_reasons_that_are_ours_are_those_of_configuration() -> None:
    assert {reason for reason in Reason if reason.ours} == {
        Reason.INVALID_CREDENTIALS,
        Reason.INVALID_AMOUNT,
        Reason.NOT_ALLOWED,
    }
