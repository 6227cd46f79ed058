"""MTN's own sandbox before the gateway, and credentials that are wrong."""

from uuid import uuid4

import msgspec
import pytest

from adapters.gateways.mtn.client import MtnCredentials
from adapters.gateways.mtn.gateway import MtnGateway
from adapters.gateways.mtn.provisioning import provision_sandbox
from adapters.gateways.mtn.settings import MtnSettings
from adapters.operators.demo import DEMO_MTN
from adapters.operators.settings import OperatorSettings
from core.payments.gateway import (
    Outcome,
    Reason,
    State,
)
from core.primitives.secret import Secret
from tests.adapters.gateways.operators import ADDRESS, LOCAL, Operators
from tests.adapters.gateways.stage import collection, inquiry, xof


@pytest.mark.parametrize("reason", ["string", "object"])
async def test_mtns_own_numbers(reason: str) -> None:
    """In its sandbox, in EUR on the wire, with a user made by provisioning (sections 2.2 and 2.10)."""
    operators = Operators(OperatorSettings(target_environment="sandbox"))
    await operators.control("PATCH", "/switches", {"mtn": {"reason": reason}})
    settings = MtnSettings(base_url=f"{ADDRESS}/mtn", target_environment="sandbox", deadline=5)
    made = await provision_sandbox(
        settings,
        Secret(DEMO_MTN.collection_key),
        api_user=uuid4(),
        callback_host="localhost",
        transport=operators.transport,
    )
    assert made.target_environment == "sandbox"
    gateway = MtnGateway(
        settings,
        MtnCredentials(
            subscription_key=Secret(DEMO_MTN.collection_key), api_user=str(made.api_user), api_key=made.api_key
        ),
        transport=operators.transport,
    )
    ends: dict[str, tuple[State, Reason | None]] = {
        "50": (State.FAILED, Reason.INSUFFICIENT_FUNDS),
        "51": (State.CANCELLED, Reason.DECLINED_BY_PAYER),
        "52": (State.EXPIRED, Reason.TIMEOUT),
        "53": (State.PENDING, None),
        "54": (State.PENDING, None),
        "55": (State.FAILED, Reason.PAYER_NOT_FOUND),
        "63": (State.EXPIRED, Reason.TIMEOUT),
        "99": (State.SUCCEEDED, None),
    }
    for ending, expected in ends.items():
        operation = uuid4()
        said = await gateway.collect(collection(operation=operation, payer=f"+467331234{ending}", **LOCAL))
        assert said.outcome is Outcome.ACCEPTED
        seen = await gateway.lookup(inquiry(operation=operation))
        assert (seen.state, seen.reason) == expected, ending
        assert seen.amount == xof(500)
    await gateway.close()
    await operators.close()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("mtn", {"collection_key": "w" * 32}),
        ("mtn", {"api_key": "w" * 32}),
        ("orange", {"client_secret": "wrong"}),
        ("orange", {"merchant_key": "wrong"}),
        ("moov", {"password": "wrong"}),
    ],
)
async def test_wrong_credentials(name: str, wrong: dict[str, str]) -> None:
    """Whatever the operator says, it is never the payer's fault, and never a failure of what was sent."""
    given = msgspec.structs.replace(getattr(OperatorSettings(), name), **wrong)
    operators = Operators(OperatorSettings(**{name: given}))
    _, said = await operators.collect(name, "+2290197000011")
    await operators.close()
    assert said.outcome in (Outcome.UNKNOWN, Outcome.REJECTED)
    assert said.reason is Reason.INVALID_CREDENTIALS
