"""The manifest of roles."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.permissions.ties_store import TieStore
    from plugins.driven.roles.http import Role, roles_controller
    from plugins.driven.roles.service import NARROWED, ROLE_NOT_FOUND, RolePermissions, Roles
    from plugins.driven.roles.store import RoleStore

    store = RoleStore(Role, listing=NARROWED, time_zone=kernel.installation.time_zone)
    service = Roles(kernel.works, store, object_type="Role", key="role_id", absent=ROLE_NOT_FOUND)
    ties = TieStore("driven_role_permission", "role_id")
    permissions = RolePermissions(kernel.works, store, ties, object_type="Role", absent=ROLE_NOT_FOUND)
    return Wired(controllers=[roles_controller(service, permissions)])


PLUGIN = Plugin(
    name="driven_roles",
    title=Text(fr="Rôles", en="Roles"),
    suites=("driven",),
    requires=("driven_permissions",),
    claims=("/api/roles",),
    wire=_wire,
)
