"""The manifests of the shared authentication API, of what keeps accounts safe, and of registration and roles."""

from core.kernel import Kernel
from core.plugin import Permission, Plugin, Wired
from core.primitives.locale import Text


def _wire_authentication(kernel: Kernel) -> Wired:
    from adapters.http.cookies import Cookies
    from plugins.accounts.password_http import password_controller
    from plugins.accounts.profile_http import profile_controller
    from plugins.accounts.session_http import session_controller

    cookies = Cookies(secure=kernel.installation.production)
    return Wired(
        controllers=[
            session_controller(kernel.accounts, cookies),
            profile_controller(kernel.accounts),
            password_controller(kernel.accounts),
        ]
    )


def _wire_security(kernel: Kernel) -> Wired:
    from adapters.http.cookies import Cookies
    from plugins.accounts.password_reset_http import password_reset_controller
    from plugins.accounts.second_factor_http import second_factor_controller

    cookies = Cookies(secure=kernel.installation.production)
    return Wired(
        controllers=[
            password_reset_controller(kernel.accounts),
            second_factor_controller(kernel.accounts, cookies),
        ]
    )


def _wire_registration(kernel: Kernel) -> Wired:
    from adapters.http.cookies import Cookies
    from plugins.accounts.registration_http import registration_controller
    from plugins.accounts.roles_http import Role, roles_controller
    from plugins.accounts.roles_store import role_store

    store = role_store(Role, kernel.installation.time_zone)
    return Wired(
        controllers=[
            registration_controller(kernel.organisations.joining, Cookies(secure=kernel.installation.production)),
            roles_controller(kernel.organisations.roles(store)),
        ]
    )


ACCOUNTS = Plugin(
    name="accounts",
    title=Text(fr="Authentification", en="Authentication"),
    suites=("ekigega", "megahub", "crm"),
    requires=("accounts_security",),
    claims=("/api/auth",),
    permissions=(Permission("accounts", Text(fr="Comptes et membres", en="Accounts and members")),),
    wire=_wire_authentication,
)

SECURITY = Plugin(
    name="accounts_security",
    title=Text(fr="Second facteur et mot de passe oublié", en="Second factor and lost passwords"),
    suites=("ekigega", "spotvibe", "megahub", "crm"),
    claims=("/api/auth/2fa", "/api/auth/password-reset"),
    wire=_wire_security,
)

REGISTRATION = Plugin(
    name="accounts_registration",
    title=Text(fr="Inscription et rôles", en="Registration and roles"),
    suites=("ekigega",),
    requires=("accounts",),
    claims=("/api/auth/register", "/api/roles"),
    wire=_wire_registration,
)
