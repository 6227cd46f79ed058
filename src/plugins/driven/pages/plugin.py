"""The manifest of pages."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.pages.http import PortalPage, pages_controllers
    from plugins.driven.pages.service import FOLDER, NARROWED, PAGE_NOT_FOUND, Pages
    from plugins.driven.pages.store import PageStore

    store = PageStore(PortalPage, listing=NARROWED, time_zone=kernel.installation.time_zone)
    service = Pages(
        kernel.works,
        store,
        kernel.public_files,
        field="icon",
        folder=FOLDER,
        object_type="Page",
        key="page_id",
        absent=PAGE_NOT_FOUND,
    )
    return Wired(controllers=pages_controllers(service, kernel.public_files))


PLUGIN = Plugin(
    name="driven_pages",
    title=Text(fr="Pages du portail", en="Portal pages"),
    suites=("driven",),
    requires=("driven_applications",),
    claims=("/api/pages", "/uploads/pages"),
    wire=_wire,
)
