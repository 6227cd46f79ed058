"""The manifest of applications."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.applications.http import Application, applications_controllers
    from plugins.driven.applications.service import APPLICATION_NOT_FOUND, FOLDER, LISTING, Applications
    from plugins.driven.applications.store import ApplicationStore

    store = ApplicationStore(Application, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Applications(
        kernel.works,
        store,
        kernel.public_files,
        field="app_icon",
        folder=FOLDER,
        object_type="Application",
        key="app_id",
        absent=APPLICATION_NOT_FOUND,
    )
    return Wired(controllers=applications_controllers(service, kernel.public_files))


PLUGIN = Plugin(
    name="driven_applications",
    title=Text(fr="Applications du portail", en="Portal applications"),
    suites=("driven",),
    claims=("/api/applications", "/uploads/icons"),
    wire=_wire,
)
