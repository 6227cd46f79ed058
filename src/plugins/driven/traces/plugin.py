"""The manifest of traces."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.traces.http import Trace, traces_controller
    from plugins.driven.traces.service import TRACE_NOT_FOUND
    from plugins.driven.traces.store import TraceStore
    from plugins.driven.tracking import TrackedResource

    service = TrackedResource(kernel.works, TraceStore(Trace), object_type="Trace", absent=TRACE_NOT_FOUND)
    return Wired(controllers=[traces_controller(service)])


PLUGIN = Plugin(
    name="driven_traces",
    title=Text(fr="Traces", en="Trace entries"),
    suites=("driven",),
    requires=("driven_utilisateurs",),
    claims=("/api/traces",),
    wire=_wire,
)
