"""The conformance suite of gateways."""

from core.testkit.gateways.answers import AnswerChecks
from core.testkit.gateways.callbacks import CallbackChecks
from core.testkit.gateways.commands import CommandChecks
from core.testkit.gateways.credentials import CredentialChecks
from core.testkit.gateways.refunds import RefundChecks
from core.testkit.gateways.statuses import StatusChecks


class GatewayConformance(CredentialChecks, CallbackChecks, RefundChecks, AnswerChecks, StatusChecks, CommandChecks):
    """What every gateway does. Subclass it in a test module (`asyncio_mode = "auto"`), say what the gateway offers,
    and return the gateway with its operator's end:

        class TestMyGateway(GatewayConformance):
            offers = CAPABILITIES
            tokens = True          # it fetches tokens
            calls_back = False     # its operator sends no callbacks

            @asynccontextmanager
            async def peer(self):
                async with MyOperator() as operator:
                    yield MyPeer(operator)

    Checks that do not apply to what it offers are not collected. `offers` are the gateway's capabilities; only the
    deadline of the peer's gateway may be shorter.
    """
