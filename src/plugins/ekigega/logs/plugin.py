"""The manifest of the audit trail's reader."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from core.resources import Resource
    from plugins.ekigega.logs.http import Log, logs_controller
    from plugins.ekigega.logs.service import LISTING
    from plugins.ekigega.logs.store import LogStore

    store = LogStore(Log, listing=LISTING, time_zone=kernel.installation.time_zone)
    return Wired(controllers=[logs_controller(Resource(kernel.works, store, object_type="Log"))])


PLUGIN = Plugin(
    name="ekigega_logs",
    title=Text(fr="Journal d'audit", en="Audit trail"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/logs",),
    permissions=(Permission("logs", Text(fr="Journal d'audit", en="Audit trail")),),
    wire=_wire,
)
