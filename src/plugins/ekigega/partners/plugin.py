"""The manifest of partners."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.partners.http import Partner, partners_controller
    from plugins.ekigega.partners.service import LISTING, Partners
    from plugins.ekigega.partners.store import PartnerStore

    store = PartnerStore(Partner, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Partners(kernel.works, store, region=kernel.installation.region)
    return Wired(controllers=[partners_controller(service)], api=store)


PLUGIN = Plugin(
    name="ekigega_partners",
    title=Text(fr="Partenaires", en="Partners"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/partners",),
    permissions=(Permission("partners", Text(fr="Partenaires", en="Partners")),),
    wire=_wire,
)
