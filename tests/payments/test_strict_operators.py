"""The kernel before operators that hold to their own rules for callbacks: an address on this machine is refused, or
never called, and polling settles what is paid."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.gateways.mtn.client import MtnCredentials
from adapters.gateways.mtn.gateway import MtnGateway
from adapters.gateways.mtn.settings import MtnSettings
from adapters.operators.demo import DEMO_MTN
from adapters.operators.settings import OperatorSettings
from core.payments.entities import PaymentState
from core.payments.gateway import Gateway, Reason
from core.primitives.secret import Secret
from tests.adapters.gateways.operators import ADDRESS, Operators
from tests.payments.arrange import Till
from tests.payments.conftest import MakeTill


@pytest.fixture
async def strict() -> AsyncIterator[Operators]:
    """The simulator as `socle operators --strict` runs it."""
    operators = Operators(OperatorSettings(strict=True))
    yield operators
    await operators.close()


def without_callbacks(operators: Operators) -> Gateway:
    """MTN's gateway for an installation that MTN cannot reach."""
    credentials = MtnCredentials(
        subscription_key=Secret(DEMO_MTN.collection_key),
        api_user=DEMO_MTN.api_user,
        api_key=Secret(DEMO_MTN.api_key),
    )
    return MtnGateway(
        MtnSettings(base_url=f"{ADDRESS}/mtn", deadline=5, callbacks=False), credentials, None, operators.transport
    )


async def pay(till: Till, operators: Operators) -> None:
    """The payer's time passes, there and here, and what is due runs."""
    await operators.control("POST", "/clock", {"seconds": 3})
    till.clock.advance(timedelta(seconds=3))
    await till.settle(3)
    sent = (await operators.control("GET", "/log?direction=out"))["entries"]
    assert sent == []


@pytest.mark.parametrize("name", ["mtn", "orange", "moov"])
async def test_polling_settles_where_no_callback_comes(make_till: MakeTill, strict: Operators, name: str) -> None:
    gateway = without_callbacks(strict) if name == "mtn" else strict.of(name)
    till = make_till(gateway=gateway)
    key = await till.buy()
    await till.run()
    if name == "orange":
        token = (await till.attempt(key)).handles["pay_token"]
        await strict.control("POST", f"/orange/{token}/pay", {"msisdn": "2250700000010"})
    assert await till.state(key) is PaymentState.PENDING
    await pay(till, strict)
    assert await till.state(key) is PaymentState.SUCCEEDED
    await gateway.close()


async def test_an_address_that_mtn_does_not_take_is_our_fault_and_debits_nobody(
    make_till: MakeTill, strict: Operators
) -> None:
    till = make_till(gateway=strict.mtn)
    key = await till.buy()
    await till.settle(3)
    payment = await till.payment(key)
    assert (payment.state, payment.reason) == (PaymentState.FAILED, Reason.NOT_ALLOWED)
    assert (await till.attempt(key)).code == "INVALID_CALLBACK_URL_HOST"
    assert (await strict.control("GET", "/ledger"))["entries"] == []
