"""The manifest of utilisateurs."""

from core.kernel import Kernel
from core.plugin import Plugin, Wired
from core.primitives.locale import Text


def _wire(kernel: Kernel) -> Wired:
    from plugins.driven.entites.http import Entite
    from plugins.driven.utilisateurs.actions_http import actions_controller
    from plugins.driven.utilisateurs.api import UtilisateursApi
    from plugins.driven.utilisateurs.http import utilisateurs_controller
    from plugins.driven.utilisateurs.roles_http import roles_controller
    from plugins.driven.utilisateurs.roles_service import UtilisateurRoles
    from plugins.driven.utilisateurs.roles_store import UtilisateurRoleStore
    from plugins.driven.utilisateurs.service import Utilisateurs
    from plugins.driven.utilisateurs.store import UtilisateurStore, hold_admins
    from plugins.driven.utilisateurs.wire import Utilisateur, assigned_role

    store = UtilisateurStore(Utilisateur, entite=Entite, role=assigned_role, time_zone=kernel.installation.time_zone)
    accounts = kernel.accounts
    service = Utilisateurs(kernel.works, store, accounts.stores.accounts, accounts.people, kernel.clock)
    roles = UtilisateurRoles(kernel.works, UtilisateurRoleStore(assigned_role, hold_admins))
    api = UtilisateursApi(service, store, kernel.clock)
    return Wired(
        controllers=[utilisateurs_controller(service), actions_controller(service), roles_controller(roles)],
        api=api,
        enrolment=api,
    )


PLUGIN = Plugin(
    name="driven_utilisateurs",
    title=Text(fr="Utilisateurs", en="Users"),
    suites=("driven",),
    requires=("driven_entites",),
    claims=("/api/utilisateurs",),
    wire=_wire,
)
