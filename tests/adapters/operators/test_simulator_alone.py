"""Nothing but the simulator knows the simulator, and its credentials are known by their mark."""

import ast

import msgspec

from adapters.operators.demo import DEMO_MARK, DEMO_MOOV, DEMO_MTN, DEMO_ORANGE
from tests.architecture.rules import imports, sources


def test_no_other_adapter_plugin_or_core_module_imports_it() -> None:
    faults = [
        source.path
        for source in sources()
        if not source.path.startswith(("adapters/operators/", "socle/"))
        and any(name.startswith("adapters.operators") for name in imports(source.tree))
    ]
    assert faults == []
    planted = ast.parse("from adapters.operators.demo import DEMO_MTN")
    assert any(name.startswith("adapters.operators") for name in imports(planted))


def test_credentials_for_development_are_known_by_their_mark() -> None:
    plain = {"api_user", "callback_host", "payout_channel", "wallet", "opaque_token"}
    for given in (DEMO_MTN, DEMO_ORANGE, DEMO_MOOV):
        for name, value in msgspec.structs.asdict(given).items():
            assert value.startswith(DEMO_MARK) or name in plain, name
