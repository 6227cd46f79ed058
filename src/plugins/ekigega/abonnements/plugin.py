"""The manifest of subscriptions."""

import msgspec

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Schedule, Wired
from core.primitives.locale import Text


class AbonnementSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`reminder_days` are the days before its end on which a subscription is reminded of."""

    reminder_days: tuple[int, ...] = (7, 1)


def _wire(kernel: Kernel) -> Wired:
    from plugins.ekigega.abonnements.expiry import Expiry
    from plugins.ekigega.abonnements.http import Abonnement, abonnements_controller
    from plugins.ekigega.abonnements.service import LISTING, Abonnements
    from plugins.ekigega.abonnements.store import AbonnementStore

    zone = kernel.installation.time_zone
    store = AbonnementStore(Abonnement, listing=LISTING, time_zone=zone)
    expiry = Expiry(
        kernel.works,
        store,
        kernel.notifications,
        kernel.clock,
        zone,
        kernel.settings_as(AbonnementSettings).reminder_days,
    )
    return Wired(
        controllers=[abonnements_controller(Abonnements(kernel.works, store))],
        jobs={"expire": expiry.expire, "remind": expiry.remind},
    )


PLUGIN = Plugin(
    name="ekigega_abonnements",
    title=Text(fr="Abonnements", en="Subscriptions"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/abonnements",),
    settings=AbonnementSettings,
    permissions=(Permission("subscriptions", Text(fr="Abonnements", en="Subscriptions")),),
    jobs=("expire", "remind"),
    schedules=(Schedule("expire", "*/15 * * * *"), Schedule("remind", "0 7 * * *")),
    wire=_wire,
)
