"""The conformance kit of payment gateways: named checks, a fake operator and gateway, and a server for fakes.

See docs/integrators.md. A gateway is checked by a subclass of `GatewayConformance`, and from the command line by
`socle gateway check PACKAGE`, where the package names its subclass in the entry-point group
`socle.gateway_conformance`.
"""

from core.testkit.gateways.check import Verdict, check_gateway
from core.testkit.gateways.conformance import GatewayConformance
from core.testkit.gateways.fake import FakeGateway
from core.testkit.gateways.fake_operator import FakeOperator
from core.testkit.gateways.far_end import Answer, Call, Cut, Request, Script
from core.testkit.gateways.peer import DocumentedStatus, GatewayPeer
from core.testkit.gateways.server import OperatorServer

__all__ = [
    "Answer",
    "Call",
    "Cut",
    "DocumentedStatus",
    "FakeGateway",
    "FakeOperator",
    "GatewayConformance",
    "GatewayPeer",
    "OperatorServer",
    "PeerLacks",
    "Request",
    "Script",
    "Verdict",
    "check_gateway",
]
