"""The manifest of tasks."""

from core.kernel import Kernel
from core.plugin import Plugin, Schedule, Wired
from core.primitives.locale import Text
from plugins.crm.taches.settings import TachesSettings


def _wire(kernel: Kernel) -> Wired:
    from plugins.crm.taches.rappel_http import rappels_controller
    from plugins.crm.taches.rappel_service import TEMPLATES, Rappels
    from plugins.crm.taches.rappel_store import PgRappelStore
    from plugins.crm.taches.store import TacheStore
    from plugins.crm.taches.tache_http import taches_controllers
    from plugins.crm.taches.tache_service import Taches
    from plugins.crm.taches.wire import Tache

    settings = kernel.settings_as(TachesSettings)
    zone = kernel.installation.time_zone
    clients, projets = kernel.apis["crm_clients"], kernel.apis["crm_projets"]
    store = TacheStore(Tache, time_zone=zone)
    service = Taches(kernel.works, store, kernel.clock)
    clients.uses.add(store.of_client, fr=("tâche", "tâches"), en=("task", "tasks"))
    projets.uses.add(store.of_projet, fr=("tâche", "tâches"), en=("task", "tasks"))
    kernel.notifications.register(*TEMPLATES)
    rappels = Rappels(
        kernel.works,
        PgRappelStore(settings.reminders),
        kernel.notifications,
        kernel.clock,
        zone=zone,
        hour=settings.reminder_hour,
        default=settings.reminders,
    )
    return Wired(
        controllers=[*taches_controllers(service, clients, projets), rappels_controller(rappels)],
        jobs={"remind_taches": rappels.remind},
    )


PLUGIN = Plugin(
    name="crm_taches",
    title=Text(fr="Tâches", en="Tasks"),
    suites=("crm",),
    requires=("crm_clients", "crm_projets"),
    claims=("/api/taches",),
    settings=TachesSettings,
    jobs=("remind_taches",),
    schedules=(Schedule("remind_taches", "*/15 * * * *"),),
    wire=_wire,
)
