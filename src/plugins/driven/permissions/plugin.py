"""The manifest of permissions."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.permissions.http import Permission, permissions_controller
    from plugins.driven.permissions.service import LISTING, PERMISSION_NOT_FOUND, Permissions
    from plugins.driven.permissions.store import PermissionStore

    store = PermissionStore(Permission, listing=LISTING, time_zone=kernel.installation.time_zone)
    service = Permissions(
        kernel.works, store, object_type="Permission", key="permission_id", absent=PERMISSION_NOT_FOUND
    )
    return Wired(controllers=[permissions_controller(service)])


PLUGIN = Plugin(
    name="driven_permissions",
    title=Text(fr="Permissions", en="Access permissions"),
    suites=("driven",),
    claims=("/api/permissions",),
    wire=_wire,
)
