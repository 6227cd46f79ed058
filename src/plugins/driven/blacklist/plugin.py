"""The manifest of the blacklist."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.blacklist.http import Entry, blacklist_controller
    from plugins.driven.blacklist.service import LISTING, Blacklist, BlacklistGuard
    from plugins.driven.blacklist.store import BlacklistStore

    store = BlacklistStore(Entry, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Blacklist(kernel.works, store, region=kernel.installation.region)
    return Wired(controllers=[blacklist_controller(service)], number_guards=[BlacklistGuard(store)])


PLUGIN = Plugin(
    name="driven_blacklist",
    title=Text(fr="Liste noire", en="Blacklist"),
    suites=("driven",),
    claims=("/api/blacklist",),
    wire=_wire,
)
