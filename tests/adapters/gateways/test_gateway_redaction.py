"""No secret in a log line, a code, a probe, a `repr` or an exception, even where an operator echoes it."""

import base64
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import httpx2
import pytest
import structlog

from adapters.gateways.moov.settings import MoovSettings
from adapters.gateways.mtn.provisioning import ProvisioningFailed, provision_sandbox
from adapters.gateways.mtn.settings import MtnSettings
from adapters.gateways.orange.settings import OrangeSettings
from adapters.http.edge.logs import configure_logging
from core.payments.gateway import Gateway, OperationKind, PreparesRefunds
from core.primitives.secret import Secret
from tests.adapters.gateways.line import head, line
from tests.adapters.gateways.stage import (
    API_KEY,
    API_USER,
    CLIENT_SECRET,
    DISBURSEMENT_KEY,
    HOST,
    MERCHANT_KEY,
    MOOV_TOKEN,
    MTN_TOKEN,
    ORANGE_TOKEN,
    PAYOUT,
    PAYOUT_PASSWORD,
    PAYOUT_PIN,
    SUBSCRIPTION_KEY,
    Peer,
    collection,
    inquiry,
    json_answer,
    moov,
    mtn,
    orange,
    refund_order,
    soap,
    token_answer,
    xml_answer,
)

PAY_TOKEN = "pay-token-in-an-address-0011"
MTN_SECRETS = [
    SUBSCRIPTION_KEY,
    API_KEY,
    DISBURSEMENT_KEY,
    MTN_TOKEN,
    base64.b64encode(f"{API_USER}:{API_KEY}".encode()).decode(),
]
ORANGE_SECRETS = [
    CLIENT_SECRET,
    MERCHANT_KEY,
    PAYOUT_PASSWORD,
    PAYOUT_PIN,
    ORANGE_TOKEN,
    base64.b64encode(f"client:{CLIENT_SECRET}".encode()).decode(),
    base64.b64encode(f"marchand:{PAYOUT_PASSWORD}".encode()).decode(),
]
SECRETS = [*MTN_SECRETS, *ORANGE_SECRETS, MOOV_TOKEN, PAY_TOKEN]
HANDLES = {"payout_token": PAY_TOKEN, "pay_token": PAY_TOKEN}


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Everything that the process logs, at DEBUG, structlog and the standard library alike."""
    stream = StringIO()
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    configure_logging(production=True, level=logging.DEBUG, stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def clean(text: str) -> bool:
    """Whether none of the secrets is in a text."""
    return not any(secret in text for secret in SECRETS)


async def everything(gateway: Gateway) -> str:
    """Call all there is, and return all that was said, without the handles, which the port keeps."""
    said: list[Any] = [await gateway.collect(collection()), await gateway.refund(refund_order(prepared=HANDLES))]
    if isinstance(gateway, PreparesRefunds):
        said.append(await gateway.prepare_refund(refund_order()))
    said += [await gateway.lookup(inquiry(kind, handles=HANDLES)) for kind in OperationKind]
    said.append(await gateway.probe())
    await gateway.close()
    return " ".join(
        [
            f"{getattr(each, 'code', '')} {getattr(each, 'detail', '')} {getattr(each, 'observation', '')}"
            for each in said
        ]
        + [repr(gateway), repr(gateway.capabilities)]
    )


ANSWERS: dict[str, Callable[[str], Any]] = {
    "refused": lambda echo: json_answer(400, {"code": echo, "message": echo}),
    "shut out": lambda echo: json_answer(401, {"code": echo, "error": echo}),
    "told": lambda echo: json_answer(200, {"status": "FAILED", "reason": echo, "data": {"status": echo}}),
    "shown": lambda echo: json_answer(200, {"status": echo}),
    "page": lambda echo: httpx2.Response(200, html=f"<p>{echo}"),
    "broken": lambda echo: httpx2.ReadError(f"cannot read from {echo}"),
    "fault": lambda echo: xml_answer(soap({"status": 95, "description": echo, "message": echo})),
}


@pytest.mark.parametrize("with_token", [True, False])
@pytest.mark.parametrize("name", list(ANSWERS))
@pytest.mark.parametrize(
    ("make", "secret"),
    [
        *((mtn, secret) for secret in MTN_SECRETS),
        *((orange, secret) for secret in ORANGE_SECRETS),
        (moov, MOOV_TOKEN),
    ],
)
async def test_nothing_secret_is_shown(make: Any, secret: str, name: str, with_token: bool, logged: StringIO) -> None:
    """Operators that echo our credentials in codes, reasons, pages and errors, at every log level; not even the half
    of one that is cut off."""
    peer = Peer({"": ANSWERS[name]("x" * 80 + secret)})
    if with_token:
        token = MTN_TOKEN if make is mtn else ORANGE_TOKEN
        peer.routes |= {"/token/": token_answer(token), "/token": token_answer(token)}
    else:
        peer.routes |= {"/token/": peer.routes[""], "/token": peer.routes[""]}
    shown = await everything(make(peer))
    assert secret[:12] not in shown
    assert clean(shown), shown
    assert "operator_call" in logged.getvalue()
    assert clean(logged.getvalue()), logged.getvalue()


async def test_the_client_library_prints_no_address(logged: StringIO) -> None:
    """Addresses hold what operators gave out; over a real connection the transport logs as well."""

    async def talk(_: Any, writer: Any) -> None:
        body = token_answer(ORANGE_TOKEN).content
        writer.write(head(len(body), "application/json", "Connection: close") + body)
        await writer.drain()

    async with line(talk) as address:
        settings = OrangeSettings(base_url=address, payout=PAYOUT, deadline=2)
        gateway = orange(httpx2.AsyncHTTPTransport(), settings)
        await gateway.lookup(inquiry(OperationKind.REFUND, handles=HANDLES))
        await gateway.close()
    lines = logged.getvalue()
    assert lines.count("operator_call") == 2
    assert clean(lines), lines
    assert address not in lines


async def test_settings_and_gateways_show_nothing() -> None:
    """Their `repr`, and that of what they are made of."""
    for made in (mtn(Peer()), orange(Peer()), moov(Peer()), MtnSettings(), OrangeSettings(), MoovSettings()):
        parts = [made, *vars(made).values()] if hasattr(made, "__dict__") else [made]
        parts += [each for part in parts[1:] if hasattr(part, "__dict__") for each in vars(part).values()]
        assert clean(" ".join(repr(each) for each in parts))


async def test_a_failed_provisioning_shows_nothing(logged: StringIO) -> None:
    """Neither its sentence nor its traceback."""
    peer = Peer({"/apiuser": json_answer(400, {"code": SUBSCRIPTION_KEY})})
    with pytest.raises(ProvisioningFailed) as caught:
        await provision_sandbox(
            MtnSettings(base_url=HOST, target_environment="sandbox"),
            Secret(SUBSCRIPTION_KEY),
            api_user=collection().operation,
            callback_host="socle.example",
            transport=peer.transport,
        )
    assert clean(str(caught.value))
    assert caught.value.__cause__ is None
    assert clean(logged.getvalue())
