"""The manifest of expenses."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.depenses.http import Depense, depenses_controller
    from plugins.ekigega.depenses.service import LISTING, Depenses
    from plugins.ekigega.depenses.store import DepenseStore

    store = DepenseStore(Depense, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Depenses(kernel.works, store, kernel.files)
    return Wired(controllers=[depenses_controller(service, kernel.files)])


PLUGIN = Plugin(
    name="ekigega_depenses",
    title=Text(fr="Dépenses", en="Expenses"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/depenses",),
    permissions=(Permission("expenses", Text(fr="Dépenses", en="Expenses")),),
    wire=_wire,
)
