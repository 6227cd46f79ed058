"""The manifest of companies."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.tenants.http import Entreprise, tenants_controller
    from plugins.ekigega.tenants.store import entreprise_store

    store = entreprise_store(Entreprise, kernel.installation.time_zone)
    return Wired(controllers=[tenants_controller(kernel.organisations.companies(store))])


PLUGIN = Plugin(
    name="ekigega_tenants",
    title=Text(fr="Entreprises", en="Companies"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/tenants",),
    permissions=(Permission("tenants", Text(fr="Entreprises", en="Companies")),),
    wire=_wire,
)
