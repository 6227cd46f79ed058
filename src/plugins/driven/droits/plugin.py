"""The manifest of rights."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.droits.http import droits_controller
    from plugins.driven.droits.service import Droits
    from plugins.driven.droits.store import DroitStore

    service = Droits(kernel.works, DroitStore(), kernel.clock, lambda: kernel.operations.of("driven"))
    return Wired(controllers=[droits_controller(service)])


PLUGIN = Plugin(
    name="driven_droits",
    title=Text(fr="Droits des utilisateurs", en="Rights of users"),
    suites=("driven",),
    claims=("/api/utilisateurs",),
    wire=_wire,
)
