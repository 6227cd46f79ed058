"""The manifest of codifications."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.codifications.http import Codification, codifications_controller
    from plugins.driven.codifications.service import CODIFICATION_NOT_FOUND, LISTING, Codifications
    from plugins.driven.codifications.store import CodificationStore

    store = CodificationStore(Codification, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Codifications(kernel.works, store, object_type="Codification", absent=CODIFICATION_NOT_FOUND)
    return Wired(controllers=[codifications_controller(service)])


PLUGIN = Plugin(
    name="driven_codifications",
    title=Text(fr="Codifications", en="Parameter codes"),
    suites=("driven",),
    claims=("/api/codifications",),
    wire=_wire,
)
